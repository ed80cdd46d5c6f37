# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate on the log: what it holds, what people make of that, and what stops it."""

import dataclasses

import pytest
from msgspec.structs import replace

from adapters.service.outlook import Outlook, drafts, subjects
from domain.admission.plan import make_plan
from domain.errors import Refused
from domain.policy import GuardLimits
from domain.service.events import HeldBuild, MessageRejected
from tests.adapters.service.given import NOTHING_PASSES, World
from tests.domain.given import Fact, built, commit, in_destination, tagged, time, untagged
from tests.domain.service.given import said

# --- what the guard holds ----------------------------------------------------------------------


def test_a_held_request_is_held_once(world: World) -> None:
    """However often the gate looks, one plan waits for a person."""
    world.hear(tagged(1, 10))
    world.passes()
    world.hear(built(1))
    world.outside.guard = NOTHING_PASSES
    world.app.operators.trigger(["bash"], "a new compiler", world.by(), force=True)
    world.passes(3)

    (held,) = world.events("plan-held")
    assert (held.builds, held.requested) == ((HeldBuild("bash", 1, 0),), True)
    assert world.queued() == []


@pytest.mark.parametrize("before", ["built", "never queued"])
def test_a_rejected_request_stays_rejected(world: World, before: str) -> None:
    """Rejecting ends the request, forced or not: no later pass queues or holds it again."""
    world.hear(tagged(1, 10))
    if before == "built":
        world.passes()
        world.hear(built(1))
    world.outside.guard = NOTHING_PASSES
    world.passes()
    world.app.operators.trigger(["bash"], "a new compiler", world.by(), force=True)
    world.passes()
    for held in world.service.held[-1:]:
        world.app.gate.reject(held.plan, "not today", world.by())
    head = len(world.events("plan-held"))
    world.outside.guard = GuardLimits()
    world.passes(3)

    assert world.package().request is None
    assert (world.queued(), world.service.held) == ([], ())
    assert len(world.events("plan-held")) == head


def test_a_held_request_is_queued_when_it_is_approved(world: World) -> None:
    """The approval answers the request."""
    world.outside.guard = NOTHING_PASSES
    world.hear(tagged(1, 10))
    world.app.operators.trigger(["bash"], "a new compiler", world.by())
    world.passes()
    (held,) = world.service.held
    world.app.gate.approve(held.plan, world.by())

    assert (world.queued(), world.package().request, world.service.held) == ([1], None, ())


def test_what_is_queued_outlives_a_rejected_successor(world: World) -> None:
    """gcc-3 is queued, gcc-5 is held and rejected: gcc-3 is built, for it is the best there is."""
    world.outside.guard = GuardLimits(max_builds=1)
    world.hear(tagged(3, 10, package="gcc"))
    world.passes()
    world.hear(tagged(5, 20, package="gcc"))
    world.passes()
    (held,) = world.service.held
    assert (held.builds, world.queued("gcc")) == ((HeldBuild("gcc", 5, 0),), [3])
    world.app.gate.reject(held.plan, "broken", world.by())
    world.passes(2)

    assert world.queued("gcc") == [3]
    assert [ended.outcome for ended in world.events("ended")] == ["rejected"]


# --- what people do ----------------------------------------------------------------------------


def test_a_request_lapses_on_record(world: World) -> None:
    """The pass that sees a newer build says that the request has lapsed, once."""
    world.hear(tagged(1, 10))
    world.passes()
    world.hear(built(1))
    world.app.operators.trigger(["bash"], "a new compiler", world.by(), force=True)
    world.hear(tagged(2, 20, source=commit(1)))
    world.passes(2)

    (lapsed,) = world.events("request-lapsed")
    assert (lapsed.build_id, world.package().request, world.queued()) == (1, None, [])


