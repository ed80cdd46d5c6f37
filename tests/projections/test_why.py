# SPDX-License-Identifier: GPL-3.0-or-later
"""The answer to why: a sentence for every row of the verdict table, and for every outcome."""

import re
from typing import Any, get_args

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from domain.admission.rules import Rules
from domain.admission.table import TABLE
from domain.package.events import (
    Built,
    Ended,
    FailureImported,
    Outcome,
)
from domain.package.state import Package
from domain.service import Service
from domain.service.state import Baseline
from projections.why import Inquiry, answer
from projections.why.outcomes import OUTCOMES
from projections.why.reasons import REASONS
from projections.why.short import IN_SHORT, in_short
from tests.domain.given import (
    MIDNIGHT,
    Fact,
    Given,
    commit,
    given,
    happened,
    identified,
    in_destination,
    phantom,
    rules,
    tagged,
    untagged,
)
from tests.domain.histories import CONFIGURED, HISTORIES, History, lived

SERVICE = Service(baseline=Baseline(MIDNIGHT, 0, 1))


def asked(log: Given, in_force: Rules | None = None, build_id: int | None = None) -> list[str]:
    """Return the answer about bash."""
    package = log.packages.get("bash", Package("bash"))
    events = {r.position: r for r in log.log if r.envelope.originator_id == "package:bash"}
    in_force = in_force or rules()
    inquiry = Inquiry(SERVICE, in_force, package, package.destinations, events, {})
    return list(answer(inquiry, build_id))


def said(log: Given, in_force: Rules | None = None, build_id: int | None = None) -> str:
    """Return the sentence that comes first."""
    return asked(log, in_force, build_id)[0]


def as_built(build_id: int, at: float = 600, **more: Any) -> Fact:
    """A queued build was rebuilt by batch 311."""
    known = {
        "downstream_build_id": 900,
        "downstream_nvr": f"bash-1-{build_id}.eln141",
        "batch": 311,
    }
    return happened("bash", Built(build_id, "live", 0, **{**known, **more}), at)


QUEUED = given(tagged(1, 60)).decided()
REBUILT = QUEUED.and_then(as_built(1))
RETAGGED = REBUILT.and_then(tagged(1, 3600, "f42"))
FAILED = QUEUED.and_then(
    happened("bash", Ended(1, "live", 0, "failed", commit(1), "no compiler", 7), 600)
)
EXCLUDING = rules(exclude=["^ba"])

ROWS: list[tuple[int, str, Given, Rules, str]] = [
    (
        1,
        "not-targeted",
        given(tagged(1, 60)),
        rules(listed=[]),
        "bash-1-1.fc42 was not rebuilt: bash is not in the package list.",
    ),
    (
        2,
        "excluded",
        given(tagged(1, 60)),
        EXCLUDING,
        "bash-1-1.fc42 was not rebuilt: the policy excludes it, by ^ba.",
    ),
    (
        3,
        "not-in-tag",
        given(tagged(1, 60), untagged(1, 90)),
        rules(),
        (
            "bash-1-1.fc42 was not rebuilt: it is no longer in f41:"
            " it was untagged on 2024-08-13 00:01Z."
        ),
    ),
    (
        3,
        "not-in-tag",
        given(tagged(1, 60), phantom(1, 60)),
        rules(),
        "bash-1-1.fc42 was not rebuilt: it never was in f41: Koji knows of no such tagging.",
    ),
    (
        3,
        "no-source",
        given(tagged(1, 60, source=None), identified(1, None)),
        rules(),
        "bash-1-1.fc42 was not rebuilt: Koji has no source for it.",
    ),
    (
        3,
        "superseded",
        given(tagged(1, 60), tagged(2, 120)),
        rules(),
        (
            "bash-1-1.fc42 was not rebuilt: bash-1-2.fc42 came after it,"
            " tagged into f41 on 2024-08-13 00:02Z."
        ),
    ),
    (
        4,
        "already-queued",
        QUEUED.and_then(tagged(1, 3600, "f42")),
        rules("f42"),
        (
            "bash-1-1.fc42 was not rebuilt: it is the same build 1"
            " that is queued, by the verdict at position 2."
        ),
    ),
    (
        4,
        "already-built",
        RETAGGED,
        rules("f42"),
        (
            "bash-1-1.fc42 was not rebuilt: it is the same build 1"
            " that was rebuilt on 2024-08-13 00:10Z as bash-1-1.eln141, batch 311."
        ),
    ),
    (
        5,
        "same-source",
        REBUILT.and_then(tagged(2, 3600, source=commit(1))),
        rules(),
        (
            "bash-1-2.fc42 was not rebuilt: its source is that of bash-1-1.fc42,"
            " which was rebuilt on 2024-08-13 00:10Z as bash-1-1.eln141, batch 311."
        ),
    ),
    (
        6,
        "already-in-destination",
        given(tagged(1, 60), in_destination(commit(1))),
        rules(),
        (
            "bash-1-1.fc42 was not rebuilt: eln has, or had, bash-1-1.eln141 of the same source"
            " (build 900)."
        ),
    ),
    (
        7,
        "older-than-handled",
        given(tagged(1, 60), tagged(2, 120)).decided().and_then(as_built(2), untagged(2, 900)),
        rules(),
        (
            "bash-1-1.fc42 was not rebuilt: bash-1-2.fc42, which came after it,"
            " was rebuilt on 2024-08-13 00:10Z as bash-1-2.eln141, batch 311."
        ),
    ),
    (
        8,
        "failed-before",
        FAILED,
        rules(),
        (
            "bash-1-1.fc42 was not rebuilt: it failed to build on 2024-08-13 00:10Z, batch 7:"
            " no compiler; 'ebs failed clear bash' lets it be tried again."
        ),
    ),
    (
        8,
        "failed-before",
        FAILED.and_then(tagged(2, 900, source=commit(1))),
        rules(),
        (
            "bash-1-2.fc42 was not rebuilt: bash-1-1.fc42, of the same source,"
            " failed to build on 2024-08-13 00:10Z, batch 7: no compiler;"
            " 'ebs failed clear bash' lets it be tried again."
        ),
    ),
    (
        8,
        "failed-before",
        given(happened("bash", FailureImported(commit(1), "task 5")), tagged(1, 60)),
        rules(),
        (
            "bash-1-1.fc42 was not rebuilt: the same source, tried by ELNBuildSync,"
            " failed to build on 2024-08-13 00:00Z: task 5;"
            " 'ebs failed clear bash' lets it be tried again."
        ),
    ),
    (
        9,
        "due",
        given(tagged(1, 60)),
        rules(),
        "bash-1-1.fc42 is queued, by the verdict at position 2.",
    ),
]


