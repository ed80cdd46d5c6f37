# SPDX-License-Identifier: GPL-3.0-or-later
"""A mark in the making: what stands on a track, before it is known what it is folded with."""

from datetime import datetime

from msgspec import Struct, field

from domain.envelope import Recorded
from domain.values import detailed
from projections.timeline.model import LaneKind, Tone
from projections.timeline.places import Place

LaneId = tuple[LaneKind, str]


class Sketch(Struct):
    """One event, or a span with what began and ended it.

    ``first`` is the event it begins with, ``own`` are those of the window that are wanted;
    ``recalled``: it is wanted for what began before the window.
    """

    lane: LaneId
    place: Place
    what: str
    tone: Tone
    said: str
    since: datetime
    until: datetime | None
    attempt: int | None
    first: Recorded
    recalled: bool = False
    own: list[Recorded] = field(default_factory=list)

    @property
    def reach(self) -> datetime:
        """When it is over, as far as that is known."""
        return self.until or self.since

    def end(self, place: Place, recorded: Recorded) -> None:
        """Take in how it ended."""
        event, meta = recorded.envelope.event, recorded.envelope.meta
        word, said = place.word(event, meta), place.said(event)
        if place.turns:
            self.what, self.tone = word, place.came_out(event)
        else:
            said = detailed(word, said)
        self.said = "; ".join(filter(None, (self.said, said)))
