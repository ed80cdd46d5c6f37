# SPDX-License-Identifier: GPL-3.0-or-later
"""How much was queued lately without a person's approval: what the guard counts."""

from datetime import datetime, timedelta
from typing import Any, Final

from psycopg import Cursor

from domain.admission.gate import Recent
from domain.package import name_of
from domain.values import Mode
from projections.sql import statement

WINDOW: Final = timedelta(hours=24)
"""The guard's memory."""


def queued_lately(cursor: Cursor[Any], now: datetime, mode: Mode, upto: int) -> Recent:
    """Return the count of the last 24 hours in one mode, up to a position."""
    since = {"since": now - WINDOW, "mode": mode, "upto": upto}
    cursor.execute(statement("queued_since"), since)
    row = cursor.fetchone()
    return Recent(*row) if row else Recent()


def topics_between(cursor: Cursor[Any], after: int, upto: int) -> dict[str, int]:
    """Return how many events of which topic were recorded behind ``after``, up to ``upto``."""
    cursor.execute(statement("topics_between"), [after, upto])
    rows: list[tuple[str, int]] = cursor.fetchall()
    return dict(rows)


def endings_between(cursor: Cursor[Any], after: int, upto: int) -> dict[str, int]:
    """Return how many builds ended with which outcome behind ``after``, up to ``upto``."""
    cursor.execute(statement("endings_between"), [after, upto])
    rows: list[tuple[str, int]] = cursor.fetchall()
    return dict(rows)


def packages_between(cursor: Cursor[Any], after: int, upto: int) -> set[str]:
    """Return of which packages there are events behind ``after``, up to ``upto``."""
    cursor.execute(statement("packages_between"), [after, upto])
    return {name for (stream,) in cursor.fetchall() if (name := name_of(stream)) is not None}
