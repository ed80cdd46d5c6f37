# SPDX-License-Identifier: GPL-3.0-or-later
"""A timeline on a terminal: figures, a chart of characters, and the table of all marks."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.cells import cell_len
from rich.console import Console

from adapters.tables import drawn, number, prose
from adapters.timeline.words import (
    LEGEND,
    SYMBOLS,
    Source,
    by,
    clock,
    coverage,
    day,
    figure,
    heading,
    hidden,
    told,
)
from projections.timeline import Lane, Mark, Timeline, Track, Window

WIDEST: Final = 120
"""Columns of the chart where there is no terminal that has a width."""

TICK: Final = 16
"""Columns between two times on the axis, at least."""


def lines(timeline: Timeline, source: Source, screen: Console) -> Iterator[str]:
    """Yield the lines of a timeline, as wide as the screen."""
    yield f"Timeline of {heading(timeline)}"
    yield coverage(timeline)
    yield from filter(None, [hidden(timeline)])
    yield ""
    yield from _figures(timeline)
    yield from chart(timeline, min(screen.width, WIDEST))
    columns = (number("NO"), number("AT (UTC)"), "LANE", prose("WHAT"), "BY")
    yield from drawn(screen, columns, _rows(timeline))
    yield ""
    yield f"made by: {source.command}"
    yield f"log: up to position {source.position}, digest {source.digest}"


def _figures(timeline: Timeline) -> Iterator[str]:
    width = max((len(each.name) for each in timeline.figures), default=0)
    for each in timeline.figures:
        yield f"{each.name:<{width}}  {figure(each):>12}"
    yield from [""] * bool(timeline.figures)


def _rows(timeline: Timeline) -> Iterator[Sequence[object]]:
    """Yield a row a mark, the date above the first of each day."""
    today = ""
    for lane, _, mark in timeline.placed():
        if day(mark.since) != today:
            today = day(mark.since)
            yield "", today, "", "", ""
        what = f"{SYMBOLS[mark.tone]} {told(mark)}"
        yield mark.number, clock(mark.since), lane.name, what, by(mark)


# --- the chart ---------------------------------------------------------------------------------


def chart(timeline: Timeline, width: int) -> Iterator[str]:
    """Yield the lanes, a line a track, over an axis of time."""
    rows = [(lane, track) for lane in timeline.lanes for track in lane.tracks]
    if not rows:
        return
    first = max(cell_len(lane.name) for lane, _ in rows)
    second = max(len(track.name) for _, track in rows)
    room = width - first - second - 4
    yield f"{'':<{first + second + 4}}{_axis(timeline.window, room)}".rstrip()
    above: Lane | None = None
    for lane, track in rows:
        name = lane.name if lane is not above else ""
        line = _line(track, timeline.window, room)
        yield f"{name:<{first}}  {track.name:<{second}}  {line}".rstrip()
        above = lane
    yield from LEGEND
    yield ""


def _axis(window: Window, room: int) -> str:
    """Return the times that the columns stand for."""
    count = max(1, room // TICK)
    axis = ""
    for index in range(count):
        column = index * room // count
        axis = f"{axis:<{column}}{window.since + window.length * (column / room):%m-%d %H:%MZ}"
    return axis


def _line(track: Track, window: Window, room: int) -> str:
    """Return the marks of a track; what lasts is painted first, what failed last."""
    cells = [" "] * room
    for mark in sorted(track.marks, key=_layer):
        start = _column(mark.since, window, room)
        end = _column(mark.until or (window.until if mark.ends_after else mark.since), window, room)
        cells[start : end + 1] = _painted(mark, end - start + 1)
    return "".join(cells)


def _layer(mark: Mark) -> tuple[bool, bool]:
    return mark.shape == "point", mark.tone == "bad"


def _column(at: datetime, window: Window, room: int) -> int:
    """Return the column of a time; what is outside of the window is at its edge."""
    return min(max(int((at - window.since) / window.length * (room - 1)), 0), room - 1)


def _painted(mark: Mark, width: int) -> list[str]:
    symbol = SYMBOLS[mark.tone]
    if mark.shape == "band":
        return ["░"] * width
    left, fill, right = ("├", "─", "┤") if mark.shape == "span" else (symbol, "┄", symbol)
    left = "◂" if mark.begins_before else left
    right = "▸" if mark.ends_after else right
    if width == 1:
        return [symbol]
    middle = [fill] * (width - 2)
    if mark.shape == "span" and middle:
        middle[len(middle) // 2] = symbol
    return [left, *middle, right]
