# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody asks a timeline to show, and how the same is asked for on another day."""

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec import Struct

from projections.points import Point
from projections.timeline import Wanted


class Asked(Struct, frozen=True):
    """From a point to another, of some packages, batches, actors and types of events.

    Names are as people gave them. ``unfold``: each event of what is alike.
    """

    start: Point
    end: Point
    packages: tuple[str, ...] = ()
    batches: tuple[int, ...] = ()
    actors: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    unfold: bool = False

    @property
    def command(self) -> str:
        """The command that asks for the same on another day."""
        return shlex.join(("ebs", "timeline", *self._options()))

    @property
    def wanted(self) -> Wanted:
        """What of that window is wanted, by these names."""
        return Wanted(
            packages=frozenset(self.packages),
            batches=frozenset(self.batches),
            actors=frozenset(self.actors),
            topics=frozenset(self.types),
        )

    @property
    def since(self) -> datetime | None:
        """When it begins, None where that is a position."""
        return self.start if isinstance(self.start, datetime) else None

    @property
    def until(self) -> datetime | None:
        """When it ends, None where that is a position."""
        return self.end if isinstance(self.end, datetime) else None

    def _options(self) -> Iterator[str]:
        yield from ("--from", exact(self.start), "--to", exact(self.end))
        named = {
            "--package": self.packages,
            "--batch": self.batches,
            "--actor": self.actors,
            "--type": self.types,
        }
        for name, values in named.items():
            for value in values:
                yield from (name, str(value))
        yield from ["--unfold"] * self.unfold


def exact(point: Point) -> str:
    """Return a point as it may be written, now and later."""
    return str(point) if isinstance(point, int) else point.astimezone(UTC).isoformat()
