# SPDX-License-Identifier: GPL-3.0-or-later
"""why and history: the answer and its chain, of what is named by whatever name it has."""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from adapters.service.inquiries import Inquiries, Why
from adapters.service.journal import Journal
from adapters.store.log import EventLog
from domain.batch import stream as batch_stream
from domain.batch.events import (
    BuildFinished,
    BuildRequested,
    BuildSubmitted,
    Finished,
    Planned,
    PlannedBuild,
    SideTagCreated,
    SideTagRemoved,
)
from domain.errors import NotFound
from domain.package.events import BuildStarted, Built
from domain.service.events import Baselined, GapFound
from projections.links import Sites
from tests.domain.given import (
    DAY,
    MIDNIGHT,
    Fact,
    commit,
    configured,
    given,
    happened,
    in_destination,
    rules,
    tagged,
    time,
)
from tests.domain.service.given import adopted, said
from tests.projections.writing import facts, record

IN_FORCE = configured(listed=["bash", "zsh", "ipa"], overrides={"ipa": "freeipa"})
RULES = rules(listed=["bash", "zsh", "ipa"], overrides={"ipa": "freeipa"})
BUILDS = tuple(PlannedBuild("bash", n, f"bash-1-{n}.fc42", commit(n)) for n in (1, 2))
BUILT = Built(1, "live", 0, 900, "bash-1-1.eln141", 7)


def of_batch(*events: Any) -> Iterator[Fact]:
    """Yield events of batch 7."""
    return (said(event)._replace(stream=batch_stream(7)) for event in events)


@pytest.fixture
def journal(log: EventLog) -> Journal:
    """The journal of an empty log."""
    journal = Journal(log)
    journal.catch_up()
    return journal


@pytest.fixture
def inquiries(journal: Journal, log: EventLog) -> Inquiries:
    """bash-1-1 was rebuilt by batch 7 with others, and then re-tagged; freeipa is in ELN as ipa."""
    queued = facts(given(tagged(1, 60)).decided(RULES).log)
    record(journal, [said(Baselined(MIDNIGHT, {"f41": 1}, "d")), *adopted(IN_FORCE), *queued])
    record(journal, [happened("bash", BuildStarted(1, "live", 0, 7), 90)])
    record(journal, of_batch(Planned(BUILDS, "eln", "live"), SideTagCreated(70, "eln-side-70")))
    record(journal, of_batch(BuildRequested((1, 2), MIDNIGHT), BuildSubmitted(2, 51)))
    record(journal, of_batch(BuildSubmitted(1, 50), BuildFinished(1, "built", 50, 900, "x")))
    record(journal, [happened("bash", BUILT, 600), tagged(1, 900, "f42")])
    record(journal, of_batch(SideTagRemoved(70), Finished(2, 0)))
    record(journal, [tagged(3, 60, package="freeipa", source=commit(3, "ipa"))])
    record(journal, [in_destination(commit(3, "ipa"), package="ipa", build_id=990)])
    return Inquiries(journal, lambda: time(DAY), Sites())


def events(found: Any) -> list[str]:
    """The events of a chain or story."""
    return [step.event for step in found.steps]


def test_the_chain_is_what_led_to_the_answer(inquiries: Inquiries) -> None:
    """Observed, verdict, batch, task, outcome: of this build, not of the others in its batch."""
    found = inquiries.why("bash")

    assert found.answer == (
        "bash-1-1.fc42 was rebuilt on 2024-08-13 00:10Z as bash-1-1.eln141, batch 7.",
    )
    assert (found.package, found.target, found.build_id, found.nvr) == (
        "bash",
        True,
        1,
        "bash-1-1.fc42",
    )
    assert events(found) == [
        "tagged",
        "queued",
        "build-started",
        "planned",
        "side-tag-created",
        "build-submitted",
        "build-finished",
        "built",
        "tagged",
        "finished",
    ]
    assert [step.task_id for step in found.steps if step.task_id] == [50, 50]
    assert {step.batch for step in found.steps} == {None, 7}


