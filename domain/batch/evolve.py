# SPDX-License-Identifier: GPL-3.0-or-later
"""How each event changes a batch: the only place where its state is made."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from msgspec.structs import replace

from domain.batch.events import (
    Abandoned,
    AttemptStarted,
    BatchEvent,
    BuildFinished,
    BuildRequested,
    BuildSubmitted,
    BuildTimedOut,
    DuplicateFound,
    Finished,
    Held,
    Planned,
    Promoted,
    PromotionRefused,
    RepoReady,
    RepoRequested,
    Seeded,
    SeedRequested,
    SideTagCreated,
    SideTagEvent,
    SideTagRemoved,
    SideTagRequested,
    SliceFinished,
    SliceStarted,
)
from domain.batch.state import Batch, Item, SideTag
from domain.batch.update_events import StableReached, UpdateEvent, UpdatesPlanned
from domain.batch.updates import publish, with_side
from domain.envelope import Recorded


def evolve(batch: Batch, *news: Recorded) -> Batch:
    """Return the batch after more events of its stream.

    Its items are copied once, whatever the number of the news, and the copy is changed until it is
    returned: of 2,000 builds each tells its own submission.
    """
    changed = replace(batch, items={**batch.items})
    for recorded in news:
        meta = recorded.envelope.meta
        changed = _apply(changed, recorded.envelope.event, meta.occurred_at)
    last = {"version": news[-1].envelope.originator_version, "position": news[-1].position}
    return replace(changed, **last)


def _apply(batch: Batch, event: BatchEvent, at: datetime) -> Batch:  # noqa: C901, PLR0912 - a case an event
    match event:
        case Planned():
            return _planned(batch, event, at)
        case SliceStarted():
            return replace(batch, order=event.order, attempt=0, fewest=None, attempted=())
        case AttemptStarted():
            return _attempt(batch, event)
        case SliceFinished():
            return _slice_finished(batch, event)
        case BuildRequested():
            asked = {"since": event.since, "requested_at": at, "attempt": event.attempt}
            return _with(batch, event.build_ids, **asked)
        case BuildSubmitted():
            return _with(batch, [event.build_id], task_id=event.task_id, submitted_at=at)
        case BuildTimedOut():
            return _with(batch, [event.build_id], late=True)
        case BuildFinished():
            return _finished(batch, event)
        case DuplicateFound():
            return replace(batch, duplicates=(*batch.duplicates, event.task_id))
        case Promoted():
            named = {"promotion": "promoted", "downstream_nvr": event.downstream_nvr}
            return replace(_with(batch, [event.build_id], **named), promoted_at=at)
        case PromotionRefused():
            return _with(batch, [event.build_id], promotion="refused")
        case SideTagEvent() | RepoRequested() | RepoReady() | SideTagRemoved():
            return _side_tag(batch, event, at)
        case Held():
            return replace(batch, held_until=event.until, tries=0)
        case Abandoned():
            return replace(batch, abandoned=event.reason, requeue=event.requeue, held_until=None)
        case Finished():
            return replace(batch, ended_at=at)
        case UpdatesPlanned() | StableReached() | UpdateEvent():
            return publish(batch, event, at)
        case _:
            assert_never(event)


def _planned(batch: Batch, event: Planned, at: datetime) -> Batch:
    begun = replace(batch, target=event.target, mode=event.mode, base=event.base, started_at=at)
    return replace(begun, items={each.build_id: Item(each) for each in event.builds})


def _attempt(batch: Batch, event: AttemptStarted) -> Batch:
    """Begin with these builds anew; how many failed before says whether it was worth it."""
    before = [batch.items[build_id] for build_id in event.build_ids]
    spent = (item.task_id for item in before if item.task_id is not None)
    fewest = len(batch.failed) if batch.attempt else None
    begun = replace(batch, attempt=event.attempt, attempted=event.build_ids, fewest=fewest)
    batch.items.update(
        (item.build_id, Item(item.planned, attempt=event.attempt)) for item in before
    )
    return replace(begun, spent=(*batch.spent, *spent))


def _slice_finished(batch: Batch, event: SliceFinished) -> Batch:
    told = [
        item.build_id
        for item in batch.items.values()
        if item.outcome is not None and item.planned.order == event.order
    ]
    return replace(_with(batch, told, final=True), order=None, attempted=())


def _finished(batch: Batch, event: BuildFinished) -> Batch:
    return _with(
        batch,
        [event.build_id],
        outcome=event.outcome,
        downstream=event.downstream_build_id,
        downstream_nvr=event.downstream_nvr,
        adopted=event.adopted,
        final=event.outcome == "abandoned",
        detail=event.detail,
    )


OfSideTag = SideTagRequested | SideTagCreated | SeedRequested | Seeded


def _side_tag(
    batch: Batch, event: OfSideTag | RepoRequested | RepoReady | SideTagRemoved, at: datetime
) -> Batch:
    if isinstance(event, RepoRequested):
        return _with_repo(batch, request_id=event.request_id, ready=False)
    if isinstance(event, RepoReady):
        return _with_repo(batch, ready=True)
    if isinstance(event, SideTagRemoved):
        tries = batch.tries + 1 if event.update == 0 else batch.tries
        return replace(with_side(batch, event.update, None), tries=tries)
    side = batch.side_tags.get(event.update) or SideTag(at)
    return with_side(batch, event.update, _side(side, event, at))


def _side(side: SideTag, event: OfSideTag, at: datetime) -> SideTag:
    match event:
        case SideTagRequested():
            return SideTag(at, event.known)
        case SideTagCreated():
            made = {"tag_id": event.tag_id, "name": event.name, "adopted": event.adopted}
            return replace(side, since=at, **made)
        case SeedRequested():
            return replace(side, asked=event.build_ids, refused=event.failed)
        case Seeded():
            lacking = tuple(each.build_id for each in event.failed)
            return replace(side, seeded=True, lacking=lacking)
        case _:
            assert_never(event)


def _with_repo(batch: Batch, **fields: object) -> Batch:
    return batch if batch.side is None else replace(batch, side=replace(batch.side, **fields))


def _with(batch: Batch, build_ids: Iterable[int], **fields: object) -> Batch:
    items = batch.items
    items.update((build_id, replace(items[build_id], **fields)) for build_id in build_ids)
    return batch
