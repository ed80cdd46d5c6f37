# SPDX-License-Identifier: GPL-3.0-or-later
"""States as they are, from the rows kept with each append, and as they were, folded from the log.

A row that was last written at a position or before it is as it was then, for nothing came between;
only what has changed since is folded again. So the past costs what happened since, not the log.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from psycopg import Cursor

from domain.batch import Batch, number_of
from domain.batch import stream as batch_stream
from domain.envelope import Recorded
from domain.package import Package
from domain.package import stream as package_stream
from domain.service import Service
from projections import batches, control, eligibility
from projections.log import Log
from projections.news import divide, parts
from projections.sql import statement


class OnRecord(Protocol):
    """What is on record of the service, its batch and its packages."""

    @property
    def service(self) -> Service:
        """The service's state."""

    @property
    def batch(self) -> Batch | None:
        """The batch that is open."""

    def packages(self, names: Iterable[str]) -> Mapping[str, Package]:
        """Return packages by name; those without a history are left out."""

    def everything(self) -> Iterable[Package]:
        """Return every package that has a history, by name."""

    def queued(self) -> Iterable[Package]:
        """Return the packages with builds that are queued and not ended."""

    def last_batches(self, count: int, last: int | None = None) -> Sequence[Batch]:
        """Return so many batches by number, up to the ``last``, else to the newest."""


class Mark(NamedTuple):
    """What tells a position of one log from the same of another, and from before a rebuild.

    A log that was restored goes on otherwise, with other digests; and who rebuilds the projections
    wants none of the rows that were read before.
    """

    digest: bytes
    rebuilds: int | None


class Kept(NamedTuple):
    """Every package by name as of a position, for whoever looks next."""

    position: int
    mark: Mark
    packages: Mapping[str, Package]

    def changed(self, packages: Mapping[str, Package]) -> Mapping[str, Package]:
        """Return every package after some have changed, in order of their names as before."""
        found = {**self.packages, **packages}
        return found if len(found) == len(self.packages) else dict(sorted(found.items()))


def mark_at(cursor: Cursor[Any], position: int) -> Mark | None:
    """Return the mark of a position, None where no event is."""
    row = cursor.execute(statement("mark_at"), [position]).fetchone()
    return Mark(*row) if row else None


class Present:
    """The states at the end of the log, each a row that was written with its last event."""

    def __init__(
        self, cursor: Cursor[Any], batch: Batch | None = None, kept: Kept | None = None
    ) -> None:
        """``batch`` is the one that was open when it was read last, ``kept`` is of this log."""
        self._cursor = cursor
        self._batch = batch
        self._kept = kept

    @cached_property
    def service(self) -> Service:
        return control.load(self._cursor)

    @cached_property
    def batch(self) -> Batch | None:
        return batches.load_open(self._cursor, self._batch)

    def packages(self, names: Iterable[str]) -> Mapping[str, Package]:
        return eligibility.load(self._cursor, names)

    def everything(self) -> Iterable[Package]:
        if self._kept is None:
            return eligibility.load_all(self._cursor)
        changed = eligibility.load_since(self._cursor, self._kept.position)
        return self._kept.changed(changed).values()

    def queued(self) -> Iterable[Package]:
        return eligibility.load_queued(self._cursor)

    def last_batches(self, count: int, last: int | None = None) -> Sequence[Batch]:
        return batches.load_last(self._cursor, count, last)


class Past:
    """The states as of a position: the fold of the log up to there."""

    def __init__(self, cursor: Cursor[Any], log: Log, position: int) -> None:
        self._cursor = cursor
        self._log = log
        self._position = position

    @cached_property
    def service(self) -> Service:
        kept = control.load_unchanged(self._cursor, self._position)
        return kept or control.as_of(self._log, self._position)

    @cached_property
    def batch(self) -> Batch | None:
        """The newest one then, unless it was finished by then: batches never overlap."""
        return next((found for found in self.last_batches(1) if found.open), None)

    def packages(self, names: Iterable[str]) -> Mapping[str, Package]:
        kept = eligibility.load(self._cursor, names)
        return self._as_they_were(kept.values())

    def everything(self) -> Iterable[Package]:
        found = self._as_they_were(eligibility.load_all(self._cursor))
        return [found[name] for name in sorted(found)]

    def queued(self) -> Iterable[Package]:
        return [package for package in self.everything() if package.queued]

    def last_batches(self, count: int, last: int | None = None) -> Sequence[Batch]:
        row = self._cursor.execute(statement("batch_as_of"), [self._position]).fetchone()
        newest = (number_of(row[0]) if row else None) or 0
        kept = batches.load_last(self._cursor, count, min(last or newest, newest))
        return [self._as_it_was(batch) for batch in kept]

    def _as_it_was(self, batch: Batch) -> Batch:
        """Return a batch that was there by then as it was."""
        if batch.position <= self._position:
            return batch
        log = self._log.stream(batch_stream(batch.number), upto=self._position)
        (found,) = batches.fold({}, divide(log)).values()
        return found

    def _as_they_were(self, present: Iterable[Package]) -> dict[str, Package]:
        """Return the packages as they were; those without a history then are left out."""
        same: dict[str, Package] = {}
        changed: list[str] = []
        for package in present:
            if package.position <= self._position:
                same[package.name] = package
            else:
                changed.append(package_stream(package.name))
        folded: dict[str, Package] = {}
        for part in parts(self._events(changed)):
            folded |= eligibility.fold(folded, divide(part))
        return same | folded

    def _events(self, streams: Sequence[str]) -> Iterable[Recorded]:
        if not streams:
            return ()
        if len(streams) == 1:
            return self._log.stream(streams[0], upto=self._position)
        return self._log.read(upto=self._position, streams=streams)