def test_a_step_says_all_that_is_known_of_it(inquiries: Inquiries) -> None:
    """When it happened and was learned of, by which row and revision, where to look it up."""
    (verdict,) = [step for step in inquiries.why("bash").steps if step.verdict]

    assert (verdict.row, verdict.policy_revision) == (9, IN_FORCE.policy_revision)
    assert verdict.at == time(DAY)
    assert verdict.recorded_at is not None
    assert verdict.links["build"].endswith("buildID=1")
    assert verdict.links["source"].endswith(commit(1).partition("#")[2])


def test_a_build_is_named_by_number_or_nvr_its_own_or_elns(inquiries: Inquiries) -> None:
    """Whoever has only the number or name of the rebuild asks by that."""
    for build in ("1", "bash-1-1.fc42", "900", "bash-1-1.eln141"):
        assert inquiries.why("bash", build).build_id == 1


def test_a_package_is_named_by_either_name(inquiries: Inquiries) -> None:
    """What ELN has under its name downstream belongs to it, and is what the answer rests on."""
    for name, build in product(("freeipa", "ipa"), (None, "3", "990", "ipa-1-1.eln141")):
        found = inquiries.why(name, build)

        assert found.package == "freeipa"
        assert "eln has, or had, ipa-1-1.eln141 of the same source (build 990)" in found.answer[0]
        assert events(found) == ["tagged", "destination-seen"]


def test_the_answer_as_of_then_knows_nothing_later(inquiries: Inquiries) -> None:
    """At each position the sentence of that day."""
    whole = {step.event: step.position for step in inquiries.why("bash").steps}
    then = {event: inquiries.why("bash", point=at) for event, at in whole.items()}

    assert "is queued, by the verdict" in then["queued"].answer[0]
    assert "is being built by batch 7" in then["build-submitted"].answer[0]
    assert events(then["queued"]) == ["tagged", "queued"]
    assert then["queued"].position == whole["queued"]
    with pytest.raises(NotFound, match="no package bash was known then"):
        inquiries.why("bash", point=1)


def test_before_there_are_rules_nothing_is_decided(journal: Journal, log: EventLog) -> None:
    """The answer says why, and the chain is what is on record."""
    record(journal, [tagged(1, 60)])
    found: Why = Inquiries(journal, lambda: time(DAY), Sites()).why("bash")

    assert found.answer == ("Nothing is decided: no policy was adopted yet.",)
    assert (found.build_id, events(found)) == (None, ["tagged"])


UNKNOWN = [
    ("basch", None, "no package basch.*did you mean bash"),
    ("nothing-like-it", None, "no package nothing-like-it.*config show"),
    ("a b", None, "no package 'a b'"),
    ("bash", "bash-1-2.fc42", "no build bash-1-2.fc42.*did you mean bash-1-1.fc42"),
    ("bash", "77", "no build 77.*ebs history bash"),
    ("bash", "3", "3 is no build of bash.*one of freeipa.*ebs why freeipa --build 3"),
    ("zsh", "bash-1-1.fc42", "no build of zsh.*one of bash"),
    ("bash", "99999999999999999999", "no build 99999999999999999999"),
]


def test_what_is_unknown_is_not_found(inquiries: Inquiries) -> None:
    """With the names that are spelt alike, or the package that the build is of."""
    for package, build, error in UNKNOWN:
        with pytest.raises(NotFound) as unknown:
            inquiries.why(package, build)
        told = unknown.value
        assert re.search(error, f"{told.what} {told.why} {told.do}")


def test_history_is_of_a_package_a_build_or_a_tag(journal: Journal, inquiries: Inquiries) -> None:
    """All of a package, what is about a build, and what is said of a tag as such."""
    record(journal, [said(GapFound(MIDNIGHT, MIDNIGHT, {"f41": 9}))])

    assert events(inquiries.history("bash")) == [
        "tagged",
        "queued",
        "build-started",
        "built",
        "tagged",
    ]
    assert events(inquiries.history("3")) == ["tagged"]
    assert events(inquiries.history("f41")) == ["baselined", "trigger-changed", "gap-found"]
    assert events(inquiries.history("eln-side-70")) == ["side-tag-created", "side-tag-removed"]
    assert events(inquiries.history("zsh")) == []
    for unknown in ("f99", "bash-1-9.fc42", "77"):
        with pytest.raises(NotFound, match=unknown):
            inquiries.history(unknown)
