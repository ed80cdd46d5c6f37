# SPDX-License-Identifier: GPL-3.0-or-later
"""Who works on a database, and what keeps him from changing what is on record."""

from datetime import datetime

from msgspec import Struct

from adapters.store.connections import Fetching
from adapters.store.statements import statement


class Guard(Struct, frozen=True):
    """``login`` takes the ``role``; it ``owns`` the events where it may do as it likes with them.

    ``rights``: those over events that the role has and must not have. ``stands``: whether the
    trigger refuses every change. ``now``: the database's time.
    """

    server: str
    login: str
    role: str
    owns: bool
    rights: list[str]
    stands: bool
    now: datetime


def guard_of(connections: Fetching) -> Guard:
    """Return how a database is guarded. Raises as faults.translated says."""
    [row] = connections.fetch(statement("guarded"))
    return Guard(*row)
