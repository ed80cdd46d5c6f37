# SPDX-License-Identifier: GPL-3.0-or-later
"""Control: the service's own state, the fold of its stream, in one row."""

from collections.abc import Iterable
from functools import reduce
from typing import Any, Final

import msgspec
from psycopg import Cursor

from domain.envelope import Recorded
from domain.service import STREAM, Service, evolve
from projections.sql import statement

NAME: Final = "control"
FORMAT: Final = 4

# The log holds mappings sorted, the configuration as it was written: a row tells them not apart.
_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder(Service).decode


def fold(service: Service, news: Iterable[Recorded]) -> Service:
    """Return the service after the news."""
    own = (recorded for recorded in news if recorded.envelope.originator_id == STREAM)
    return reduce(evolve, own, service)


def load(cursor: Cursor[Any]) -> Service:
    """Return the service's state."""
    cursor.execute("SELECT state FROM control WHERE stream = %s", [STREAM], binary=True)
    row = cursor.fetchone()
    return _decode(row[0]) if row else Service()


def store(cursor: Cursor[Any], service: Service) -> None:
    """Write the service's state."""
    cursor.execute(
        statement("control_store"), [STREAM, service.position, _encode(service)], binary=True
    )


def clear(cursor: Cursor[Any]) -> None:
    """Forget the service's state."""
    cursor.execute("DELETE FROM control")
