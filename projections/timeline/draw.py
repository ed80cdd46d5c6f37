# SPDX-License-Identifier: GPL-3.0-or-later
"""From events to a timeline: each finds its place, spans are opened and closed, runs are folded."""

from collections.abc import Hashable, Iterable, Iterator
from typing import Final, assert_never

from domain.batch import number_of
from domain.envelope import Recorded
from domain.package import name_of
from projections.timeline.figures import figures
from projections.timeline.fold import arranged
from projections.timeline.model import Counts, Timeline, Window
from projections.timeline.names import Names
from projections.timeline.places import Place
from projections.timeline.sketch import LaneId, Sketch
from projections.timeline.table import place_of
from projections.timeline.wanted import Wanted

EVERYTHING: Final = Wanted()
SERVICE: Final[LaneId] = ("service", "service")
PACKAGES: Final[LaneId] = ("package", "packages")


def draw(
    window: Window,
    log: Iterable[Recorded],
    before: Iterable[Recorded] = (),
    wanted: Wanted = EVERYTHING,
    *,
    unfold: bool = False,
) -> Timeline:
    """Return the timeline of a window, whose events are ``log``, in order.

    ``before`` are events from before it that say what was going on when it began. Every event of
    the log is counted once: shown by a mark, in a fold, or hidden by what is ``wanted``.
    """
    drawing = _Drawing(wanted)
    for recorded in before:
        drawing.recall(recorded)
    drawing.begin()
    for recorded in log:
        drawing.hear(recorded)
    sketches = [*drawing.kept()]
    lanes = arranged(window, sketches, drawing.names, unfold=unfold)
    marks = [mark for lane in lanes for track in lane.tracks for mark in track.marks]
    folded = sum(len(mark.positions) for mark in marks if mark.folded)
    shown = sum(len(mark.positions) for mark in marks) - folded
    return Timeline(window, lanes, Counts(shown, folded, drawing.hidden), figures(window, sketches))


class _Drawing:
    def __init__(self, wanted: Wanted) -> None:
        self.names = Names()
        self.hidden = 0
        self._wanted, self._everything = wanted, wanted.everything
        self._sketches: list[Sketch] = []
        self._known: dict[tuple[LaneId, str, Hashable], Sketch] = {}

    def recall(self, recorded: Recorded) -> None:
        """Take in what was before the window."""
        self.names.learn(recorded)
        place = place_of(recorded.envelope.event)
        if place.part in ("begins", "ends"):
            wanted = self._wanted.has(recorded, self.names.packages)
            self._put(place, recorded, own=False).recalled = wanted

    def begin(self) -> None:
        """Forget what was over before the window."""
        self._sketches = [*self._known.values()]

    def hear(self, recorded: Recorded) -> None:
        """Take in an event of the window."""
        self.names.learn(recorded)
        wanted = self._everything or self._wanted.has(recorded, self.names.packages)
        self.hidden += not wanted
        self._put(place_of(recorded.envelope.event), recorded, own=wanted)

    def kept(self) -> Iterator[Sketch]:
        """Yield what there is to show."""
        return (sketch for sketch in self._sketches if sketch.own or sketch.recalled)

    def _put(self, place: Place, recorded: Recorded, *, own: bool) -> Sketch:
        lane = self._lane(place, recorded)
        match place.part:
            case "begins":
                sketch = self._begin(lane, place, recorded)
            case "ends":
                sketch = self._end(lane, place, recorded) or self._add(lane, place, recorded)
            case "joins":
                key = (lane, place.span, place.key(recorded.envelope.event))
                sketch = self._known.get(key) or self._add(lane, place, recorded)
            case "point":
                sketch = self._add(lane, place, recorded)
            case _:
                assert_never(place.part)
        if own:
            sketch.own.append(recorded)
        return sketch

    def _begin(self, lane: LaneId, place: Place, recorded: Recorded) -> Sketch:
        """Begin a span; one that lasts already ends here."""
        key = (lane, place.span, place.key(recorded.envelope.event))
        if before := self._known.pop(key, None):
            before.until = recorded.envelope.meta.occurred_at
        return self._add(lane, place, recorded)

    def _end(self, lane: LaneId, place: Place, recorded: Recorded) -> Sketch | None:
        """End what the event ends, and return that of which it says so, if it had begun."""
        key = place.key(recorded.envelope.event)
        found = [self._known.pop((lane, span, key), None) for span in place.of]
        ended = [sketch for sketch in found if sketch is not None]
        for sketch in ended:
            sketch.until = recorded.envelope.meta.occurred_at
        if not ended:
            return None
        ended[0].end(place, recorded)
        return ended[0]

    def _add(self, lane: LaneId, place: Place, recorded: Recorded) -> Sketch:
        event, meta = recorded.envelope.event, recorded.envelope.meta
        since, until = place.lasts(event, meta) if place.lasts else (meta.occurred_at, None)
        sketch = Sketch(
            lane=lane,
            place=place,
            what=place.word(event, meta),
            tone=place.came_out(event),
            said=place.said(event),
            since=since,
            until=until,
            attempt=place.attempt(event) if place.attempt else self._attempt(lane),
            first=recorded,
        )
        self._sketches.append(sketch)
        if place.span and place.part != "joins":
            self._known[lane, place.span, place.key(event)] = sketch
        return sketch

    def _attempt(self, lane: LaneId) -> int | None:
        """Return the attempt at hand in a batch."""
        sketch = self._known.get((lane, "attempts", None)) if lane[0] == "batch" else None
        return sketch.attempt if sketch else None

    def _lane(self, place: Place, recorded: Recorded) -> LaneId:
        stream = recorded.envelope.originator_id
        if place.lane:
            return place.lane, place.lane
        if (name := name_of(stream)) is not None:
            return ("package", name) if name in self._wanted.packages else PACKAGES
        number = number_of(stream)
        return SERVICE if number is None else ("batch", str(number))
