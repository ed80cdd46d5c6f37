# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary of a timeline: how much of what, and for how long."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from domain.batch.events import AttemptStarted, Planned
from domain.envelope import Recorded
from domain.package.events import Built, Ended, Queued, Skipped, SkippedAsRetag, Tagged, Untagged
from domain.service.events import GapFound, NoteAdded, PlanHeld
from projections.timeline.model import Figure, Window
from projections.timeline.sketch import Sketch

COUNTED: Final[Mapping[str, type]] = {
    "builds queued": Queued,
    "builds skipped as re-tags": SkippedAsRetag,
    "builds skipped for another reason": Skipped,
    "builds rebuilt": Built,
    "builds that ended otherwise": Ended,
    "batches begun": Planned,
    "plans held": PlanHeld,
    "notes": NoteAdded,
}
"""What is counted, by events."""

LASTING: Final = {"paused": "pause", "bus silent": "gaps", "held up by Koji": "outages"}
"""What is measured, by the track of what lasts."""


def figures(window: Window, sketches: Sequence[Sketch]) -> tuple[Figure, ...]:
    """Return what there is of each, nothing where there is none of it."""
    kinds: dict[type, list[Recorded]] = defaultdict(list)
    for sketch in sketches:
        for recorded in sketch.own:
            kinds[type(recorded.envelope.event)].append(recorded)
    found = (*_counts(kinds), *_lengths(window, sketches, kinds))
    return tuple(figure for figure in found if figure.value)


def _counts(kinds: Mapping[type, Sequence[Recorded]]) -> Iterator[Figure]:
    vias = Counter(each.envelope.meta.via for each in (*kinds[Tagged], *kinds[Untagged]))
    yield Figure("taggings and untaggings", vias.total() - vias["baseline"])
    yield Figure("of these told by no message", vias["catch-up"])
    for name, kind in COUNTED.items():
        yield Figure(name, len(kinds[kind]))
    again = (each for each in kinds[AttemptStarted] if each.envelope.event.attempt > 1)
    yield Figure("attempts after the first", len([*again]))


def _lengths(
    window: Window, sketches: Sequence[Sketch], kinds: Mapping[type, Sequence[Recorded]]
) -> Iterator[Figure]:
    """Yield how long it took to find what no message told, and for how long what lasted."""
    late = (e.envelope.meta.occurred_at - e.envelope.event.since for e in kinds[GapFound])
    yield Figure("longest time unheard", max(late, default=timedelta()))
    for name, track in LASTING.items():
        yield Figure(name, _length(window, [s for s in sketches if s.place.track == track]))


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