def test_a_plan_is_approved_after_the_pause_ran_out(world: World) -> None:
    """A pause that is over stops nobody, also before a pass has noticed it."""
    world.outside.guard = NOTHING_PASSES
    world.hear(tagged(1, 10))
    world.passes()
    (held,) = world.service.held
    end = time(200_000)
    world.app.operators.pause("branching", end, world.by())
    with pytest.raises(Refused, match="cannot be approved now"):
        world.app.gate.approve(held.plan, world.by())
    world.at(end)
    recorded = world.app.gate.approve(held.plan, world.by())

    topics = [each.envelope.event.topic for each in recorded]
    assert topics == ["pause-expired", "plan-approved", "queued"]
    assert recorded[2].envelope.event.basis.approval == recorded[1].envelope.id
    assert (world.queued(), world.service.pause) == ([1], None)


def test_a_shorter_pause_is_refused(world: World) -> None:
    """Nobody ends another's pause unawares; what is refused is not on record."""
    world.app.operators.pause("branching", time(300_000), world.by("ada"))
    with pytest.raises(Refused, match="by ada: branching"):
        world.app.operators.pause("mass rebuild", time(200_000), world.by("bob"))
    world.at(time(100_000))
    world.app.operators.pause("mass rebuild", None, world.by("bob"))

    pause = world.service.pause
    assert pause is not None
    assert (pause.by, pause.since, pause.until) == ("bob", time(86_400), None)
    assert len(world.events("paused")) == 2


# --- who was in the way ------------------------------------------------------------------------


def test_a_conflict_loses_no_policy(world: World) -> None:
    """The configuration is read once a pass: what was offered once is adopted by each attempt."""
    world.hear(tagged(1, 10, "f42"))
    world.outside.policy = replace(world.outside.policy, trigger_tag="f42")
    world.outside.once = True
    world.interrupted(said(MessageRejected("1", "bus", "no JSON"))).passes()

    assert world.service.configured.trigger_tag == "f42"
    assert world.queued() == [1]
    assert len(world.events("message-rejected")) == 1


def test_a_pass_is_decided_anew_when_its_package_went_on(world: World) -> None:
    """What was decided on a view that no longer holds is never recorded."""
    world.hear(tagged(1, 10))
    world.interrupted(untagged(1, 20)).passes()

    assert (world.queued(), world.events("queued")) == ([], [])
    assert [skipped.reason for skipped in world.events("skipped")] == ["not-in-tag"]


def test_a_pass_is_decided_anew_when_the_twin_downstream_went_on(world: World) -> None:
    """What the stable tag holds of freeipa is on record under ipa: a verdict rests on both."""
    world.hear(tagged(1, 10, package="freeipa"))
    done = in_destination(commit(1, "freeipa"), package="ipa")
    world.interrupted(done).passes()

    assert world.queued("freeipa") == []
    assert [skipped.reason for skipped in world.events("skipped-as-retag")] == [
        "already-in-destination"
    ]


# --- the second fence --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("again", "what"),
    [
        (tagged(1, 20), "A build would be queued twice"),
        (tagged(2, 20, source=commit(1)), "A source would be queued twice"),
    ],
    ids=["build", "source"],
)
def test_the_database_refuses_what_a_faulty_table_would_queue(
    world: World, again: Fact, what: str
) -> None:
    """With the rows that forbid it switched off, PostgreSQL still queues nothing twice."""
    world.hear(tagged(1, 10))
    world.passes()
    world.hear(again)
    before = world.log.head()
    outlook = _without_rows(world, 4, 5, 7)
    assert [due.judgement.queues for due in outlook.plan.due] == [True]

    with world.app.journal.look() as view, pytest.raises(Refused, match=what):
        world.app.journal.append(view, drafts(outlook, outlook.plan.due, world.by()))
    assert (world.log.head(), world.queued()) == (before, [1])


def _without_rows(world: World, *rows: int) -> Outlook:
    """What a pass would do, were some rows of the table switched off."""
    outlook = world.app.gate.outlook()
    assert outlook.rules is not None
    rules = outlook.rules.without_rows(*rows)
    with world.app.journal.look() as view:
        plan = make_plan(subjects(view, rules), rules)
    return dataclasses.replace(outlook, rules=rules, plan=plan)
