# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an event may stand on a timeline, and how it is told there."""

from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from domain.envelope import Meta
from projections.timeline.model import LaneKind, Shape, Tone

What = str | Callable[[Any, Meta], str]
Coming = Tone | Callable[[Any], Tone]
"""How it came out."""


class Place(Struct, frozen=True, kw_only=True):
    """Where an event stands, and how it is told; ``lane`` is that of its stream where None.

    A ``point`` happens, ``begins`` opens what lasts, ``ends`` closes it; what ``joins`` goes
    without saying, where that is told which it is about. Marks are known by lane, ``span`` and
    ``key``: begun anew, one ends the one before. What ends is the first of the spans ``of`` that is
    there; the others are over, too. An end of what never began, and what there is nothing to join,
    is a point. A mark ``lasts`` from when until when, if not from when it occurred; as a band it
    says that something was missing then.

    ``what`` is said of ``thing``, the singular of what a fold counts. An end that ``turns`` a span
    says what it was, and how it came out; any other is only added to what was said. ``attempt``:
    the how manieth at its slice.
    """

    part: Literal["point", "begins", "ends", "joins"]
    track: str
    what: What
    shape: Shape = "point"
    tone: Coming = "plain"
    said: Callable[[Any], str] = lambda _: ""
    key: Callable[[Any], Hashable] = lambda _: None
    span: str = ""
    of: tuple[str, ...] = ()
    turns: bool = False
    lane: LaneKind | None = None
    thing: str = ""
    attempt: Callable[[Any], int] | None = None
    lasts: Callable[[Any, Meta], tuple[datetime, datetime | None]] | None = None

    def word(self, event: Any, meta: Meta) -> str:
        """Return what happened."""
        return self.what if isinstance(self.what, str) else self.what(event, meta)

    def came_out(self, event: Any) -> Tone:
        """Return how it came out."""
        return self.tone(event) if callable(self.tone) else self.tone


def point(track: str, what: What, tone: Coming = "plain", **more: Any) -> Place:
    """Return the place of what happens."""
    return Place(part="point", track=track, what=what, tone=tone, **more)


def begins(track: str, what: What, tone: Coming = "plain", **more: Any) -> Place:
    """Return the place of what begins to last; a span bears the name of its track, or its own."""
    given = {"span": track, "shape": "span", **more}
    return Place(part="begins", track=track, what=what, tone=tone, **given)


def ends(track: str, what: What, tone: Coming = "plain", **more: Any) -> Place:
    """Return the place of an end."""
    return Place(part="ends", track=track, what=what, tone=tone, **{"of": (track,), **more})


def came_to(track: str, what: What, tone: Coming = "plain", **more: Any) -> Place:
    """Return the place of an end that says what it all was, and how it came out."""
    return ends(track, what, tone, turns=True, **more)


def joins(track: str, what: What, **more: Any) -> Place:
    """Return the place of what goes without saying."""
    return Place(part="joins", track=track, what=what, **more)


def band(
    track: str, what: What, lasts: Callable[[Any, Meta], tuple[datetime, datetime]], **more: Any
) -> Place:
    """Return the place of what was missing, and is known only afterwards."""
    given = {"tone": "bad", "shape": "band", **more}
    return Place(part="point", track=track, what=what, lasts=lasts, **given)


def reason(event: Any) -> str:
    """Return the reason that was given."""
    return str(event.reason)


def detail(event: Any) -> str:
    """Return what else was said."""
    return str(event.detail)
