# SPDX-License-Identifier: GPL-3.0-or-later
"""From the promotion to the stable tag: which acts are next, from what is on record alone."""

from datetime import timedelta
from typing import Any

import pytest

from domain.batch import BatchEvent
from domain.batch import acts as do
from domain.batch.decide import IN_FLIGHT
from domain.batch.events import (
    Abandoned,
    AttemptStarted,
    PlannedBuild,
    Promoted,
    RepoReady,
    RepoRequested,
    Seeded,
    SeedRequested,
    SideTagCreated,
    SideTagRemoved,
    SideTagRequested,
    SliceFinished,
    SliceStarted,
    Unseeded,
)
from domain.batch.limits import Limits, Publication
from domain.batch.process import next_acts
from domain.batch.publishing import PATIENCE, REST, RETRY, ROUNDS, chunks, patience
from domain.batch.state import Item
from domain.batch.update_events import (
    StableReached,
    StableTimedOut,
    UpdateDropped,
    UpdateHeld,
    UpdateRefused,
    UpdateRequested,
    UpdatesPlanned,
    UpdateSplit,
    UpdateSubmitted,
)
from tests.domain.batch.test_decide import NOON, after
from tests.domain.batch.test_process import TAG, begun, ended, submitted

HOUR = timedelta(hours=1)
HOW = Publication("eln")
ALIAS = "FEDORA-2024-0123456789"


def promoted(*build_ids: int) -> tuple[BatchEvent, ...]:
    """A batch of these, each built in its side tag and promoted."""
    return (
        begun(*[1] * len(build_ids)),
        SideTagRequested((1,)),
        SideTagCreated(TAG, "eln-build-side-1"),
        SeedRequested(build_ids),
        Seeded(build_ids),
        RepoRequested(31),
        RepoReady(41),
        SliceStarted(1),
        AttemptStarted(1, build_ids),
        *submitted(*build_ids),
        *(ended(build_id) for build_id in build_ids),
        SliceFinished(1),
        *(Promoted(i, i + 100, nvr(i)) for i in build_ids),
    )


def nvr(build_id: int) -> str:
    """What a build is called once it is promoted."""
    return f"pkg{build_id}-1-1.eln142"


def seeded(update: int, *build_ids: int, tag_id: int = TAG + 1) -> tuple[BatchEvent, ...]:
    """An update has its side tag, and the builds are in it."""
    ids = tuple(build_id + 100 for build_id in build_ids)
    return (
        SideTagRequested((1, TAG), update=update),
        SideTagCreated(tag_id, f"eln-build-side-{tag_id}", update=update),
        SeedRequested(ids, update=update),
        Seeded(ids, update=update),
    )


def acts(
    *events: BatchEvent, later: timedelta = timedelta(), how: Publication | None = HOW
) -> tuple[do.Act, ...]:
    """The acts that are next after these events."""
    return next_acts(after(*events), NOON + later, Limits(publication=how))


def waiting(
    *events: BatchEvent, later: timedelta = timedelta(), hold: bool = False
) -> do.AwaitStable:
    """The only act that is next, which looks at the stable tag."""
    [found] = acts(*events, later=later, how=Publication("eln", hold=hold))
    assert isinstance(found, do.AwaitStable)
    return found


ONE = (*promoted(1, 2), UpdatesPlanned(((1, 2),), "eln", 3600))
TWO = (*promoted(1, 2), UpdatesPlanned(((1,), (2,)), "eln", 3600))
ASKED = (*ONE, *seeded(1, 1, 2), UpdateRequested(1))
THERE = (*ASKED, UpdateSubmitted(1, ALIAS))


# --- which updates -----------------------------------------------------------------------------


def test_what_is_promoted_is_published() -> None:
    """In one update unless it is to be divided; without Bodhi the batch ends."""
    [plan] = acts(*promoted(1, 2))
    assert isinstance(plan, do.PlanUpdates)
    assert [item.build_id for item in plan.items] == [1, 2]
    assert not plan.divided
    assert acts(*promoted(1, 2), how=None) == (do.RemoveSideTag(TAG),)


@pytest.mark.parametrize(
    ("size", "single", "divided"),
    [(0, 0, False), (1, 1, True), (1, 2, False), (2, 0, False), (1, 0, True)],
)
def test_bodhi_is_asked_what_came_together_only_to_divide(
    size: int, single: int, divided: bool
) -> None:
    """Two builds are divided where neither an update nor a single batch may hold both."""
    how = Publication("eln", batch_size=size, max_single_batch_size=single)
    [plan] = acts(*promoted(1, 2), how=how)
    assert isinstance(plan, do.PlanUpdates)
    assert plan.divided == divided


