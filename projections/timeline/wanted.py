# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a window is wanted: by package, batch, actor, type of event."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from domain.batch import stream as batch_stream
from domain.envelope import Recorded
from domain.package import stream as package_stream


class Wanted(Struct, frozen=True):
    """One of each kind that is named must fit; nothing named, everything is wanted.

    Packages are named as Koji does. A batch's event is about the packages whose builds it names.
    """

    packages: frozenset[str] = frozenset()
    batches: frozenset[int] = frozenset()
    actors: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()

    @property
    def everything(self) -> bool:
        """Whether nothing is named."""
        return not (self.packages or self.batches or self.actors or self.topics)

    def has(self, recorded: Recorded, packages: Mapping[int, str]) -> bool:
        """Whether an event is wanted; ``packages`` says whose the builds are."""
        envelope = recorded.envelope
        event, stream = envelope.event, envelope.originator_id
        return (
            (not self.topics or event.topic in self.topics)
            and (not self.actors or envelope.meta.actor in self.actors)
            and (not self.batches or self._in_batch(event, stream))
            and (not self.packages or self._of_package(event, stream, packages))
        )

    def _in_batch(self, event: Any, stream: str) -> bool:
        number = getattr(event, "batch", None)
        return number in self.batches or stream in map(batch_stream, self.batches)

    def _of_package(self, event: Any, stream: str, packages: Mapping[int, str]) -> bool:
        named = _packages(event, packages)
        return not self.packages.isdisjoint(named) or stream in map(package_stream, self.packages)


def _packages(event: Any, packages: Mapping[int, str]) -> Iterator[str | None]:
    """Yield the packages that an event of the service or a batch names, itself or by builds."""
    yield getattr(event, "package", None)
    yield from (each.package for each in getattr(event, "builds", ()))
    yield packages.get(getattr(event, "build_id", 0))
    yield from map(packages.get, getattr(event, "build_ids", ()))
