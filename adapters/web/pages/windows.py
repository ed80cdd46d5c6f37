# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows of the log, as addresses name them: from when until when, and of what."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple, get_args

from msgspec import Struct

from adapters.points import read
from adapters.service.journal import View
from adapters.service.naming import LARGEST
from adapters.timeline.asked import Asked, exact
from adapters.web.pages.address import Address
from adapters.words import iso
from domain.catalogue import EVENTS
from domain.errors import Invalid
from domain.values import DAWN
from projections.points import Point

LATELY: Final = "-24h"
"""From when on it is shown where nothing else is asked for."""

PRESETS: Final = (("1 h", "-1h"), ("6 h", "-6h"), ("24 h", LATELY), ("7 d", "-7d"))
LONGEST: Final = 400
"""Characters of a parameter that count."""

SHORTEST: Final = timedelta(seconds=8)
"""No window within which one still looks closer."""

Form = Literal["svg", "md", "csv", "json"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)
"""As which files a window can be had."""

LAST: Final = datetime.max.replace(tzinfo=UTC)

NAMES: Final = ("from", "to", "package", "batch", "actor", "topic", "unfold")
_BETWEEN: Final = re.compile(r"[\s,]+")


class Links(NamedTuple):
    """Where to look next, the same window as a permanent address, and as files."""

    moves: tuple[tuple[str, str], ...]
    presets: tuple[tuple[str, str, bool], ...]
    permanent: str
    files: tuple[tuple[str, str], ...]


class Frame(Struct, frozen=True):
    """What an address asks for; ``now`` is when it was asked."""

    here: Address
    start: Point
    end: Point | None
    now: datetime

    @classmethod
    def of(cls, query: Mapping[str, str], now: datetime) -> "Frame":
        """Read it; several names stand in one parameter. Raises Invalid for what is no point."""
        asked = {name: query.get(name, "").strip()[:LONGEST] for name in NAMES}
        start = read(asked["from"] or LATELY, now)
        end = read(asked["to"], now) if asked["to"] else None
        return cls(Address("/timeline", asked), start, end, now)

    @property
    def open(self) -> bool:
        """Whether it goes on with the log."""
        return self.end is None

    def asked(self, view: View) -> Asked:
        """Return what is asked of a view of the log. Raises Invalid for what names nothing."""
        told = self.here.asked
        return Asked(
            start=self.start,
            end=self._end(view),
            packages=several(told["package"]),
            batches=tuple(map(number_of_batch, several(told["batch"]))),
            actors=several(told["actor"]),
            types=topics_of(told["topic"]),
            unfold=bool(told["unfold"]),
        )

    def _end(self, view: View) -> Point:
        """Return where it ends: nothing is on record of a time to come."""
        if self.end is None:
            return self.now if isinstance(self.start, datetime) else view.position
        return min(self.end, self.now) if isinstance(self.end, datetime) else self.end

    def links(self, asked: Asked, since: datetime, until: datetime) -> Links:
        """Return where to go from a window that was asked for, and drawn between two times."""
        same = self.here.to(**{"from": exact(asked.start), "to": exact(asked.end)})
        query = same.partition("?")[2]
        return Links(
            moves=tuple(self._moves(since, until)),
            presets=tuple(
                (name, self._to(ago, ""), self.here.asked["from"] == ago and self.open)
                for name, ago in PRESETS
            ),
            permanent=same,
            files=tuple((form, f"/timeline.{form}?{query}") for form in FORMS),
        )

    def _moves(self, since: datetime, until: datetime) -> Iterator[tuple[str, str]]:
        length = max(until - since, SHORTEST)
        yield "Earlier", self._between(moved(since, -length), since)
        if until < self.now:
            yield "Later", self._between(until, moved(until, length))
        if length > SHORTEST:
            yield "Closer", self._between(since + length / 4, until - length / 4)
        yield "Wider", self._between(moved(since, -length / 2), moved(until, length / 2))

    def _between(self, since: datetime, until: datetime) -> str:
        """Return the address of a window; what would end in time to come goes on with the log."""
        return self._to(iso(since), iso(until) if until < self.now else "")

    def _to(self, start: str, end: str) -> str:
        return self.here.to(**{"from": start, "to": end})


def moved(at: datetime, by: timedelta) -> datetime:
    """Return a time so much later, or the first or the last that there is."""
    try:
        return at + by
    except OverflowError:
        return LAST if by > timedelta() else DAWN


def several(text: str) -> tuple[str, ...]:
    """Return the names that stand in one field."""
    return tuple(filter(None, _BETWEEN.split(text)))


def number_of_batch(text: str) -> int:
    """Return the number of a batch. Raises Invalid."""
    if text.isascii() and text.isdecimal() and 0 < int(text) < LARGEST:
        return int(text)
    raise Invalid(f"{text[:60]!r} is no number of a batch", do="write it like 7")


def topics_of(text: str) -> tuple[str, ...]:
    """Return the types of events that are named. Raises Invalid."""
    topics = several(text)
    if unknown := set(topics).difference(EVENTS):
        raise Invalid(f"no event is of the type {min(unknown)[:60]!r}", do="choose one")
    return topics
