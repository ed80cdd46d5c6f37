# SPDX-License-Identifier: GPL-3.0-or-later
"""The process of a batch: from what is on record, the one act that is next.

A side tag is made, seeded and waited for; slices are built one after another, each again while
fewer fail than before; then the drafts are promoted, and the side tag is removed. No state but the
log: whoever asks after a crash is told the same act, and looks in Koji before it does it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from domain.batch.decide import IN_FLIGHT, is_stale
from domain.batch.state import Batch, Item, SideTag

MOST_SIDE_TAGS: Final = 3
"""After so many that timed out the batch rests."""

REST: Final = timedelta(hours=1)
"""Between two rounds of attempts at a side tag."""


class Limits(Struct, frozen=True):
    """How long a side tag is waited for, what is tagged into it, and a task."""

    seeds: timedelta = timedelta(minutes=30)
    side_tag: timedelta = timedelta(hours=1)
    task: timedelta = timedelta(hours=24)


class RequestSideTag(Struct, frozen=True):
    """Record the intent, and have the side tag made."""


class FindSideTag(Struct, frozen=True):
    """Look for the side tag of an intent whose answer was lost."""

    side: SideTag


class Seed(Struct, frozen=True):
    """Tag the upstream builds into the side tag."""

    tag_id: int
    build_ids: tuple[int, ...]


class AwaitSeeds(Struct, frozen=True):
    """Look whether the side tag holds them; those that are ``overdue`` are given up."""

    side: SideTag
    overdue: bool


class RequestRepo(Struct, frozen=True):
    """Ask for a repository of the side tag as it is now."""

    tag_id: int


class AwaitRepo(Struct, frozen=True):
    """Look whether the repository is there."""

    request_id: int


class RemoveSideTag(Struct, frozen=True):
    """Remove the side tag; with a ``reason`` another one is made."""

    tag_id: int
    reason: str = ""


class Hold(Struct, frozen=True):
    """Rest until then."""

    reason: str
    until: datetime


class StartSlice(Struct, frozen=True):
    """Begin with the next slice."""

    order: int


class StartAttempt(Struct, frozen=True):
    """Begin with these builds of the slice, or begin again."""

    attempt: int
    build_ids: tuple[int, ...]


class Submit(Struct, frozen=True):
    """Record the intent, and submit the builds."""

    items: tuple[Item, ...]


class FindTasks(Struct, frozen=True):
    """Look for the tasks of intents whose answers were lost."""

    items: tuple[Item, ...]


class TimeOut(Struct, frozen=True):
    """Give up the builds that take too long."""

    items: tuple[Item, ...]


class Poll(Struct, frozen=True):
    """Look how the tasks are."""


class FinishSlice(Struct, frozen=True):
    """Tell the packages what came of the slice."""

    order: int


class Promote(Struct, frozen=True):
    """Promote the drafts."""

    items: tuple[Item, ...]


class GiveUp(Struct, frozen=True):
    """Cancel what runs, and end what is not built."""


class Finish(Struct, frozen=True):
    """Nothing is left to be done."""


class Rest(Struct, frozen=True):
    """Nothing is to be done before then."""

    until: datetime


Act = (
    RequestSideTag
    | FindSideTag
    | Seed
    | AwaitSeeds
    | RequestRepo
    | AwaitRepo
    | RemoveSideTag
    | Hold
    | StartSlice
    | StartAttempt
    | Submit
    | FindTasks
    | TimeOut
    | Poll
    | FinishSlice
    | Promote
    | GiveUp
    | Finish
    | Rest
)


def next_act(batch: Batch, now: datetime, limits: Limits = Limits()) -> Act:  # noqa: B008 - frozen
    """Return what is to be done for the batch now."""
    for stage in (_abandoned, _resting, _side_tag, _slice, _promotion, _end):
        act = next(iter(stage(batch, now, limits)), None)
        if act is not None:
            return act
    return Finish()


def _abandoned(batch: Batch, now: datetime, limits: Limits) -> Iterator[Act]:  # noqa: ARG001 - a stage
    """What may still be on its way is waited for, or its task would be left behind."""
    if batch.abandoned is None or all(batch.is_over(item) for item in batch.items.values()):
        return
    on_their_way = tuple(i for i in batch.unanswered if not is_stale(i, now))
    yield FindTasks(on_their_way) if on_their_way else GiveUp()


def _resting(batch: Batch, now: datetime, limits: Limits) -> Iterator[Act]:  # noqa: ARG001 - a stage
    if batch.held_until is not None and now < batch.held_until:
        yield Rest(batch.held_until)


def _side_tag(batch: Batch, now: datetime, limits: Limits) -> Iterator[Act]:
    """What is to be done until the side tag's repository is there, while something is unbuilt."""
    side = batch.side
    if batch.base is None or batch.abandoned is not None or _all_built(batch):
        return
    if side is None and batch.tries >= MOST_SIDE_TAGS:
        yield Hold(f"{batch.tries} side tags came to nothing", now + REST)
    elif side is None:
        yield RequestSideTag()
    elif side.tag_id is None:
        yield FindSideTag(side)
    elif not side.ready and now - side.since >= limits.side_tag:
        yield RemoveSideTag(side.tag_id, f"no repository within {limits.side_tag}")
    elif side.asked is None:
        seeds = tuple(i.build_id for i in batch.items.values() if i.planned.seed)
        yield Seed(side.tag_id, seeds)
    elif not side.seeded:
        yield AwaitSeeds(side, overdue=now - side.since >= limits.seeds)
    elif not side.ready:
        asked = side.request_id
        yield RequestRepo(side.tag_id) if asked is None else AwaitRepo(asked)


