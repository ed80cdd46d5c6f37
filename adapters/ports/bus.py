# SPDX-License-Identifier: GPL-3.0-or-later
"""The consumers of the bus, as each tells of itself and as the others see it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct


class Pulse(Struct, frozen=True):
    """What a consumer says of itself: how many messages it has heard so far, and when last.

    ``connected``: whether it reads the bus at this moment; ``certificate_ends``: until when the
    broker lets it in by its certificate, None where it has none. Times are UTC.
    """

    connected: bool
    heard: int = 0
    heard_at: datetime | None = None
    certificate_ends: datetime | None = None


class ConsumerSeen(Struct, frozen=True):
    """What is known of a consumer: ``read_at`` it was last seen reading the bus."""

    name: str
    started_at: datetime
    seen_at: datetime
    read_at: datetime | None
    heard: int
    heard_at: datetime | None
    certificate_ends: datetime | None


class Consumers(Protocol):
    """All consumers of the bus that were seen in the last days."""

    def beat(self, name: str, started_at: datetime, pulse: Pulse) -> None:
        """Say of a consumer that it lives."""

    def seen(self) -> Sequence[ConsumerSeen]:
        """Return what is known of each, the one seen last first."""
