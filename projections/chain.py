# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of a build: of all that is on record of its package and batches, what led to it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from domain.batch import BatchEvent
from domain.batch.events import (
    Abandoned,
    AttemptStarted,
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
    SideTagRemoved,
    SideTagRequested,
    SliceFinished,
    SliceStarted,
)
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
from domain.envelope import Recorded
from domain.package.events import BuildStarted, FailureCleared, RebuildRequested, Verdict


def of_package(
    events: Mapping[int, Recorded], build_id: int, evidence: Iterable[int] = ()
) -> Iterator[Recorded]:
    """Yield what of a package's events is about a build, or its verdicts rest on.

    ``evidence`` are the positions that a verdict rests on which is not on record yet.
    """
    rests = {*evidence}
    for recorded in events.values():
        event = recorded.envelope.event
        if isinstance(event, Verdict) and event.build_id == build_id:
            rests.update(event.basis.evidence)
    for position, recorded in events.items():
        event = recorded.envelope.event
        own = getattr(event, "build_id", None) == build_id
        if own or position in rests or isinstance(event, RebuildRequested | FailureCleared):
            yield recorded


def batches_of(events: Iterable[Recorded], build_id: int) -> list[int]:
    """Return the numbers of the batches that took a build over, each once."""
    found = (recorded.envelope.event for recorded in events)
    started = (e for e in found if isinstance(e, BuildStarted) and e.build_id == build_id)
    return list(dict.fromkeys(event.batch for event in started))


def of_batch(log: Iterable[Recorded], build_id: int) -> Iterator[Recorded]:
    """Yield what of a batch's events is about a build: its own, and those of all that matter."""
    update = 0
    for recorded in log:
        event = recorded.envelope.event
        update = _update(event, build_id, update)
        if _concerns(event, build_id, update):
            yield recorded


def _update(event: BatchEvent, build_id: int, before: int) -> int:
    """Return the number of the update that a build is in after an event, 0 before there is one."""
    if isinstance(event, UpdatesPlanned):
        numbered = enumerate(event.updates, start=1)
        return next((number for number, ids in numbered if build_id in ids), 0)
    if isinstance(event, UpdateSplit) and build_id in event.build_ids:
        return event.into
    return before


def _concerns(event: BatchEvent, build_id: int, update: int) -> bool:  # noqa: C901 - a case an event
    match event:
        case Planned():
            return any(build.build_id == build_id for build in event.builds)
        case BuildSubmitted() | BuildTimedOut() | BuildFinished() | DuplicateFound():
            return event.build_id == build_id
        case Promoted() | PromotionRefused():
            return event.build_id == build_id
        case SideTagCreated():
            return event.update in (0, update)
        case Held() | Abandoned() | Finished():
            return True
        case UpdateSubmitted() | UpdateHeld() | UpdateDropped():
            return event.update == update
        case StableReached() | StableTimedOut() | UpdateSplit():
            return build_id in event.build_ids
        case UpdatesPlanned() | UpdateRequested() | UpdateRefused():
            return False
        case SliceStarted() | AttemptStarted() | SliceFinished() | BuildRequested():
            return False
        case SideTagRequested() | SeedRequested() | Seeded() | RepoRequested() | RepoReady():
            return False
        case SideTagRemoved():
            return False
        case _:
            assert_never(event)
