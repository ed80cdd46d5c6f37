# SPDX-License-Identifier: GPL-3.0-or-later
"""Where everything stands on the chart: times to pixels, marks to rows that do not overlap."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from adapters.timeline.words import told
from domain.values import DAWN
from projections.timeline import Mark, Timeline, Window

WIDTH: Final = 1000
LEFT: Final = 160
"""Of the gutter in which lanes and tracks are named."""
RIGHT: Final = 16
TOP: Final = 34
"""Of the axis."""
ROW: Final = 20
HEAD: Final = 8
"""Above a lane."""
LETTER: Final = 6.8
"""Width of a letter of a label, on the average of what is likely to be installed."""
ICON: Final = 12
LONGEST: Final = 60
"""Letters of a label; the whole is in the title of its mark, and in the table."""
LABELLED: Final = 60
"""A track of more marks bears no labels: it is as high as it would be wide."""
TICKS: Final = 8
GAP: Final = 4
MOST_ROWS: Final = 40
"""Of a track; what finds no room stands over what is in the last one."""

DAY: Final = timedelta(days=1)
STEPS: Final = tuple(
    timedelta(minutes=minutes)
    for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14400, 43200)
)


class Tick(Struct, frozen=True):
    """A time on the axis."""

    x: float
    label: str


class Item(Struct, frozen=True):
    """A mark, from ``x`` on so wide, with its middle at ``y``.

    ``label`` begins or ends at ``label_x``, as ``anchor`` says; together they take the room from
    ``left`` to ``right``.
    """

    mark: Mark
    title: str
    x: float
    width: float
    label: str
    label_x: float
    anchor: Literal["start", "end"]
    left: float
    right: float
    y: float = 0

    @property
    def end(self) -> float:
        """Where it ends."""
        return round(self.x + self.width, 1)


class Row(Struct, frozen=True):
    """A track: its name at ``y``, a lane's name above the first of its tracks."""

    name: str
    lane: str
    y: float
    items: tuple[Item, ...]
    top: float


class Link(Struct, frozen=True):
    """From what led to a mark to that mark."""

    x1: float
    y1: float
    x2: float
    y2: float


class Layout(Struct, frozen=True):
    width: int
    height: float
    left: int
    right: int
    top: int
    ticks: tuple[Tick, ...]
    rows: tuple[Row, ...]
    bands: tuple[Item, ...]
    links: tuple[Link, ...]


def laid_out(timeline: Timeline) -> Layout:
    """Return where everything stands."""
    rows: list[Row] = []
    y = float(TOP)
    for lane in timeline.lanes:
        y += HEAD
        for index, track in enumerate(lane.tracks):
            items, height = _placed(track.marks, timeline.window, y)
            name = lane.name if index == 0 else ""
            rows.append(Row(track.name, name, y + ROW / 2, tuple(items), y))
            y += height
    items = [item for row in rows for item in row.items]
    return Layout(
        width=WIDTH,
        height=y + HEAD,
        left=LEFT,
        right=WIDTH - RIGHT,
        top=TOP,
        ticks=tuple(_ticks(timeline.window)),
        rows=tuple(rows),
        bands=tuple(item for item in items if item.mark.shape == "band"),
        links=tuple(_links(items)),
    )


def _x(at: datetime, window: Window) -> float:
    """Return where a time stands; what is outside of the window is at its edge."""
    share = min(max((at - window.since) / window.length, 0.0), 1.0)
    return round(LEFT + share * (WIDTH - RIGHT - LEFT), 1)


def _placed(marks: Sequence[Mark], window: Window, top: float) -> tuple[list[Item], float]:
    """Return the marks of a track, each in the first row that has room, and how high that is."""
    labelled = len(marks) <= LABELLED
    found = sorted((_item(mark, window, labelled=labelled) for mark in marks), key=_by_left)
    ends: list[float] = []
    items: list[Item] = []
    for item in found:
        row = next((n for n, end in enumerate(ends) if end <= item.left), len(ends))
        row = min(row, MOST_ROWS - 1)
        ends[row : row + 1] = [item.right + GAP]
        items.append(replace(item, y=top + row * ROW + ROW / 2))
    return items, max(1, len(ends)) * ROW


def _by_left(item: Item) -> tuple[float, int]:
    return item.left, item.mark.number


def _item(mark: Mark, window: Window, *, labelled: bool) -> Item:
    until = mark.until or (window.until if mark.ends_after else mark.since)
    start = min(_x(mark.since, window), WIDTH - RIGHT - ICON)
    width = round(max(_x(until, window) - start, ICON), 1)
    label = _short(mark.text, LONGEST) if labelled else ""
    label, x, anchor = _label(label, start, start + width)
    length = len(label) * LETTER
    left, right = (x - length, x) if anchor == "end" else (x, x + length)
    bounds = (min(start, left), max(start + width, right)) if label else (start, start + width)
    return Item(mark, told(mark), start, width, label, x, anchor, *bounds)


def _label(label: str, start: float, end: float) -> tuple[str, float, Literal["start", "end"]]:
    """Return a label with where it stands: in its mark, behind it, before it, or cut off in it."""
    length = len(label) * LETTER
    if length + ICON + 2 * GAP <= end - start:
        return label, round(start + ICON + GAP, 1), "start"
    if end + GAP + length <= WIDTH - RIGHT:
        return label, round(end + GAP, 1), "start"
    if start - GAP - length >= LEFT:
        return label, round(start - GAP, 1), "end"
    room = max(end - start - ICON - 2 * GAP, 0)
    return _short(label, int(room / LETTER)), round(start + ICON + GAP, 1), "start"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: max(most - 1, 0)]}…" if most > 1 else ""


def _ticks(window: Window) -> Iterator[Tick]:
    """Yield round times; a date stands where a day begins, and at the first.

    Where none are within a day each is a date with its year. No time is reckoned that is past the
    window, and so none past the last that there is.
    """
    step = next((each for each in STEPS if window.length / each <= TICKS), window.length / TICKS)
    until, today = window.until - DAWN, None
    since = -(-(window.since - DAWN) // step) * step
    while since <= until:
        at = DAWN + since
        within = f"{at:%m-%d %H:%M}" if at.date() != today else f"{at:%H:%M}"
        yield Tick(_x(at, window), within if step < DAY else f"{at.date()}")
        today, since = at.date(), since + step


def _links(items: Sequence[Item]) -> Iterator[Link]:
    numbers = {item.mark.number: item for item in items}
    for item in items:
        if cause := numbers.get(item.mark.cause or 0):
            yield Link(cause.x + ICON / 2, cause.y, item.x, item.y)
