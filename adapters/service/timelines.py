# SPDX-License-Identifier: GPL-3.0-or-later
"""Timelines: reads of the log what a window holds, and what was going on when it began."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Final

from msgspec import Struct

from adapters.ports import Log, Reads
from domain.batch.events import Finished, Planned
from domain.envelope import Recorded
from domain.errors import Refused
from domain.service.events import NoteAdded
from domain.values import DAWN
from projections.points import Span
from projections.timeline import LASTING, Timeline, Wanted, Window, draw

LOOK_BACK: Final = 5
"""So many events of each kind that begins or ends something tell what lasts into a window."""

LATER_NOTES: Final = 1_000
"""Of the notes that were added after a window, so many are looked at."""

TIMELY: Final = ("message", "person", "service")
"""Through these we hear of what has just happened."""

MOST: Final = 1_000_000
"""Events of the largest window: a timeline is made in memory."""


class Pinned(Struct, frozen=True):
    """A timeline, and what it was read from: the log up to ``head``, whose ``digest`` is in hex."""

    timeline: Timeline
    head: int
    digest: str


class Timelines:
    """Reads the log; its cost is that of the window, however long the log."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def draw(
        self,
        span: Span,
        wanted: Wanted,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        unfold: bool = False,
        most: int | None = None,
    ) -> Pinned:
        """Return the timeline of a span of the log, drawn between these times where they are given.

        Raises Refused where it is of more than so many events, ``MOST`` unless fewer are wanted.
        """
        _check(span, MOST if most is None else most)
        with self._log.reading() as cursor:
            log = self._log.within(cursor)
            head = log.head()
            events = [*log.read(span.after, upto=span.upto)]
            window = _window(span, events, since, until)
            events += _notes(log, window, head)
            before = _before(log, span.after)
            digest = log.digest(head).hex()
        timeline = draw(window, events, before, wanted, unfold=unfold)
        return Pinned(timeline, head, digest)


def _before(log: Reads, after: int) -> list[Recorded]:
    """Return what tells what was going on, of an open batch all that happened to it."""
    last = log.last_of_each(LASTING, after, LOOK_BACK)
    return sorted((*last, *_of_batch(log, last, after)), key=attrgetter("position"))


def _of_batch(log: Reads, last: Sequence[Recorded], after: int) -> Iterator[Recorded]:
    """Yield the rest of the stream of the batch that is open after these, if one is."""
    ends = [each for each in last if isinstance(each.envelope.event, Planned | Finished)]
    if ends and isinstance(ends[-1].envelope.event, Planned):
        begun = ends[-1]
        for each in log.stream(begun.envelope.originator_id):
            if begun.position < each.position <= after:
                yield each


def _notes(log: Reads, window: Window, head: int) -> Iterator[Recorded]:
    """Yield what was noted about the window after it."""
    for each in log.last_of_each([NoteAdded.topic], head, LATER_NOTES):
        at = each.envelope.meta.occurred_at
        if each.position > window.upto and window.since <= at <= window.until:
            yield each


def _check(span: Span, most: int) -> None:
    if span.upto - span.after > most:
        raise Refused(
            f"{span.upto - span.after:,} events are too many for a timeline",
            why=f"it is made in memory, of {most:,} at most",
            do=f"name a shorter span; 'ebs timeline' takes {MOST:,}, 'ebs events' reads any",
        )


def _window(
    span: Span, events: Sequence[Recorded], since: datetime | None, until: datetime | None
) -> Window:
    """Bound a span in time: where no times are given, by what was heard of soon in it.

    What a catch-up or a baseline finds may have happened long before.
    """
    timely = [each for each in events if each.envelope.meta.via in TIMELY] or events
    first = since or min(map(_at, timely), default=until or DAWN)
    last = until or max(map(_at, events), default=first)
    return Window(span.after, span.upto, first, max(first, last))


def _at(recorded: Recorded) -> datetime:
    return recorded.envelope.meta.occurred_at
