# SPDX-License-Identifier: GPL-3.0-or-later
"""What the projections ask of the log, which knows how its events are stored."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from domain.envelope import Recorded


class Log(Protocol):
    """The log up to any position; None is its end."""

    def stream(self, stream_id: str, *, upto: int | None = None) -> Iterator[Recorded]:
        """Yield the events of one stream."""

    def read(
        self,
        *,
        upto: int | None = None,
        topics: Sequence[str] = (),
        streams: Sequence[str] = (),
    ) -> Iterator[Recorded]:
        """Yield the events of these topics and streams in order, of all where none is named."""

    def last_of_each(self, topics: Sequence[str], upto: int, limit: int) -> list[Recorded]:
        """Return the last ``limit`` events of each topic, in order."""
