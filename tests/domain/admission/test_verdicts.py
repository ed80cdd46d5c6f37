# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts on record: they bear all that they were decided on, and can be decided again from it."""

from collections.abc import Iterator
from typing import Any

from hypothesis import given as drawn

from domain.admission.rules import Rules
from domain.admission.table import VERSION
from domain.admission.verdicts import Occasion, verdicts
from domain.envelope import Recorded
from domain.package.events import Basis, Queued, RequestLapsed, Skipped, SkippedAsRetag
from domain.service.events import HeldBuild
from tests.domain.given import (
    Given,
    built,
    commit,
    confirmed,
    given,
    identified,
    moment,
    nvr,
    phantom,
    queue,
    requested,
    rules,
    tagged,
)
from tests.domain.histories import CONFIGURED, HISTORIES, History, lived

RULES = rules()


def passing(log: Given, **occasion: Any) -> list[Any]:
    """Return the events that a pass by these rules would record."""
    plan = log.plan(RULES)
    occurs = Occasion(RULES, len(log.log), plan.name, **occasion)
    return [event for decision in plan.decisions for event in verdicts(decision, occurs)]


# --- a verdict bears what it was decided on ----------------------------------------------------


def test_a_queued_bears_all_it_was_decided_on() -> None:
    """Table, row, position, tagging, place, generation, round, mode, dist, revisions, plan."""
    log = given(tagged(1, at=10, koji_event=100))
    place = log.bash.place(1, "eln")
    assert passing(log) == [
        Queued(
            build_id=1,
            nvr=nvr(1),
            tag="f41",
            source=commit(1),
            reason="due",
            basis=Basis(
                table=VERSION,
                row=9,
                computed_at=1,
                tagging=moment(10, 100),
                place=place,
                generation=0,
                mode="live",
                policy_revision=RULES.policy_revision,
                list_revision=RULES.list_revision,
                settings_revision=RULES.settings_revision,
                dist="eln141",
                plan=log.plan(RULES).name,
            ),
        )
    ]


def test_a_skip_bears_its_evidence_and_no_plan() -> None:
    """What is skipped is no part of a plan, and names the events that its row rests on."""
    log = given(tagged(1, at=10)).decided().and_then(built(1), tagged(1, at=50))
    (event,) = passing(log, approval="service@9")
    assert isinstance(event, SkippedAsRetag)
    assert (event.basis.row, event.basis.evidence, event.basis.computed_at) == (4, (2, 3), 4)
    assert (event.basis.plan, event.basis.approval) == (None, None)


def test_an_approved_queued_names_its_approval() -> None:
    """The event by which a person let it pass the guard is named by what passed."""
    (event,) = passing(given(tagged(1, at=10)), approval="service@9")
    assert event.basis.approval == "service@9"


def test_a_queued_says_whether_only_a_change_made_it_due() -> None:
    """The guard's count of builds after a change can be read from the log."""
    log = given(tagged(1, at=10), tagged(1, at=10, package="zsh"))
    plan = log.plan(rules(listed=["bash", "zsh"]))
    occasion = Occasion(RULES, 2, plan.name, by_change=frozenset({HeldBuild("zsh", 1, 0)}))
    events = [e for decision in plan.decisions for e in verdicts(decision, occasion)]
    told = {e.nvr: e.basis.by_change for e in events if isinstance(e, Queued)}
    assert told == {nvr(1): False, nvr(1, "zsh"): True}


def test_an_answer_names_its_request() -> None:
    """A verdict that answers a person names the event of the request, and whether it was forced."""
    log = given(tagged(1, at=10), requested(force=True))
    (event,) = passing(log)
    assert (event.basis.request, event.basis.forced) == ("package:bash@2", True)


def test_endings_come_before_the_verdicts() -> None:
    """What is overtaken ends before its successor is queued, so that one is queued at a time."""
    log = given(tagged(1, at=10)).decided().and_then(tagged(2, at=20))
    log.when().then_order("ended", "queued", "skipped")


def test_a_lapse_comes_before_all_else_and_names_its_request() -> None:
    """Who asked reads first that the build was overtaken, then what became of it."""
    log = given(tagged(1, at=10)).decided().and_then(requested(1, force=True), tagged(2, at=20))
    log.when().then_order("request-lapsed", "ended", "queued", "skipped")
    assert passing(log)[0] == RequestLapsed(1, "package:bash@3")


# --- a verdict can be decided again ------------------------------------------------------------


def on_record(log: Given) -> Iterator[tuple[Recorded, Queued | SkippedAsRetag | Skipped]]:
    """Yield the verdicts of a log."""
    for recorded in log.log:
        event = recorded.envelope.event
        if isinstance(event, Queued | SkippedAsRetag | Skipped):
            yield recorded, event


def named_by(recorded: Recorded, basis: Basis) -> Rules:
    """Return the rules that were in force: those of the revisions named, at that time."""
    revisions = (basis.policy_revision, basis.list_revision, basis.settings_revision)
    return IN_FORCE[revisions, recorded.envelope.meta.occurred_at]


IN_FORCE = {
    ((r.policy_revision, r.list_revision, r.settings_revision), r.now): r for r in CONFIGURED
}


@drawn(HISTORIES)
def test_a_verdict_decided_again_from_what_it_names_is_the_same(history: History) -> None:
    """From the log up to its position and the revisions it names, each verdict comes out again."""
    log = lived(history)
    for recorded, verdict in on_record(log):
        in_force = named_by(recorded, verdict.basis)
        again = log.until(verdict.basis.computed_at).when(in_force)
        assert verdict in [event for _, event in again.events]


@drawn(HISTORIES)
def test_the_evidence_of_a_verdict_lies_before_it(history: History) -> None:
    """A verdict rests on events that are on record, at or before its position."""
    for recorded, verdict in on_record(lived(history)):
        basis = verdict.basis
        assert basis.computed_at < recorded.position
        assert all(0 < position <= basis.computed_at for position in basis.evidence)


def test_a_verdict_keeps_the_source_it_was_decided_on() -> None:
    """What is learned later changes neither the verdict on record nor its judging again."""
    log = given(tagged(1, at=10, source=None)).decided()
    later = log.and_then(identified(1, commit(1)), confirmed(1, 10, 9, 100, "f41"))
    later = later.and_then(tagged(2, at=20), phantom(2, message_at=20))
    later.until(1).when().then(queue(1))
    assert later.until(1).when().verdict(1) == log.log[1].envelope.event
