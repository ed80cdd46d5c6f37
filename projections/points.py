# SPDX-License-Identifier: GPL-3.0-or-later
"""Points in time: from what a person names to a position of the log.

As of a point is what the service had on record then: every event up to a position, and none behind
it. It is not what had happened in Koji by then, which the service may have learned of much later;
an event says that itself, by its ``occurred_at``.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from msgspec import Struct
from psycopg import Cursor

from domain.errors import Invalid, NotFound
from domain.values import DAWN
from projections.sql import statement

Point: TypeAlias = datetime | int
"""A point as a person names it: a time with its offset, or a position of the log."""

_TICK: Final = timedelta(microseconds=1)
"""PostgreSQL tells no times apart that are nearer to each other."""


class AsOf(Struct, frozen=True):
    """Everything up to and with ``position`` is on record, and the time is ``at``.

    Position 0 is before the first event, whose time is nobody's; then ``at`` is the time that was
    asked for, or DAWN.
    """

    position: int
    at: datetime


class Span(Struct, frozen=True):
    """The events behind ``after``, up to and with ``upto``; there may be none."""

    after: int
    upto: int


def as_of(cursor: Cursor[Any], point: Point) -> AsOf:
    """Return what a point stands for; of a time to come, all that is on record by now.

    Raises NotFound for a position past the end of the log.
    """
    if isinstance(point, datetime):
        return AsOf(position_at(cursor, point), point)
    return AsOf(point, recorded_at(cursor, point))


def span(cursor: Cursor[Any], start: Point | None, end: Point | None) -> Span:
    """Return the events from one point to another, both included; None is the end of the log.

    Raises Invalid where the start comes after the end, NotFound for a position past the end.
    """
    after = 0 if start is None else _before(cursor, start)
    upto = head(cursor) if end is None else as_of(cursor, end).position
    if start is not None and end is not None and _disordered(start, end, after, upto):
        raise Invalid("the start comes after the end", do="change them over")
    return Span(after, upto)


def head(cursor: Cursor[Any]) -> int:
    """Return the last position, 0 in an empty log."""
    row = cursor.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()
    return int(row[0]) if row else 0


def position_at(cursor: Cursor[Any], at: datetime) -> int:
    """Return the position of the last event recorded at a time or before it, 0 before the first.

    Raises Invalid where it comes upon a gap: somebody took an event out of the log.
    """
    row = cursor.execute(statement("position_at"), {"at": at}).fetchone()
    if row is None:
        raise Invalid("the log has a gap", why="an event is missing", do="run 'ebs verify'")
    return int(row[0])


def recorded_at(cursor: Cursor[Any], position: int) -> datetime:
    """Return when the event at a position was recorded; before the first one it is DAWN.

    Raises NotFound for a position past the end of the log.
    """
    if position == 0:
        return DAWN
    cursor.execute("SELECT recorded_at FROM events WHERE position = %s", [position])
    row: tuple[datetime] | None = cursor.fetchone()
    if row is None:
        raise NotFound(
            f"there is no position {position}",
            why=f"the log ends at {head(cursor)}",
            do="name a position up to there, or a time",
        )
    return row[0]


def occurred(cursor: Cursor[Any], positions: Collection[int]) -> dict[int, datetime]:
    """Return when the events at these positions happened."""
    cursor.execute(statement("occurred"), [list(positions)])
    rows: list[tuple[int, datetime]] = cursor.fetchall()
    return dict(rows)


def _disordered(start: Point, end: Point, after: int, upto: int) -> bool:
    """Whether the start comes after the end, also where nothing was recorded between them."""
    if isinstance(start, datetime) and isinstance(end, datetime):
        return start > end
    if isinstance(start, int) and isinstance(end, int):
        return start > end
    return after >= upto and start != 0


def _before(cursor: Cursor[Any], start: Point) -> int:
    """Return the position behind which the events from a point on lie."""
    if isinstance(start, datetime):
        return position_at(cursor, start - _TICK) if start > DAWN else 0
    recorded_at(cursor, start)
    return max(0, start - 1)
