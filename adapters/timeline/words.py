# SPDX-License-Identifier: GPL-3.0-or-later
"""What all formats say alike: times, durations, what a mark means."""

from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from adapters.words import counted, iso, plain
from projections.timeline import Figure, Mark, Timeline

NAMED: Final = 3
"""Of the things in a fold, so many are named in its line."""

UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
"""The sign of a unit, and its seconds."""

TONES: Final = {
    "good": "it came out well",
    "bad": "it failed, or was missing",
    "held": "it had to wait",
    "plain": "it happened",
    "note": "somebody says",
}
"""What the tones mean."""

SYMBOLS: Final = {"good": "●", "bad": "✗", "held": "‖", "plain": "○", "note": "▲"}
"""A shape for each, where there are only characters."""


LEGEND: Final = (
    "● well   ✗ failed, or missing   ‖ waited   ○ happened   ▲ note   ░ gap",
    "├─┤ lasted   ┄ many alike   ◂ ▸ goes on outside   ← because of",
)
"""What the characters of a chart mean."""


class Source(Struct, frozen=True):
    """By what a timeline can be made again: the command, and the log that it was read from.

    ``digest`` is that of the log up to ``position``, in hex.
    """

    command: str
    position: int
    digest: str


def lasting(length: timedelta) -> str:
    """Return a duration in its two largest units."""
    rest = int(length.total_seconds())
    parts: list[str] = []
    for unit, seconds in UNITS:
        count, rest = divmod(rest, seconds)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])


def day(at: datetime) -> str:
    """Return the date, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d}"


def clock(at: datetime) -> str:
    """Return the time of the day, in UTC."""
    return f"{at.astimezone(UTC):%H:%M:%S}Z"


def figure(each: Figure) -> str:
    """Return the value of a figure."""
    return lasting(each.value) if isinstance(each.value, timedelta) else f"{each.value:,}"


def heading(timeline: Timeline) -> str:
    """Return from when until when it is, and how long that is."""
    window = timeline.window
    length = lasting(window.until - window.since)
    return f"{iso(window.since)} to {iso(window.until)} ({length})"


def coverage(timeline: Timeline) -> str:
    """Return where in the log it is, and what became of each event."""
    counts, window = timeline.counts, timeline.window
    where = f"positions {window.after + 1:,} to {window.upto:,}"
    parts = f"{counts.shown:,} shown, {counts.folded:,} in folds, {counts.hidden:,} hidden"
    return f"{counted(counts.total, 'event')} at {where}: {parts}"


def hidden(timeline: Timeline) -> str:
    """Return how many events the filters hide; nothing where they hide none."""
    count = timeline.counts.hidden
    return f"Filters: {count:,} hidden" if count else ""


def told(mark: Mark) -> str:
    """Return a mark in one line: what, what was said, for how long, after which other mark."""
    return " ".join(filter(None, (alone(mark), _cause(mark))))


def alone(mark: Mark) -> str:
    """Return the same without the mark that led to it, for where that one is a link."""
    return plain(" ".join(filter(None, (mark.text, _some(mark), _time(mark)))))


def _some(mark: Mark) -> str:
    if not mark.folded or not mark.subjects:
        return ""
    more = mark.count - NAMED
    rest = f" and {more:,} more" if more > 0 else ""
    return f"({', '.join(mark.subjects[:NAMED])}{rest})"


def _time(mark: Mark) -> str:
    """Return how long it took, and where it goes on outside of the window."""
    if mark.ends_after and mark.until is None:
        return "· goes on"
    length = mark.until - mark.since if mark.until else timedelta()
    return f"· {lasting(length)}" if length else ""


def _cause(mark: Mark) -> str:
    return f"← {mark.cause}" if mark.cause else ""


def by(mark: Mark) -> str:
    """Return who was behind it."""
    return plain(", ".join(mark.actors)) or "-"