def test_what_came_together_is_asked_for_a_quarter_of_an_hour() -> None:
    """From the last promotion on; then the builds are divided without the answer."""
    [soon] = acts(*promoted(1, 2), later=PATIENCE - timedelta(seconds=1))
    [late] = acts(*promoted(1, 2), later=PATIENCE)
    assert isinstance(soon, do.PlanUpdates)
    assert isinstance(late, do.PlanUpdates)
    assert (soon.overdue, late.overdue) == (False, True)


def items(*orders: int) -> list[Item]:
    """Builds 1, 2, ... of these orders."""
    return [
        Item(PlannedBuild(f"pkg{n}", n, f"pkg{n}-1-1.fc42", "", order=order))
        for n, order in enumerate(orders, start=1)
    ]


@pytest.mark.parametrize(
    ("size", "single", "made"),
    [(0, 0, 1), (0, 10, 1), (100, 2_000, 1), (100, 1_999, 20), (100, 0, 20), (2_500, 0, 1)],
)
def test_a_batch_of_2000(size: int, single: int, made: int) -> None:
    """Divided by the size only where it is larger than a single update may be; nothing is lost."""
    found = chunks(items(*[1000] * 2_000), size, single, {})

    assert len(found) == made
    assert sorted(i for chunk in found for i in chunk) == list(range(1, 2_001))
    assert all(len(chunk) <= (size or 2_000) for chunk in found) or made == 1


def test_a_slice_stays_together() -> None:
    """Where one update can hold it; a larger one is divided, and its rest leaves room."""
    assert chunks(items(1, 1, 2, 2, 2, 3), 4, 0, {}) == ((1, 2, 6), (3, 4, 5))
    assert chunks(items(2, 1, 1, 1, 1, 1), 4, 0, {}) == ((2, 3, 4, 5), (6, 1))


def together(*groups: tuple[int, ...]) -> dict[str, str]:
    """Each of these groups of builds came in one update of Rawhide's."""
    return {
        f"pkg{n}-1-1.fc42": f"FEDORA-2024-{number}"
        for number, group in enumerate(groups)
        for n in group
    }


def test_what_came_together_stays_together() -> None:
    """Builds of one slice that is too large: no update of Rawhide's is torn for the others."""
    given = items(*[1] * 7)
    assert chunks(given, 3, 0, {}) == ((1, 2, 3), (4, 5, 6), (7,))

    groups = together((1, 7), (3, 4, 5))

    assert chunks(given, 3, 0, groups) == ((1, 7, 2), (3, 4, 5), (6,))
    assert chunks(given, 0, 0, groups) == ((1, 2, 3, 4, 5, 6, 7),)
    assert chunks(given, 3, 7, groups) == ((1, 2, 3, 4, 5, 6, 7),)


def test_what_came_together_and_is_too_much_for_an_update_is_divided() -> None:
    """Into full ones; the rest leaves room for others."""
    assert chunks(items(*[1] * 6), 3, 0, together((2, 3, 4, 5, 6))) == ((1, 5, 6), (2, 3, 4))


def test_what_came_together_across_slices_goes_with_the_first() -> None:
    """It is kept together first; then what is left of the slices, where that fits."""
    given = items(1, 1, 2, 2, 2)
    groups = together((2, 3))
    assert chunks(given, 3, 0, groups) == ((1, 2, 3), (4, 5))
    assert chunks(given, 2, 0, groups) == ((1,), (2, 3), (4, 5))


def test_what_is_divided_is_all_there() -> None:
    """Whatever came together: each build is in one update, none of which is too large."""
    given = items(*[n % 5 for n in range(200)])
    groups = together(*(tuple(range(n, n + n % 13)) for n in range(1, 200, 13)))
    for size in (1, 2, 7, 50, 199):
        found = chunks(given, size, 0, groups)
        assert sorted(i for chunk in found for i in chunk) == list(range(1, 201))
        assert all(0 < len(chunk) <= size for chunk in found)


# --- an update ---------------------------------------------------------------------------------