def judged(log: Given, in_force: Rules, row: int) -> tuple[Given, int]:
    """Return the log after a pass, and the build that the row held for."""
    log = log.decided(in_force)
    verdicts = (r.envelope.event for r in log.log if hasattr(r.envelope.event, "basis"))
    return log, [event.build_id for event in verdicts if event.basis.row == row][-1]


@pytest.mark.parametrize(("row", "reason", "log", "in_force", "sentence"), ROWS)
def test_every_row_has_a_sentence(
    row: int, reason: str, log: Given, in_force: Rules, sentence: str
) -> None:
    """Why a build was not rebuilt, from the evidence of its verdict: which, when, as what."""
    decided, build_id = judged(log, in_force, row)

    assert said(decided, in_force, build_id) == sentence


@pytest.mark.parametrize(
    ("row", "reason", "log", "in_force", "sentence"), [row for row in ROWS if row[0] not in (1, 9)]
)
def test_what_is_not_decided_yet_is_foreseen(
    row: int, reason: str, log: Given, in_force: Rules, sentence: str
) -> None:
    """Before the pass, the same clause; but for what a build itself became already."""
    _, build_id = judged(log, in_force, row)
    told = said(log, in_force, build_id)

    clause = sentence.partition("was not rebuilt: ")[2]
    assert told.endswith(clause) or "was rebuilt on" in told or "is queued" in told


def test_no_row_and_no_reason_lacks_one() -> None:
    """The rows above are all that the table has, the reasons all that it gives."""
    assert {row for row, *_ in ROWS} == {row.number for row in TABLE}
    assert {reason for _, reason, *_ in ROWS} == set(REASONS) == set(IN_SHORT)


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("already-in-destination", "ELN has it already"),
        ("superseded: bash-1-2.fc41", "a later build came: bash-1-2.fc41"),
        ("same-source: already-built", "its source: built already"),
        ("plan 4711", "plan 4711"),
        ("", ""),
    ],
)
def test_a_reason_in_short(reason: str, told: str) -> None:
    """A few words with the detail behind them; what is no reason of the table stays as it is."""
    assert in_short(reason) == told


OUTCOME_SENTENCES = {
    "built": "bash-1-1.fc42 was rebuilt on 2024-08-13 00:10Z as bash-1-1.eln141, batch 311.",
    "failed": "bash-1-1.fc42 failed to build on 2024-08-13 00:10Z, batch 311: told.",
    "timed-out": "bash-1-1.fc42 took too long to build and was cancelled"
    " on 2024-08-13 00:10Z, batch 311: told.",
    "cancelled": "bash-1-1.fc42 was cancelled in Koji on 2024-08-13 00:10Z, batch 311: told.",
    "abandoned": "bash-1-1.fc42 was given up on 2024-08-13 00:10Z, batch 311: told.",
    "refused": "bash-1-1.fc42 was refused by Koji on 2024-08-13 00:10Z, batch 311: told.",
    "rejected": "bash-1-1.fc42 was rejected: told (by ada at 2024-08-13 00:10Z).",
    "superseded": "bash-1-1.fc42 was not built any more on 2024-08-13 00:10Z,"
    " for a later one came, batch 311: told.",
    "gone": "bash-1-1.fc42 was not built any more on 2024-08-13 00:10Z,"
    " for it had left the tag, batch 311: told.",
}


@pytest.mark.parametrize("outcome", OUTCOME_SENTENCES)
def test_every_outcome_has_a_sentence(outcome: Any) -> None:
    """What a queued build became, when, by which batch, and what was told of it."""
    if outcome == "built":
        fact = as_built(1)
    else:
        end = Ended(1, "live", 0, outcome, commit(1), "told", 311)
        fact = happened("bash", end, 600)._replace(actor="ada")
    log = QUEUED.and_then(fact)
    assert said(log, rules("f42"), 1) == OUTCOME_SENTENCES[outcome]


def test_no_outcome_lacks_one() -> None:
    """Neither here nor in the table of sentences."""
    assert set(OUTCOME_SENTENCES) == set(OUTCOMES) == {"built", *get_args(Outcome)}


@settings(max_examples=300)
@drawn(HISTORIES, st.sampled_from(CONFIGURED))
def test_whatever_happened_there_is_an_answer(history: History, in_force: Rules) -> None:
    """Of the package and of each of its builds, at every position, under any rules: a sentence."""
    log = lived(history)
    for position in range(len(log.log) + 1):
        then = log.until(position)
        known = then.packages["bash"].builds if "bash" in then.packages else ()
        for build_id in (None, *known):
            for sentence in asked(then, in_force, build_id):
                assert re.fullmatch(r"\S.*[^.]\.", sentence)
