# SPDX-License-Identifier: GPL-3.0-or-later
"""How each event changes a batch: the only place where its state is made."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import assert_never

from msgspec.structs import replace

from domain.batch.events import (
    BatchEvent,
    BuildFinished,
    BuildRequested,
    BuildSubmitted,
    DuplicateFound,
    Finished,
    Planned,
)
from domain.batch.state import Batch, Item
from domain.envelope import Recorded


def evolve(batch: Batch, recorded: Recorded) -> Batch:
    """Return the batch after one more event of its stream."""
    changed = _apply(batch, recorded.envelope.event, recorded)
    return replace(
        changed, version=recorded.envelope.originator_version, position=recorded.position
    )


def _apply(batch: Batch, event: BatchEvent, recorded: Recorded) -> Batch:
    at = recorded.envelope.meta.occurred_at
    match event:
        case Planned():
            items = {planned.build_id: Item(planned) for planned in event.builds}
            begun = replace(batch, target=event.target, mode=event.mode, started_at=at)
            return replace(begun, items=items)
        case BuildRequested():
            return _with(batch, _requested(batch, event, at))
        case BuildSubmitted():
            item = batch.items[event.build_id]
            return _with(batch, [replace(item, task_id=event.task_id)])
        case BuildFinished():
            item = batch.items[event.build_id]
            return _with(batch, [replace(item, outcome=event.outcome)])
        case DuplicateFound():
            return replace(batch, duplicates=(*batch.duplicates, event.task_id))
        case Finished():
            return replace(batch, ended_at=at)
        case _:
            assert_never(event)


def _requested(batch: Batch, event: BuildRequested, at: datetime) -> Iterator[Item]:
    for build_id in event.build_ids:
        item = batch.items[build_id]
        yield replace(item, since=event.since, requested_at=at, attempt=event.attempt)


def _with(batch: Batch, items: Iterable[Item]) -> Batch:
    return replace(batch, items={**batch.items, **{item.build_id: item for item in items}})
