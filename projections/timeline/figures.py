# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary of a timeline: how much of what, and for how long."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from domain.batch.events import AttemptStarted, Planned
from domain.envelope import Recorded
from domain.package.events import Built, Ended, Queued, Skipped, SkippedAsRetag, Tagged, Untagged
from domain.service.events import GapFound, NoteAdded, PlanHeld
from projections.timeline.model import Figure, Window
from projections.timeline.sketch import Sketch

COUNTED: Final[Mapping[str, tuple[type, ...]]] = {
    "taggings and untaggings": (Tagged, Untagged),
    "builds queued": (Queued,),
    "builds skipped as re-tags": (SkippedAsRetag,),
    "builds skipped for another reason": (Skipped,),
    "builds rebuilt": (Built,),
    "builds that ended otherwise": (Ended,),
    "batches begun": (Planned,),
    "plans held": (PlanHeld,),
    "notes": (NoteAdded,),
}
"""What is counted, by events."""

LASTING: Final = {"paused": "pause", "bus silent": "gaps", "held up by Koji": "outages"}
"""What is measured, by the track of what lasts."""


def figures(window: Window, sketches: Sequence[Sketch]) -> tuple[Figure, ...]:
    """Return what there is of each, nothing where there is none of it."""
    events = [recorded for sketch in sketches for recorded in sketch.own]
    counts = Counter(type(e.envelope.event) for e in events if e.envelope.meta.via != "baseline")
    found: list[Figure] = [
        Figure(name, sum(counts[each] for each in kinds)) for name, kinds in COUNTED.items()
    ]
    found[1:1] = [Figure("of these told by no message", sum(map(_unheard, events)))]
    found += [
        Figure("attempts after the first", sum(map(_again, events))),
        Figure("longest time unheard", max(map(_unheard_for, events), default=timedelta())),
    ]
    found += [
        Figure(name, _length(window, [s for s in sketches if s.place.track == track]))
        for name, track in LASTING.items()
    ]
    return tuple(figure for figure in found if figure.value)


def _unheard(recorded: Recorded) -> bool:
    fact = isinstance(recorded.envelope.event, Tagged | Untagged)
    return fact and recorded.envelope.meta.via == "catch-up"


def _unheard_for(recorded: Recorded) -> timedelta:
    """Return how long it took until a catch-up found the first of what the bus did not tell."""
    event: Any = recorded.envelope.event
    if isinstance(event, GapFound):
        return recorded.envelope.meta.occurred_at - event.since
    return timedelta()


def _again(recorded: Recorded) -> bool:
    event: Any = recorded.envelope.event
    return isinstance(event, AttemptStarted) and event.attempt > 1


def _length(window: Window, sketches: Sequence[Sketch]) -> timedelta:
    """Return for how long of the window any of them lasted; what overlaps counts once."""
    total, reached = timedelta(), window.since
    for since, until in sorted(_spans(window, sketches)):
        total += max(until - max(since, reached), timedelta())
        reached = max(reached, until)
    return total


def _spans(window: Window, sketches: Sequence[Sketch]) -> Iterator[tuple[Any, Any]]:
    for sketch in sketches:
        if sketch.place.shape != "point":
            yield sketch.since, min(sketch.until or window.until, window.until)
