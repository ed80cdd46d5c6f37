# SPDX-License-Identifier: GPL-3.0-or-later
"""How events change the updates of a batch; part of ``evolve``."""

from collections.abc import Collection
from datetime import datetime
from typing import assert_never

from msgspec.structs import replace

from domain.batch.state import Batch, SideTag, Update
from domain.batch.update_events import (
    PublishingEvent,
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

OfUpdate = (
    UpdateRequested
    | UpdateSubmitted
    | UpdateRefused
    | UpdateHeld
    | UpdateSplit
    | UpdateDropped
    | StableTimedOut
)


def with_side(batch: Batch, number: int, side: SideTag | None) -> Batch:
    """Return the batch with another side tag, of its builds or of an update."""
    if number == 0:
        return replace(batch, side=side)
    return _with(batch, number, replace(batch.updates[number - 1], side=side))


def publish(batch: Batch, event: PublishingEvent, at: datetime) -> Batch:
    """Return the batch after something befell its updates; of its items, changed in place."""
    if isinstance(event, UpdatesPlanned):
        updates = tuple(map(Update, event.updates))
        return replace(batch, updates=updates, stable_tag=event.stable_tag, wait=event.wait)
    if isinstance(event, StableReached):
        reached = {i: replace(batch.items[i], stable=True) for i in event.build_ids}
        batch.items.update(reached)
        return _reached(batch, reached, at)
    update = batch.updates[event.update - 1]
    if isinstance(event, UpdateSplit):
        rest = tuple(i for i in update.build_ids if i not in event.build_ids)
        kept = Update(rest, side=update.side)
        split = _with(batch, event.update, kept)
        return replace(split, updates=(*split.updates, Update(event.build_ids)))
    return _with(batch, event.update, _evolved(update, event, at))


def _evolved(update: Update, event: OfUpdate, at: datetime) -> Update:
    match event:
        case UpdateRequested():
            return replace(update, since=update.since or at, requested_at=at, unanswered=True)
        case UpdateSubmitted():
            there = replace(update, alias=event.alias, submitted_at=at)
            return replace(there, unanswered=False, held_until=None)
        case UpdateRefused():
            return replace(update, unanswered=False, reason=event.reason)
        case UpdateHeld():
            again = event.until if update.unanswered else None
            rests = replace(update, held_until=event.until, since=again, holds=update.holds + 1)
            return replace(rests, reason=event.reason)
        case UpdateDropped():
            return replace(update, dropped=True, held_until=None, reason=event.reason)
        case StableTimedOut():
            return replace(update, late=True)
        case UpdateSplit():
            raise AssertionError  # it is of two updates
        case _:
            assert_never(event)


def _reached(batch: Batch, build_ids: Collection[int], at: datetime) -> Batch:
    """An update ends with the last of its builds."""
    updates = (
        replace(update, stable_at=at)
        if not batch.awaited(update) and not set(update.build_ids).isdisjoint(build_ids)
        else update
        for update in batch.updates
    )
    return replace(batch, updates=tuple(updates))


def _with(batch: Batch, number: int, update: Update) -> Batch:
    before, after = batch.updates[: number - 1], batch.updates[number:]
    return replace(batch, updates=(*before, update, *after))
