# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the tasks of each package took, by what is on record."""

from datetime import datetime
from statistics import median
from typing import Final

from msgspec import Struct

from domain.batch.events import BuildFinished, BuildSubmitted, Planned
from domain.envelope import Recorded

HOUR: Final = 3600.0

LEARNED_FROM: Final = (Planned.topic, BuildSubmitted.topic, BuildFinished.topic)
"""The topics of the events that tell how long a task took."""


class Length(Struct, frozen=True):
    """Hours that a task takes; ``estimated`` where none of the package is on record."""

    hours: float
    estimated: bool


class Durations:
    """Learns of batches from their events; what it keeps grows with the number of packages.

    A task lasts from its submission until the service learned of its end.
    """

    def __init__(self) -> None:
        self._planned: dict[int, str] = {}
        self._running: dict[int, tuple[str, datetime]] = {}
        self._hours: dict[str, tuple[int, float]] = {}

    def take(self, recorded: Recorded) -> None:
        """Go on by one event."""
        at, event = recorded.envelope.meta.occurred_at, recorded.envelope.event
        if isinstance(event, Planned):
            # One batch is open at a time.
            self._planned = {build.build_id: build.package for build in event.builds}
        elif isinstance(event, BuildSubmitted) and event.build_id in self._planned:
            self._running[event.task_id] = self._planned[event.build_id], at
        elif isinstance(event, BuildFinished) and event.task_id in self._running:
            name, since = self._running.pop(event.task_id)
            count, hours = self._hours.get(name, (0, 0.0))
            self._hours[name] = count + 1, hours + (at - since).total_seconds() / HOUR

    def of(self, name: str) -> Length | None:
        """Return the mean of the package's tasks, None where none is on record."""
        if name not in self._hours:
            return None
        count, hours = self._hours[name]
        return Length(hours / count, estimated=False)

    @property
    def usual(self) -> Length | None:
        """The median of the means of all packages, None where no task is on record."""
        means = [hours / count for count, hours in self._hours.values()]
        return Length(median(means), estimated=True) if means else None
