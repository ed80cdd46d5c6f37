# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands open, and since when: what alerts and dashboards rest on."""

from datetime import timedelta

import pytest

from adapters.service.journal import Journal
from adapters.store.log import EventLog
from domain.batch import BatchEvent
from domain.batch.events import (
    AttemptStarted,
    BuildRequested,
    Planned,
    RepoReady,
    RepoRequested,
    Seeded,
    SeedRequested,
    SideTagCreated,
    SideTagRequested,
    SliceStarted,
)
from domain.batch.update_events import (
    StableReached,
    StableTimedOut,
    UpdateDropped,
    UpdateRefused,
    UpdateRequested,
    UpdatesPlanned,
    UpdateSubmitted,
)
from domain.package import Package
from domain.service import Service
from domain.service.events import HeldBuild, PlanApproved, PlanHeld, PlanLapsed
from projections.standing import Act, Queue, acts, decided_at, held_since, oldest, queue
from tests.domain.batch.test_decide import NOON, after
from tests.domain.batch.test_process import TAG, begun, ended, submitted
from tests.domain.batch.test_publishing import promoted
from tests.domain.given import time
from tests.domain.service.given import said
from tests.projections.writing import projected, record

MADE = (begun(1), SideTagRequested(()), SideTagCreated(TAG, "side"))
SEEDED = (*MADE, SeedRequested((1,)), Seeded((1,)))
TRIED = (begun(1, base=None), SliceStarted(1), AttemptStarted(1, (1,)))
UPDATES = (*promoted(1), UpdatesPlanned(((1,),), "eln", 3600))
SENT = (*UPDATES, UpdateRequested(1), UpdateSubmitted(1, "FEDORA-2024-0123456789"))


@pytest.mark.parametrize(
    ("events", "open_"),
    [
        ((begun(1),), []),
        ((begun(1), SideTagRequested(())), [("side-tag", "unanswered")]),
        (MADE, []),
        ((*MADE, SeedRequested((1,))), [("seed", "running")]),
        (SEEDED, []),
        ((*SEEDED, RepoRequested(31)), [("repo", "running")]),
        ((*SEEDED, RepoRequested(31), RepoReady(41)), []),
        ((*TRIED, BuildRequested((1,), NOON)), [("build", "unanswered")]),
        ((*TRIED, *submitted(1)), [("build", "running")]),
        ((*TRIED, *submitted(1), ended(1)), []),
        (UPDATES, []),
        ((*UPDATES, UpdateRequested(1)), [("update", "unanswered")]),
        ((*UPDATES, UpdateRequested(1), UpdateRefused(1, "no")), [("update", "running")]),
        ((*UPDATES, UpdateRequested(1), UpdateDropped(1, "no")), []),
        (SENT, [("stable", "running")]),
        ((*SENT, StableReached((1,))), []),
        ((*SENT, StableTimedOut(1, (1,))), []),
    ],
)
def test_acts_are_open_from_intent_to_outcome(
    events: tuple[Planned | BatchEvent, ...], open_: list[tuple[str, str]]
) -> None:
    """Unanswered while only the intent is on record, running while it is known and not done."""
    assert [(act.name, act.state) for act in acts(after(*events))] == open_


def test_the_oldest_of_a_kind_counts() -> None:
    """Of many tasks since when the first runs; another state is another kind."""
    later = NOON + timedelta(hours=1)
    found = [Act("build", "running", later), Act("build", "running", NOON)]

    assert oldest([*found, Act("build", "unanswered", later)]) == {
        ("build", "running"): NOON,
        ("build", "unanswered"): later,
    }


def test_the_time_of_an_act_is_that_of_its_intent() -> None:
    """It is ours, as recorded."""
    assert [act.since for act in acts(after(begun(1), SideTagRequested(())))] == [NOON]


def test_an_empty_queue_has_no_oldest() -> None:
    """Nothing waits."""
    assert queue([Package("bash")], "live") == Queue(0, 0, None)


def test_a_plan_is_held_since_the_last_time_that_it_was(journal: Journal, log: EventLog) -> None:
    """Of several plans the one that waits longest; one that lapsed and came back waits anew."""
    build = (HeldBuild("bash", 1, 0),)

    def held(plan: str, at: float) -> None:
        record(journal, [said(PlanHeld(plan, "guard", build), at)])

    held("first", 10)
    held("second", 20)
    record(journal, [said(PlanLapsed("first"), 30)])
    assert since(log) == time(20)
    held("first", 40)
    assert since(log) == time(20)
    record(journal, [said(PlanApproved("second"), 50)])
    assert since(log) == time(40)
    record(journal, [said(PlanLapsed("first"), 60)])
    assert since(log) is None


def since(log: EventLog) -> object:
    """Since when a plan is held, by the service as it is projected."""
    with log.reading() as cursor:
        return held_since(cursor, projected(log).service)


def test_a_position_has_a_time(log: EventLog, journal: Journal) -> None:
    """That of what happened; where there is no event there is none."""
    record(journal, [said(PlanLapsed("any"), 70)])
    with log.reading() as cursor:
        assert decided_at(cursor, log.head()) == time(70)
        assert decided_at(cursor, log.head() + 1) is None
        assert held_since(cursor, Service()) is None
