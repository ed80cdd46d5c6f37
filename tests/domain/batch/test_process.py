# SPDX-License-Identifier: GPL-3.0-or-later
"""The process of a batch: which act is next, from what is on record alone."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from domain.batch import BatchEvent
from domain.batch import acts as do
from domain.batch.decide import IN_FLIGHT, Target, plan
from domain.batch.events import (
    Abandoned,
    AttemptStarted,
    BuildFinished,
    BuildOutcome,
    BuildRequested,
    BuildSubmitted,
    BuildTimedOut,
    Held,
    Planned,
    PlannedBuild,
    Promoted,
    PromotionRefused,
    RepoReady,
    RepoRequested,
    Seeded,
    SeedRequested,
    SideTagCreated,
    SideTagRemoved,
    SideTagRequested,
    SliceFinished,
    SliceStarted,
)
from domain.batch.limits import Limits
from domain.batch.process import next_acts
from domain.policy import Policy
from domain.service import Service
from domain.values import Mode
from tests.domain.batch.test_decide import NOON, after, source
from tests.domain.given import configured, given, rules, tagged

TAG, NAME = 70_008, "eln-build-side-70009"
MADE = (SideTagRequested((1,)), SideTagCreated(TAG, NAME))
ASKED = SeedRequested((1,))
READY = (*MADE, ASKED, Seeded((1,)), RepoRequested(31), RepoReady(41))


def begun(*orders: int, mode: Mode = "live", base: str | None = "eln-build") -> Planned:
    """A batch of builds 1, 2, ... of these orders."""
    builds = (
        PlannedBuild(f"pkg{n}", n, f"pkg{n}-1-1.fc42", source(n), order=order, seed=n != 2)
        for n, order in enumerate(orders, start=1)
    )
    return Planned(tuple(builds), "eln", mode, base=base)


def act(*events: BatchEvent, later: timedelta = timedelta(), **limits: Any) -> do.Act:
    """The act that is next after these events."""
    return next_acts(after(*events), NOON + later, Limits(**limits))[0]


def ended(build_id: int, outcome: BuildOutcome = "built") -> BuildFinished:
    """A build ended, as a draft of its own where it was built."""
    draft = build_id + 100 if outcome == "built" else None
    return BuildFinished(build_id, outcome, build_id * 10, draft, f"pkg{build_id}-1-1.eln142,draft")


def submitted(*build_ids: int) -> Sequence[BatchEvent]:
    """Builds are submitted, each with a task of its own."""
    tasks = (BuildSubmitted(build_id, build_id * 10) for build_id in build_ids)
    return (BuildRequested(build_ids, NOON), *tasks)


# --- the side tag ------------------------------------------------------------------------------


def test_first_a_side_tag_with_a_repository() -> None:
    """Made, seeded but for what the policy skips, its repository asked for and there."""
    assert act(begun(1, 1)) == do.RequestSideTag()
    assert act(begun(1, 1), *MADE) == do.Seed(TAG, (1,))
    waits = act(begun(1, 1), *MADE, ASKED)
    assert isinstance(waits, do.AwaitSeeds)
    assert not waits.overdue
    assert act(begun(1, 1), *MADE, ASKED, Seeded((1,))) == do.RequestRepo(TAG)
    assert act(begun(1, 1), *READY[:-1]) == do.AwaitRepo(31)
    assert act(begun(1, 1), *READY) == do.StartSlice(1)


def test_without_a_base_there_is_no_side_tag() -> None:
    """Straight into the target: the builds are next, once each."""
    planned = begun(1, base=None)
    assert act(planned) == do.StartSlice(1)
    tried = (planned, SliceStarted(1), AttemptStarted(1, (1,)), *submitted(1), ended(1, "failed"))
    assert act(*tried) == do.FinishSlice(1)


def test_an_intent_for_a_side_tag_is_looked_up() -> None:
    """Whoever finds it without an outcome looks which side tag is new."""
    found = act(begun(1), SideTagRequested((1, 2)))
    assert isinstance(found, do.FindSideTag)
    assert found.side.known == (1, 2)
    assert found.build_ids == (1,)


def test_a_side_tag_that_takes_too_long_is_made_anew() -> None:
    """It is dropped after its time; after three of them the batch rests, and then goes on."""
    hour = timedelta(hours=1)
    assert isinstance(act(begun(1), *MADE, later=hour), do.RemoveSideTag)
    assert isinstance(act(begun(1), *READY, later=hour), do.StartSlice)

    dropped = (*MADE, SideTagRemoved(TAG, "no repository"))
    assert act(begun(1), *dropped, *dropped) == do.RequestSideTag()
    held = act(begun(1), *dropped, *dropped, *dropped)
    assert held == do.Hold("3 side tags came to nothing", NOON + hour)
    rests = (begun(1), *dropped, *dropped, *dropped, Held("", NOON + hour))
    assert act(*rests) == do.Rest(NOON + hour)
    assert act(*rests, later=hour) == do.RequestSideTag()


# --- slices and attempts -----------------------------------------------------------------------


def test_slices_are_built_in_order() -> None:
    """Each when the one before is done; all builds of an order together."""
    first = (begun(20, 10, 20), *READY)
    assert act(*first) == do.StartSlice(10)
    assert act(*first, SliceStarted(10)) == do.StartAttempt(1, (2,))

    done = (*first, SliceStarted(10), AttemptStarted(1, (2,)), *submitted(2), ended(2))
    assert act(*done) == do.FinishSlice(10)
    assert act(*done, SliceFinished(10)) == do.StartSlice(20)
    assert act(*done, SliceFinished(10), SliceStarted(20)) == do.StartAttempt(1, (1, 3))


def attempts(*failing: int) -> Sequence[BatchEvent]:
    """A slice of four builds, of which so many failed in each attempt."""
    events: list[BatchEvent] = [begun(1, 1, 1, 1), *READY, SliceStarted(1)]
    ids: tuple[int, ...] = (1, 2, 3, 4)
    for attempt, failed in enumerate(failing, start=1):
        events += [AttemptStarted(attempt, ids), *submitted(*ids)]
        events += [ended(i, "failed" if n < failed else "built") for n, i in enumerate(ids)]
        ids = ids[:failed]
    return events


@pytest.mark.parametrize(
    ("failing", "expected"),
    [
        ((0,), do.FinishSlice(1)),
        ((4,), do.StartAttempt(2, (1, 2, 3, 4))),
        ((3,), do.StartAttempt(2, (1, 2, 3))),
        ((3, 2), do.StartAttempt(3, (1, 2))),
        ((3, 2, 1), do.StartAttempt(4, (1,))),
        ((3, 2, 1, 1), do.FinishSlice(1)),
        ((1, 1), do.FinishSlice(1)),
        ((2, 0), do.FinishSlice(1)),
    ],
    ids=str,
)
def test_what_fails_is_tried_while_fewer_fail(failing: tuple[int, ...], expected: do.Act) -> None:
    """A real failure is tried twice at least, and no longer than it helps (EBS's rule)."""
    assert act(*attempts(*failing)) == expected


@pytest.mark.parametrize("outcome", ["refused", "cancelled", "timed-out"])
def test_what_is_no_chance_is_not_tried_again(outcome: BuildOutcome) -> None:
    """Koji's refusal, a person's cancellation and a time-out are final."""
    tried = (SliceStarted(1), AttemptStarted(1, (1,)), *submitted(1), ended(1, outcome))
    assert act(begun(1), *READY, *tried) == do.FinishSlice(1)


def test_lost_answers_are_looked_for_before_anything_else() -> None:
    """In an attempt: first what is not known, then what was not done, then what goes on."""
    tried = (begun(1, 1), *READY, SliceStarted(1), AttemptStarted(1, (1, 2)))
    batch = after(*tried, BuildRequested((1,), NOON))

    assert act(*tried) == do.Submit(after(*tried).current)
    assert act(*tried, BuildRequested((1,), NOON)) == do.FindTasks(batch.unanswered)
    assert act(*tried, *submitted(1)) == do.Submit((after(*tried).items[2],))
    assert act(*tried, *submitted(1, 2)) == do.Poll()


def test_a_build_that_takes_too_long_is_given_up_once() -> None:
    """After a day its task is to be cancelled; then it is only looked whether it is."""
    tried = (begun(1), *READY, SliceStarted(1), AttemptStarted(1, (1,)), *submitted(1))
    day = timedelta(days=1)
    found = act(*tried, later=day)

    assert isinstance(found, do.TimeOut)
    assert act(*tried, BuildTimedOut(1, 10), later=day) == do.Poll()


# --- the end -----------------------------------------------------------------------------------


def built(*orders: int, mode: Mode = "live") -> tuple[BatchEvent, ...]:
    """A batch whose builds were all built."""
    events: list[BatchEvent] = [begun(*orders, mode=mode), *READY]
    for number, order in enumerate(orders, start=1):
        events += [SliceStarted(order), AttemptStarted(1, (number,)), *submitted(number)]
        events += [ended(number), SliceFinished(order)]
    return tuple(events)


def test_drafts_are_promoted_when_all_slices_are_done() -> None:
    """Then the side tag is removed, and that is the end; what is refused stays what it is."""
    batch = after(*built(1, 2))
    assert act(*built(1, 2)) == do.Promote(tuple(batch.items.values()))

    one = (*built(1, 2), Promoted(1, 101, "pkg1-1-1.eln142"))
    assert act(*one) == do.Promote((after(*one).items[2],))
    both = (*one, PromotionRefused(2, 102, "Target build exists"))
    assert act(*both) == do.RemoveSideTag(TAG)
    assert act(*both, SideTagRemoved(TAG)) == do.Finish()


def test_scratch_builds_are_not_promoted() -> None:
    """Nothing is published of them: the side tag goes at once."""
    assert act(*built(1, mode="scratch")) == do.RemoveSideTag(TAG)


def test_an_abandoned_batch_is_cleaned_up() -> None:
    """What may still be on its way is waited for; then all is given up, and the side tag goes."""
    tried = (begun(1, 1), *READY, SliceStarted(1), AttemptStarted(1, (1, 2)), *submitted(1))
    lost = (*tried, BuildRequested((2,), NOON), Abandoned("the hub is rebuilt"))

    assert isinstance(act(*lost), do.FindTasks)
    assert act(*lost, later=IN_FLIGHT) == do.GiveUp()
    over = (*lost, ended(1, "abandoned"), ended(2, "abandoned"))
    assert act(*over, later=IN_FLIGHT) == do.RemoveSideTag(TAG)
    assert act(*over, SideTagRemoved(TAG), later=IN_FLIGHT) == do.Finish()


def test_abandoned_drafts_are_given_up() -> None:
    """What is built and not promoted is not published, and no package is told that it was."""
    assert act(*built(1), Abandoned("")) == do.GiveUp()
    assert act(*built(1), Promoted(1, 101, "x"), Abandoned("")) == do.RemoveSideTag(TAG)


# --- what is planned ---------------------------------------------------------------------------


def test_the_policy_orders_and_seeds() -> None:
    """By the first pattern that fits the name downstream, which is searched, not matched."""
    policy = Policy(
        "f41", ordering=(("^llvm", 10), ("vm", 20)), skip_tag=("^kernel", "^gcc"),
    )  # fmt: skip
    names = ["llvm", "lvm2", "gcc", "bash"]
    facts = [tagged(n, 10, package=name) for n, name in enumerate(names, start=1)]
    queued = given(*facts).decided(rules(listed=names))
    service = Service(configured=configured("f41", listed=names))
    with_policy = replace_policy(service, policy)
    found = plan(queued.packages.values(), with_policy, Target("eln", "eln-build"))

    assert found is not None
    assert {b.package: (b.order, b.seed) for b in found.builds} == {
        "llvm": (10, True), "lvm2": (20, True), "gcc": (1000, False), "bash": (1000, True),
    }  # fmt: skip


def replace_policy(service: Service, policy: Policy) -> Service:
    """The service with another policy."""
    return replace(service, configured=replace(service.configured, policy=policy))