def _all_built(batch: Batch) -> bool:
    return batch.order is None and batch.next_order is None


def _slice(batch: Batch, now: datetime, limits: Limits) -> Iterator[Act]:
    if batch.abandoned is not None:
        return
    if batch.order is None:
        if batch.next_order is not None:
            yield StartSlice(batch.next_order)
    elif batch.attempt == 0:
        ids = tuple(i.build_id for i in batch.items.values() if i.planned.order == batch.order)
        yield StartAttempt(1, ids)
    else:
        yield from _attempt(batch, now, limits)


def _attempt(batch: Batch, now: datetime, limits: Limits) -> Iterator[Act]:
    """An intent without an outcome is looked up first, then what was never intended is done."""
    late = tuple(i for i in batch.building.values() if _is_late(i, now, limits))
    if batch.unanswered:
        yield FindTasks(batch.unanswered)
    elif batch.unrequested:
        yield Submit(batch.unrequested)
    elif late:
        yield TimeOut(late)
    elif batch.building:
        yield Poll()
    elif _worth_another(batch):
        yield StartAttempt(batch.attempt + 1, _to_try_again(batch))
    elif batch.order is not None:
        yield FinishSlice(batch.order)


def _is_late(item: Item, now: datetime, limits: Limits) -> bool:
    since = item.submitted_at
    return since is not None and not item.late and now - since >= limits.task


def _to_try_again(batch: Batch) -> tuple[int, ...]:
    """Return what failed, and may do so by chance; 'exists already' and the like do not."""
    return tuple(i.build_id for i in batch.current if i.outcome == "failed")


def _worth_another(batch: Batch) -> bool:
    """Whether fewer failed than in the attempt before; a failure is tried twice at least.

    Straight into the target everything is tried once: there is nothing new to build it with.
    """
    shrinks = batch.fewest is None or len(batch.failed) < batch.fewest
    return batch.base is not None and bool(_to_try_again(batch)) and shrinks


def _promotion(batch: Batch, now: datetime, limits: Limits) -> Iterator[Act]:  # noqa: ARG001 - a stage
    if batch.abandoned is None and batch.unpromoted:
        yield Promote(batch.unpromoted)


def _end(batch: Batch, now: datetime, limits: Limits) -> Iterator[Act]:  # noqa: ARG001 - a stage
    side = batch.side
    if side is None:
        return
    if side.tag_id is not None:
        yield RemoveSideTag(side.tag_id)
    elif now - side.since < IN_FLIGHT:
        yield FindSideTag(side)
