# SPDX-License-Identifier: GPL-3.0-or-later
"""Sketches to marks: runs of what is alike are folded, all are numbered and find their causes."""

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any, Final

from domain.envelope import Recorded
from projections.timeline.model import Lane, LaneKind, Mark, Track, Window
from projections.timeline.names import Names
from projections.timeline.sketch import LaneId, Sketch
from projections.timeline.table import TRACKS

SHORTEST: Final = 3
"""So many things alike, near each other, are a run."""

NEAR: Final = 20
"""What is nearer than one of so many parts of the window could not be told apart on it anyway."""

NAMED: Final = 100
"""Of the things in a fold, so many are named."""

KINDS: Final[Sequence[LaneKind]] = ("service", "bus", "batch", "package")

Run = Sequence[Sketch]
"""What one mark stands for, in the order of time."""


def arranged(
    window: Window, sketches: Sequence[Sketch], names: Names, *, unfold: bool
) -> tuple[Lane, ...]:
    """Return the lanes with their marks."""
    runs = sorted(_runs(window, sketches, unfold=unfold), key=_began)
    causes = _Causes(runs)
    marks = [
        (run[0].lane, run[0].place.track, _mark(number, run, window, names, causes))
        for number, run in enumerate(runs, 1)
    ]
    lanes: dict[LaneId, dict[str, list[Mark]]] = {}
    for lane, track, mark in marks:
        lanes.setdefault(lane, {}).setdefault(track, []).append(mark)
    return tuple(_lane(lane, lanes[lane]) for lane in sorted(lanes, key=_order))


def _lane(lane: LaneId, tracks: dict[str, list[Mark]]) -> Lane:
    ordered = sorted(tracks, key=TRACKS.index)
    kind, name = lane
    title = f"batch {name}" if kind == "batch" else name
    return Lane(kind, title, tuple(Track(track, tuple(tracks[track])) for track in ordered))


def _order(lane: LaneId) -> tuple[int, int, str]:
    kind, name = lane
    return KINDS.index(kind), int(name) if kind == "batch" else 0, name


def _began(run: Run) -> tuple[Any, ...]:
    return run[0].since, run[0].first.position


def _runs(window: Window, sketches: Sequence[Sketch], *, unfold: bool) -> Iterator[Run]:
    if unfold:
        yield from ([sketch] for sketch in sketches)
        return
    alike: dict[tuple[Any, ...], list[Sketch]] = {}
    for each in sketches:
        place = each.place
        key = (each.lane, place.track, place.shape, each.what, each.tone, each.attempt)
        alike.setdefault(key, []).append(each)
    for group in alike.values():
        for run in _near(sorted(group, key=attrgetter("since")), window):
            yield from [run] if len(run) >= SHORTEST else ([each] for each in run)


def _near(group: Sequence[Sketch], window: Window) -> Iterator[list[Sketch]]:
    """Yield what is alike in runs without a gap; all that was before the window is at its edge."""
    near = window.length / NEAR
    run: list[Sketch] = []
    reach = window.since
    for each in group:
        if run and each.since - reach > near:
            yield run
            run = []
        run.append(each)
        reach = max(reach, each.reach)
    yield run


class _Causes:
    """Which mark led to which."""

    def __init__(self, runs: Sequence[Run]) -> None:
        causations = {one for run in runs if "@" in (one := _causation(run))}
        streams = {one.rpartition("@")[0] for one in causations}
        self._numbers = {
            recorded.envelope.id: number
            for number, run in enumerate(runs if streams else (), 1)
            for recorded in _events(run)
            if recorded.envelope.originator_id in streams
        }

    def of(self, number: int, causation: str) -> int | None:
        """Return the number of the mark that led to a mark, which is another one."""
        found = self._numbers.get(causation)
        return None if found == number else found


def _causation(run: Run) -> str:
    """Return what led to all of it, nothing where it was not one thing."""
    found = {each.first.envelope.meta.causation for each in run}
    return found.pop() if len(found) == 1 else ""


def _events(run: Run) -> Iterator[Recorded]:
    return (recorded for each in run for recorded in each.own)


def _mark(number: int, run: Run, window: Window, names: Names, causes: _Causes) -> Mark:
    first, folded = run[0], len(run) > 1
    reach = max(each.reach for each in run)
    shape = first.place.shape
    lasts = first.place.part == "begins" and any(each.until is None for each in run)
    over = folded or shape != "point"
    causation = _causation(run)
    return Mark(
        number=number,
        shape=shape,
        tone=first.tone,
        what=first.what,
        said=first.said if len({each.said for each in run}) == 1 else "",
        subjects=_subjects(run, names),
        thing=first.place.thing,
        count=len(run),
        since=first.since,
        until=reach if over and not lasts else None,
        begins_before=first.since < window.since,
        ends_after=lasts or reach > window.until,
        attempt=first.attempt,
        actors=_actors(run),
        cause=causes.of(number, causation),
        causation=causation,
        positions=tuple(sorted(recorded.position for recorded in _events(run))),
    )


def _actors(run: Run) -> tuple[str, ...]:
    """Return who was behind it; of what began before the window, who began it."""
    events = (each.own or (each.first,) for each in run)
    return tuple(sorted({one.envelope.meta.actor for some in events for one in some} - {""}))


def _subjects(run: Run, names: Names) -> tuple[str, ...]:
    """Return the build that it is about, of many builds their packages."""
    name = names.subject if len(run) == 1 else names.package
    found = dict.fromkeys(name(each.first) for each in run[:NAMED])
    return tuple(filter(None, found))
