# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches: each one's state, the fold of its stream, a row a batch."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

import msgspec
from psycopg import Cursor

from domain.batch import Batch, evolve, number_of
from projections.news import News
from projections.sql import statement

NAME: Final = "batches"
FORMAT: Final = 4

LOOKED_BACK: Final = 50
"""Batches, the newest, of which builds may reach the stable tag after they went on."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Batch).decode


def fold(known: Mapping[int, Batch], news: News) -> dict[int, Batch]:
    """Return the batches that the news changes, as they are afterwards."""
    return {
        number: evolve(known.get(number) or Batch(number), *events)
        for number, events in news.batches.items()
    }


def load(cursor: Cursor[Any], wanted: Iterable[int]) -> dict[int, Batch]:
    """Return the batches of these numbers; those that never were are left out."""
    if not (numbers := list(wanted)):
        return {}
    cursor.execute("SELECT state FROM batches WHERE number = ANY(%s)", [numbers], binary=True)
    return {batch.number: batch for batch in map(_batch, cursor.fetchall())}


def of_stream(cursor: Cursor[Any], stream: str) -> Batch:
    """Return the batch whose stream this is. Raises KeyError where there is none."""
    number = number_of(stream)
    return load(cursor, [] if number is None else [number])[number or 0]


def load_open(cursor: Cursor[Any], known: Batch | None = None) -> Batch | None:
    """Return the batch that is not finished; there is never more than one.

    Where it is ``known`` as it is, it is not read again: one of 2,000 builds is half a megabyte.
    """
    at = known.position if known is not None else None
    row = cursor.execute(statement("batches_open"), [at], binary=True).fetchone()
    if row is None or row[0] is None:
        return known if row else None
    return _batch(row)


def last_number(cursor: Cursor[Any]) -> int:
    """Return the number of the newest batch, 0 before the first."""
    row = cursor.execute("SELECT max(number) FROM batches").fetchone()
    return (row[0] or 0) if row else 0


def load_last(cursor: Cursor[Any], count: int, last: int | None = None) -> list[Batch]:
    """Return so many batches by number, up to the ``last``, else to the newest."""
    upto = last_number(cursor) if last is None else last
    found = load(cursor, range(max(1, upto - count + 1), upto + 1))
    return [batch for _, batch in sorted(found.items())]


def stable_waits(cursor: Cursor[Any], count: int) -> list[timedelta]:
    """Return how long the updates of so many batches, the newest, took to be stable as a whole.

    Each batch counts with its slowest; those that were not published, or not in time, do not.
    """
    waits = (_waits(batch) for batch in load_last(cursor, count) if batch.updates)
    return [max(each) for each in waits if each]


def _waits(batch: Batch) -> list[timedelta]:
    return [
        update.stable_at - update.submitted_at
        for update in batch.updates
        if update.stable_at is not None and update.submitted_at is not None
    ]


def version(cursor: Cursor[Any], number: int) -> int:
    """Return how many events a batch has, 0 where there is none."""
    found = load(cursor, [number]).get(number)
    return found.version if found else 0


def store(cursor: Cursor[Any], batches: Iterable[Batch]) -> None:
    """Write batches, in place of what is known of them."""
    rows = [(b.number, b.position, b.open, _encode(b)) for b in batches]
    cursor.executemany(statement("batches_store"), rows)


def clear(cursor: Cursor[Any]) -> None:
    """Forget every batch."""
    cursor.execute("DELETE FROM batches")


def _batch(row: tuple[bytes]) -> Batch:
    return _decode(row[0])
