# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose turn it is to append.

One who stands still between two statements loses the lock when the server ends its session. But of
one that is to send rows no server ends the wait: so who waits says whom for, and not for ever.
"""

from time import monotonic
from typing import Final

import structlog
from psycopg.errors import LockNotAvailable

from adapters.errors import DependencyDown
from adapters.store.advisory import APPENDING, holders
from adapters.store.connections import Cursor

TOLD: Final = 10.0
"""Seconds after which who waits says so, again and again."""

PATIENCE: Final = 600.0
"""Seconds that are waited: as long as the server waits for one who is idle in a transaction."""

_TRY: Final = "select pg_try_advisory_xact_lock(%s)"
_TAKE: Final = "select pg_advisory_xact_lock(%s)"
_BOUND: Final = "select set_config('lock_timeout', %s, true)"
_UNBOUND: Final = "set local lock_timeout to default"

_log = structlog.get_logger(__name__)


def take_turn(cursor: Cursor) -> None:
    """Take the append lock until the transaction ends. Raises DependencyDown where it stays held.

    What is free is taken with one statement.
    """
    if cursor.execute(_TRY, (APPENDING,)).fetchone() == (True,):
        return
    deadline = monotonic() + PATIENCE
    while not _waited(cursor):
        others = holders(cursor.connection, APPENDING)
        by = "; ".join(map(str, others))
        if monotonic() >= deadline:
            raise DependencyDown(
                "The log takes no events",
                why=f"another does not come to an end of appending: {by}",
                do="Stop it; where its machine is gone: "
                + " ".join(f"select pg_terminate_backend({other.pid});" for other in others),
            )
        _log.warning("another appends", by=by)


def _waited(cursor: Cursor) -> bool:
    """Wait for a while; whether it is ours now. What bounded the wait bounds nothing else."""
    try:
        with cursor.connection.transaction():
            cursor.execute(_BOUND, (f"{TOLD * 1000:.0f}",))
            cursor.execute(_TAKE, (APPENDING,))
            cursor.execute(_UNBOUND)
    except LockNotAvailable:
        return False
    return True
