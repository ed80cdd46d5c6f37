# SPDX-License-Identifier: GPL-3.0-or-later
"""The board: how each target is, before and after the pass that decides."""

import pytest
from hypothesis import given as drawn

from domain.admission.rules import Rules
from domain.package.events import BuildStarted, Published
from domain.service.events import HeldBuild
from domain.service.state import HeldPlan
from projections.board import STATES, Line, board
from tests.domain.given import (
    Given,
    built,
    commit,
    ended,
    given,
    happened,
    in_destination,
    nvr,
    rules,
    tagged,
    time,
    untagged,
)
from tests.domain.histories import CONFIGURED, HISTORIES, History, lived

QUEUED = given(tagged(1, 10)).decided()
STARTED = QUEUED.and_then(happened("bash", BuildStarted(1, "live", 0, 7)))
ARRIVED = Published(1, "live", 0, 101, "bash-1-1.eln142", "FEDORA-2024-1", "eln", time(90), 7)


def line(log: Given, in_force: Rules | None = None, held: tuple[HeldPlan, ...] = ()) -> Line:
    """Return the line of bash, the only target."""
    (found,) = board(log.packages, in_force or rules(), held)
    return found


def how(log: Given, in_force: Rules | None = None) -> tuple[str, str, bool]:
    """Return state and reason, and whether that is on record."""
    found = line(log, in_force)
    return found.state, found.reason, found.decided


@pytest.mark.parametrize(
    ("log", "in_force", "expected"),
    [
        (given(), rules(), ("none", "", True)),
        (given(tagged(1, 10, "f40")), rules(), ("none", "", True)),
        (given(), rules(exclude=["^b"]), ("excluded", "^b", True)),
        (given(tagged(1, 10)), rules(exclude=["^b"]), ("excluded", "excluded: ^b", False)),
        (given(tagged(1, 10)), rules(), ("waiting", "due", False)),
        (QUEUED, rules(), ("queued", "", True)),
        (QUEUED.and_then(tagged(1, 20, "f42")), rules("f42"), ("queued", "", True)),
        (
            QUEUED.and_then(tagged(2, 20, source=commit(1))),
            rules(),
            ("queued", "", True),
        ),
        (STARTED, rules(), ("building", "", True)),
        (STARTED.and_then(built(1)), rules(), ("built", "", True)),
        (
            STARTED.and_then(built(1), happened("bash", ARRIVED)),
            rules(),
            ("published", "", True),
        ),
        (STARTED.and_then(happened("bash", ARRIVED)), rules(), ("building", "", True)),
        (QUEUED.and_then(ended(1)), rules(), ("failed", "failed-before: failed", False)),
        (QUEUED.and_then(ended(1)).decided(), rules(), ("failed", "failed-before", True)),
        (
            STARTED.and_then(built(1), tagged(1, 20, "f42")).decided(rules("f42")),
            rules("f42"),
            ("re-tag", "already-built", True),
        ),
        (
            given(tagged(1, 10), in_destination(commit(1))),
            rules(),
            ("re-tag", "already-in-destination", False),
        ),
        (
            given(tagged(1, 10), tagged(2, 20)).decided().and_then(built(2), untagged(2, 30)),
            rules(),
            ("re-tag", f"older-than-handled: {nvr(2)}", False),
        ),
    ],
)
def test_a_target_is_as_its_newest_build_is(
    log: Given, in_force: Rules, expected: tuple[str, str, bool]
) -> None:
    """What is queued goes before a verdict on a re-tag; what is not on record yet is foreseen."""
    assert how(log, in_force) == expected


def test_a_line_says_which_build_when_and_by_which_batch() -> None:
    """Where its verdict or outcome is in the log, too."""
    found = line(STARTED.and_then(built(1, at=600)))
    assert found == Line(
        package="bash",
        downstream="bash",
        state="built",
        build_id=1,
        nvr=nvr(1),
        tagged=time(10),
        ended=time(600),
        batch=7,
        position=4,
    )


def test_what_the_guard_holds_names_its_plan() -> None:
    """It waits for a person, not for a pass."""
    held = HeldPlan("abc", "too much", (HeldBuild("bash", 1, 0),))
    found = line(given(tagged(1, 10)), held=(held,))
    assert (found.state, found.reason) == ("held", "plan abc")
    asked = HeldPlan("abc", "too much", (HeldBuild("bash", 1, 0),), requested=True)
    assert line(given(tagged(1, 10)), held=(asked,)).state == "waiting"


def test_a_target_is_listed_by_both_its_names() -> None:
    """What ELN has under the other name counts."""
    in_force = rules(listed=["ipa"], overrides={"ipa": "freeipa"})
    log = given(
        tagged(1, 10, package="freeipa"), in_destination(commit(1, "freeipa"), package="ipa")
    )
    (found,) = board(log.packages, in_force)
    assert (found.package, found.downstream) == ("freeipa", "ipa")
    assert (found.state, found.reason) == ("re-tag", "already-in-destination")


@drawn(HISTORIES)
def test_whatever_happened_every_target_has_one_line(history: History) -> None:
    """Under every configuration, and what is due is what the gate would queue."""
    log = lived(history)
    for in_force in CONFIGURED:
        lines = list(board(log.packages, in_force))
        assert [line.package for line in lines] == sorted(in_force.names.targets)
        assert {line.state for line in lines} <= set(STATES)
        due = {due.judgement.build_id for due in log.plan(in_force).due}
        waits = {line.build_id for line in lines if line.state == "waiting"}
        assert waits <= due
