# SPDX-License-Identifier: GPL-3.0-or-later
"""The process of a batch: from what is on record, what is next.

A side tag is made, seeded and waited for; slices are built one after another, each again while
fewer fail than before; then the drafts are promoted and published, and the side tag is removed. No
state but the log: whoever asks after a crash is told the same, and looks before it does it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from domain.batch.acts import (
    Act,
    AwaitRepo,
    FindSideTag,
    FindTasks,
    Finish,
    FinishSlice,
    GiveUp,
    Hold,
    Poll,
    Promote,
    RemoveSideTag,
    RequestRepo,
    Rest,
    StartAttempt,
    StartSlice,
    Submit,
    TimeOut,
)
from domain.batch.decide import IN_FLIGHT, is_stale
from domain.batch.limits import Limits
from domain.batch.publishing import publishing
from domain.batch.side_tag import until_seeded
from domain.batch.state import Batch, Item, SideTag

MOST_SIDE_TAGS: Final = 3
"""After so many that timed out the batch rests."""

REST: Final = timedelta(hours=1)
"""Between two rounds of attempts at a side tag."""


def next_acts(batch: Batch, now: datetime, limits: Limits = Limits()) -> tuple[Act, ...]:  # noqa: B008 - frozen
    """Return what may be done for the batch now, to be tried until something comes of one."""
    stages = (_abandoned, _resting, _side_tag, _slice, _promotion, publishing, _end)
    for stage in stages:
        if acts := tuple(stage(batch, now, limits)):
            return acts
    return (Finish(),)


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
    elif side is not None and side.tag_id and _is_overdue(side, now, limits):
        yield RemoveSideTag(side.tag_id, f"no repository within {limits.side_tag}")
    elif side is None or side.tag_id is None or not side.seeded:
        seeds = tuple(i.build_id for i in batch.items.values() if i.planned.seed)
        yield from until_seeded(side, seeds, now, limits)
    elif not side.ready:
        asked = side.request_id
        yield RequestRepo(side.tag_id) if asked is None else AwaitRepo(asked)


def _is_overdue(side: SideTag, now: datetime, limits: Limits) -> bool:
    return not side.ready and now - side.since >= limits.side_tag


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
    for update, side in batch.side_tags.items():
        if side.tag_id is not None:
            yield RemoveSideTag(side.tag_id, update=update)
        elif now - side.since < IN_FLIGHT:
            yield FindSideTag(side, update=update)
