# SPDX-License-Identifier: GPL-3.0-or-later
"""Leadership: of all workers on a database one leads, for as long as its connection lives."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Final

from psycopg import Error

from adapters.store.advisory import LEADING, acquire, release
from adapters.store.connections import ROLE, Fetching, connect
from adapters.store.faults import only_read, translated
from adapters.store.statements import statement
from domain.errors import Conflict

_COPY: Final = "select pg_is_in_recovery()"
_ALIVE: Final = "select 1"
_LED: Final = statement("leader_is_there")

_PATIENCE: Final = 2.0


@contextmanager
def leadership(conninfo: str) -> Iterator[Callable[[], None]]:
    """Lead inside; yields what raises DependencyDown once the lead may be lost.

    Raises Conflict where another worker leads and goes on leading, Refused on a copy.
    """
    with translated():
        connection = connect(conninfo, role=ROLE)
    with closing(connection):

        def make_sure() -> None:
            with translated():
                connection.execute(_ALIVE)

        with translated():
            # A lock on a copy is nobody's business but the copy's.
            if connection.execute(_COPY).fetchone() == (True,):
                raise only_read("whoever leads records what is decided")
            if not acquire(connection, LEADING, _PATIENCE):
                raise Conflict(
                    "another worker is at work",
                    why="one at a time decides",
                    do="leave it to that one, or stop it first",
                )
        try:
            yield make_sure
        finally:
            with suppress(Error):
                release(connection, LEADING)


def is_led(connections: Fetching) -> bool:
    """Whether some worker leads on this database, as far as its server has noticed."""
    [(led,)] = connections.fetch(_LED, lock=LEADING)
    return bool(led)