def test_an_update_has_a_side_tag_of_its_own() -> None:
    """Made and seeded as the builds' was, with what was built, and then Bodhi is asked."""
    assert acts(*ONE) == (do.RequestSideTag(update=1),)
    made = seeded(1, 1, 2)
    [found] = acts(*ONE, *made[:1])
    assert isinstance(found, do.FindSideTag)
    assert found.update == 1
    assert found.build_ids == (101, 102)
    assert acts(*ONE, *made[:2]) == (do.Seed(TAG + 1, (101, 102), update=1),)
    [waits] = acts(*ONE, *made[:3])
    assert isinstance(waits, do.AwaitSeeds)
    assert acts(*ONE, *made) == (do.RequestUpdate(1),)


def test_updates_go_side_by_side_but_side_tags_are_made_one_by_one() -> None:
    """A side tag that appears after a lost answer is of the one intent that there is."""
    assert acts(*TWO) == (do.RequestSideTag(1), do.RequestSideTag(2))
    first = seeded(1, 1)
    assert [type(each) for each in acts(*TWO, *first[:1])] == [do.FindSideTag]
    assert acts(*TWO, *first[:2]) == (do.Seed(TAG + 1, (101,), 1), do.RequestSideTag(2))
    assert acts(*TWO, *first) == (do.RequestUpdate(1), do.RequestSideTag(2))


def test_an_intent_is_looked_up() -> None:
    """Whoever finds it without an outcome looks in Bodhi, and never asks it again blindly."""
    assert acts(*ASKED) == (do.FindUpdate(1),)


def test_a_refusal_is_tried_again_for_a_quarter_of_an_hour_and_then_hourly() -> None:
    """Every five minutes; then it rests, which is told, and is asked again."""
    refused = (*ASKED, UpdateRefused(1, "no"))
    assert acts(*refused) == (do.Rest(NOON + RETRY),)
    assert acts(*refused, later=RETRY) == (do.RequestUpdate(1),)
    assert acts(*refused, later=PATIENCE) == (do.HoldUpdate(1, "no", NOON + PATIENCE + REST),)

    held = (*refused, UpdateHeld(1, "no", NOON + HOUR))
    assert acts(*held, later=HOUR / 2) == (do.Rest(NOON + HOUR),)
    assert acts(*held, later=9 * HOUR) == (do.RequestUpdate(1),)


def test_an_intent_that_cannot_be_looked_up_rests_too() -> None:
    """Bodhi is away: that is told, but only after a last look; it is never given up."""
    for events in (ASKED, (*ASKED, *[UpdateHeld(1, "", NOON)] * ROUNDS)):
        find, held = acts(*events, later=PATIENCE)
        assert find == do.FindUpdate(1)
        assert held == do.HoldUpdate(1, "Bodhi does not answer", NOON + PATIENCE + REST)
    assert acts(*ASKED, UpdateHeld(1, "", NOON + HOUR), later=HOUR) == (do.FindUpdate(1),)


def test_the_others_go_on_while_one_rests() -> None:
    """One that is on hold keeps no other back, nor the look at the stable tag."""
    held = (*TWO, *seeded(1, 1), UpdateRequested(1), UpdateHeld(1, "no", NOON + HOUR))
    assert acts(*held) == (do.Rest(NOON + HOUR), do.RequestSideTag(2))
    there = (*held, *seeded(2, 2, tag_id=TAG + 2), UpdateRequested(2), UpdateSubmitted(2, ALIAS))
    rest, waits = acts(*there)
    assert rest == do.Rest(NOON + HOUR)
    assert isinstance(waits, do.AwaitStable)


def test_a_build_that_bodhi_objects_to_gets_an_update_of_its_own() -> None:
    """So that the rest goes through: in a new side tag, the old one being removed."""
    refused = (*ASKED, UpdateRefused(1, f"Cannot find release of build: {nvr(2)}"))
    assert acts(*refused, later=PATIENCE) == (do.SplitUpdate(1, (2,)),)
    split = (*refused, UpdateSplit(1, (2,), 2))
    removal = do.RemoveSideTag(TAG + 1, "its update was split", update=1)
    assert acts(*split) == (removal, do.RequestSideTag(2))
    anew = (*split, SideTagRemoved(TAG + 1, "", update=1))
    assert acts(*anew) == (do.RequestSideTag(1), do.RequestSideTag(2))
    assert acts(*anew, *seeded(1, 1))[0] == do.RequestUpdate(1)


