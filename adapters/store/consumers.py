# SPDX-License-Identifier: GPL-3.0-or-later
"""The consumers of the bus: each says now and then that it lives."""

from datetime import datetime
from typing import Final

from adapters.ports.bus import ConsumerSeen, Pulse
from adapters.store.connections import Fetching
from adapters.store.statements import statement

# The newest stays: it says since when there is none.
_FORGET: Final = b"delete from consumers where seen_at < now() - interval '3 days' returning name"


class Consumers:
    """What is known of them, in one database; times are the database's."""

    def __init__(self, connections: Fetching) -> None:
        self._connections = connections

    def beat(self, name: str, started_at: datetime, pulse: Pulse) -> None:
        """Say of a consumer that it lives, and forget those that died long ago."""
        self._connections.fetch(
            statement("consumer_beat"),
            name=name,
            started_at=started_at,
            connected=pulse.connected,
            heard=pulse.heard,
            heard_at=pulse.heard_at,
            certificate_ends=pulse.certificate_ends,
        )
        self._connections.fetch(_FORGET)

    def seen(self) -> list[ConsumerSeen]:
        """Return what is known of each, the one seen last first."""
        return [ConsumerSeen(*row) for row in self._connections.fetch(statement("consumers"))]
