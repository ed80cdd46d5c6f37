# SPDX-License-Identifier: GPL-3.0-or-later
"""What a timeline is made of: lanes of tracks, on which marks stand."""

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

Shape = Literal["point", "span", "band"]
"""What happens, what lasts, and what is missing meanwhile."""

Tone = Literal["good", "bad", "held", "plain", "note"]
"""How it came out; drawn as a shape and said in words, so that no colour is needed to tell."""

LaneKind = Literal["service", "bus", "batch", "package"]


class Window(Struct, frozen=True):
    """The events behind position ``after``, up to and with ``upto``, between two times (UTC).

    What happened before ``since`` and was learned in the window is of it.
    """

    after: int
    upto: int
    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        """How long it is, never nothing."""
        return max(self.until - self.since, timedelta(seconds=1))


class Mark(Struct, frozen=True):
    """What stands on a track. ``number`` counts the marks of a timeline in their order in time.

    ``what`` happened, to ``subjects`` (builds or packages, the first few of many), with what was
    ``said``. A fold stands for ``count`` things alike. ``positions`` are its own events of the
    window. ``until`` is None for a point, and for what had not ended when the window was over.
    ``attempt``: the how manieth at a slice; ``cause``: the mark that led to it.
    """

    number: int
    shape: Shape
    tone: Tone
    what: str
    said: str
    subjects: tuple[str, ...]
    thing: str
    count: int
    since: datetime
    until: datetime | None
    begins_before: bool
    ends_after: bool
    attempt: int | None
    actors: tuple[str, ...]
    cause: int | None
    causation: str
    positions: tuple[int, ...]

    @property
    def folded(self) -> bool:
        """Whether it stands for more than one thing."""
        return self.count > 1

    @property
    def title(self) -> str:
        """What happened to what, without what was said about it."""
        again = f", attempt {self.attempt}" if self.attempt and self.attempt > 1 else ""
        if not self.folded:
            return " ".join((*self.subjects, f"{self.what}{again}"))
        if not self.thing:
            return f"{self.what}{again}, {self.count:,} times"
        return f"{self.count:,} {self.thing}s {self.what}{again}"

    @property
    def text(self) -> str:
        """All of it in one line."""
        return f"{self.title}: {self.said}" if self.said else self.title


class Track(Struct, frozen=True):
    """Marks of one kind, in the order in which they begin."""

    name: str
    marks: tuple[Mark, ...]


class Lane(Struct, frozen=True):
    """All that concerns the service, the bus, one batch, or packages."""

    kind: LaneKind
    name: str
    tracks: tuple[Track, ...]


class Counts(Struct, frozen=True):
    """The events of the window: those with a mark of their own, those in folds, those filtered."""

    shown: int
    folded: int
    hidden: int

    @property
    def total(self) -> int:
        """Every event of the window."""
        return self.shown + self.folded + self.hidden


class Figure(Struct, frozen=True):
    """One line of the summary."""

    name: str
    value: int | timedelta


class Timeline(Struct, frozen=True):
    window: Window
    lanes: tuple[Lane, ...]
    counts: Counts
    figures: tuple[Figure, ...] = ()

    def placed(self) -> list[tuple[Lane, Track, Mark]]:
        """Return the marks with where they stand, in the order of time."""
        found = [(lane, t, mark) for lane in self.lanes for t in lane.tracks for mark in t.marks]
        return sorted(found, key=lambda each: each[2].number)