@pytest.mark.parametrize("reason", ["no", f"{nvr(1)}, {nvr(2)} are not signed", f"x{nvr(1)}"])
def test_what_names_none_or_all_divides_nothing(reason: str) -> None:
    """There is nothing that would go through without it."""
    [held] = acts(*ASKED, UpdateRefused(1, reason), later=PATIENCE)
    assert isinstance(held, do.HoldUpdate)


def test_after_some_rounds_an_update_is_given_up() -> None:
    """No other batch begins before; its side tag is ours, and is removed like the builds'."""
    rounds = [UpdateHeld(1, "no", NOON)] * ROUNDS
    refused = (*ASKED, *rounds, UpdateRequested(1), UpdateRefused(1, "no"))
    assert acts(*refused, later=PATIENCE) == (do.DropUpdate(1, "no"),)
    ours = (do.RemoveSideTag(TAG), do.RemoveSideTag(TAG + 1, update=1))
    assert acts(*refused, UpdateDropped(1, "no")) == ours


@pytest.mark.parametrize("intent", [False, True])
def test_an_abandoned_batch_asks_for_nothing(intent: bool) -> None:
    """Its side tags are removed; but an intent is looked up first, for then one may be Bodhi's."""
    events = (*ASKED, Abandoned("no")) if intent else (*ONE, *seeded(1, 1, 2), Abandoned("no"))
    ours = (do.RemoveSideTag(TAG), do.RemoveSideTag(TAG + 1, update=1))
    assert acts(*events) == ((do.FindUpdate(1),) if intent else ours)
    assert acts(*ASKED, Abandoned("no"), UpdateRefused(1, "none")) == ours


# --- the stable tag ----------------------------------------------------------------------------


def test_each_build_is_waited_for() -> None:
    """Until the stable tag has it; the update's side tag is Bodhi's, and stays."""
    waits = waiting(*THERE)
    assert [item.build_id for item in waits.items] == [1, 2]
    assert (waits.overdue, waits.hopeless) == ((), ())
    assert [item.build_id for item in waiting(*THERE, StableReached((1,))).items] == [2]
    done = (*THERE, StableReached((1,)), StableReached((2,)))
    assert acts(*done) == (do.RemoveSideTag(TAG),)
    assert acts(*done, SideTagRemoved(TAG)) == (do.Finish(),)
    assert after(*done).updates[0].stable_at == NOON


def test_a_build_that_was_not_tagged_for_the_update_is_not_waited_for() -> None:
    """Bodhi has the update without it."""
    made = (*seeded(1, 1, 2)[:3], Seeded((101,), (Unseeded(102, "blocked"),), update=1))
    waits = waiting(*ONE, *made, UpdateRequested(1), UpdateSubmitted(1, ALIAS))
    assert [item.build_id for item in waits.items] == [1]


def test_the_wait_ends() -> None:
    """After it the update is overdue, and hopeless when it has been waited for the longest."""
    for hours, overdue, hopeless in ((1, (1,), ()), (4, (1,), (1,))):
        waits = waiting(*THERE, later=hours * HOUR)
        assert (waits.overdue, waits.hopeless) == (overdue, hopeless)


def test_after_the_wait_the_batch_goes_on_or_is_on_hold() -> None:
    """As configured; on hold it waits on, and is told as late once."""
    late = (*THERE, StableTimedOut(1, (1, 2)))
    assert acts(*late) == (do.RemoveSideTag(TAG),)
    waits = waiting(*late, later=9 * HOUR, hold=True)
    assert (waits.overdue, waits.hopeless) == ((), ())


@pytest.mark.parametrize(
    ("took", "fields", "hours"),
    [
        ([], {"adaptive": True}, 1),
        ([3], {}, 1),
        ([3], {"adaptive": True}, 3),
        ([0.1], {"adaptive": True}, 1),
        ([90], {"adaptive": True}, 4),
        ([2] * 48 + [3, 90], {"adaptive": True}, 2),
        ([2] * 46 + [3, 3, 90, 90], {"adaptive": True}, 3),
    ],
)
def test_an_adaptive_wait(took: list[float], fields: dict[str, Any], hours: float) -> None:
    """As long as 95 of 100 batches before took, no less than configured, and bounded."""
    waits = [timedelta(hours=each) for each in took]
    assert patience(waits, Publication("eln", **fields)) == timedelta(hours=hours)


def test_an_intent_may_be_on_its_way_for_some_time() -> None:
    """An update is not asked for again before nothing that was sent can arrive."""
    assert RETRY >= IN_FLIGHT
