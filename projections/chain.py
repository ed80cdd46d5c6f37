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
    return (recorded for recorded in log if _concerns(recorded.envelope.event, build_id))


def _concerns(event: BatchEvent, build_id: int) -> bool:
    match event:
        case Planned():
            return any(build.build_id == build_id for build in event.builds)
        case BuildSubmitted() | BuildTimedOut() | BuildFinished() | DuplicateFound():
            return event.build_id == build_id
        case Promoted() | PromotionRefused():
            return event.build_id == build_id
        case SideTagCreated() | Held() | Abandoned() | Finished():
            return True
        case SliceStarted() | AttemptStarted() | SliceFinished() | BuildRequested():
            return False
        case SideTagRequested() | SeedRequested() | Seeded() | RepoRequested() | RepoReady():
            return False
        case SideTagRemoved():
            return False
        case _:
            assert_never(event)
