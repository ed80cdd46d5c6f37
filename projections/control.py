# SPDX-License-Identifier: GPL-3.0-or-later
"""Control: the service's own state, the fold of its stream, in one row."""

from functools import reduce
from heapq import merge
from operator import attrgetter
from typing import Any, Final, get_args

import msgspec
from psycopg import Cursor

from domain.service import STREAM, Service, ServiceEvent, evolve
from domain.service.events import CatchUpDone, GapFound, LogLevelSet, MessageRejected
from projections.log import Log
from projections.news import News
from projections.sql import statement

NAME: Final = "control"
FORMAT: Final = 5

PASSING: Final = (CatchUpDone, GapFound, LogLevelSet, MessageRejected)
"""Events that come again and again, of which the last takes the place of those before it."""

DECISIVE: Final = [e.topic for e in get_args(ServiceEvent) if e not in PASSING]
"""The topics of all others."""

LAST: Final = 2**63 - 1
"""Beyond every position."""

_position = attrgetter("position")

# The log holds mappings sorted, the configuration as it was written: a row tells them not apart.
_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder(Service).decode


def fold(service: Service, news: News) -> Service:
    """Return the service after the news."""
    return reduce(evolve, news.service, service)


def as_of(log: Log, position: int) -> Service:
    """Return the service as of a position: the fold of its stream up to there.

    Of what comes every quarter of an hour only the last is read.
    """
    latest = log.last_of_each([event.topic for event in PASSING], position, 1)
    decisive = log.read(upto=position, topics=DECISIVE)
    return reduce(evolve, merge(decisive, latest, key=_position), Service())


def load(cursor: Cursor[Any]) -> Service:
    """Return the service's state."""
    return load_unchanged(cursor, LAST) or Service()


def load_unchanged(cursor: Cursor[Any], since: int) -> Service | None:
    """Return the service's state, None where anything happened to it since a position."""
    query = "SELECT state FROM control WHERE stream = %s AND position <= %s"
    row = cursor.execute(query, [STREAM, since], binary=True).fetchone()
    return _decode(row[0]) if row else None


def store(cursor: Cursor[Any], service: Service) -> None:
    """Write the service's state."""
    cursor.execute(
        statement("control_store"), [STREAM, service.position, _encode(service)], binary=True
    )


def clear(cursor: Cursor[Any]) -> None:
    """Forget the service's state."""
    cursor.execute("DELETE FROM control")
