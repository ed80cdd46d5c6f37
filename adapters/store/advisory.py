# SPDX-License-Identifier: GPL-3.0-or-later
"""The database's advisory locks: by number, of the whole database, freed when a session ends."""

from time import monotonic, sleep
from typing import Final, NamedTuple

from adapters.store.connections import Connection
from adapters.store.statements import statement

APPENDING: Final = 6513267
MIGRATING: Final = 6513268
LEADING: Final = 6513269

_TRY: Final = "select pg_try_advisory_lock(%s)"
_RELEASE: Final = "select pg_advisory_unlock(%s)"
_RETRY_SECONDS: Final = 0.1


def acquire(connection: Connection, lock: int, patience: float) -> bool:
    """Take a lock for as long as the connection lives; whether it was free within the seconds.

    That of a process just killed is freed only when the server has noticed.
    """
    deadline = monotonic() + patience
    while connection.execute(_TRY, (lock,)).fetchone() != (True,):
        if monotonic() > deadline:
            return False
        sleep(_RETRY_SECONDS)
    return True


def release(connection: Connection, lock: int) -> None:
    """Free a lock that the connection has."""
    connection.execute(_RELEASE, (lock,))


class Process(NamedTuple):
    """A process of the server, as people are told of it; ``seen``: whence, and since when."""

    pid: int
    user: str
    seen: str

    def __str__(self) -> str:
        return f"process {self.pid} of {self.user}{self.seen}"


def holders(connection: Connection, lock: int) -> list[Process]:
    """Return who has a lock."""
    found = connection.execute(statement("lock_holder"), {"lock": lock})
    return [Process(*row) for row in found]
