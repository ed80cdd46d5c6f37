# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the projections: each append carries its news along; a rebuild reads the log from zero."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from psycopg import Cursor

from domain.batch import Batch
from domain.envelope import Recorded
from domain.errors import Conflict
from domain.package import Package, evolve, name_of
from domain.service import Service
from projections import batches, control, eligibility, rebuilds
from projections.news import News, divide, parts
from projections.sql import statement


class States(NamedTuple):
    """Packages by name, batches by number and the service, as they are after some event."""

    packages: Mapping[str, Package] = {}
    batches: Mapping[int, Batch] = {}
    service: Service | None = None


NOTHING: Final = States()

FORMATS: Final = {
    eligibility.NAME: eligibility.FORMAT,
    batches.NAME: batches.FORMAT,
    control.NAME: control.FORMAT,
    rebuilds.NAME: rebuilds.FORMAT,
}
"""The layout each projection is written in by this release."""

FLUSH: Final = 200_000
"""Events folded between two writes in a rebuild; with PART it bounds memory, not correctness."""


class Carried:
    """The projections, carried along with an append.

    The packages are folded as their events are ``seen``, so that the server takes events in
    meanwhile; the rows are written after the last. What is ``known``, as it was before the news, is
    not read again.
    """

    def __init__(self, known: States = NOTHING) -> None:
        self._known = known
        self._packages: dict[str, Package] = {}
        self._others: list[Recorded] = []

    def see(self, recorded: Recorded) -> None:
        """Take in one more event. Raises KeyError where it is about what never was."""
        name = name_of(recorded.envelope.originator_id)
        if name is not None:
            before = self._packages.get(name) or self._known.packages.get(name)
            if before is not None:
                self._packages[name] = evolve(before, recorded)
                return
        self._others.append(recorded)

    def write(self, cursor: Cursor[Any]) -> States:
        """Write what has changed, in the transaction of the cursor, and return it."""
        others = divide(self._others)
        unread = eligibility.load(cursor, others.packages) if others.packages else {}
        packages = self._packages | eligibility.fold(unread, others)
        if packages:
            eligibility.store(cursor, list(packages.values()))
        gone_on = _batches(cursor, others, self._known.batches, self._others)
        return States(packages, gone_on, _service(cursor, others))


def project(cursor: Cursor[Any], news: Sequence[Recorded], carried: Carried) -> States:
    """Write what was carried along with the news, and return what it changed."""
    if not news:
        return NOTHING
    changed = carried.write(cursor)
    _advance(cursor, news[0].position - 1, news[-1].position)
    return changed


def _batches(
    cursor: Cursor[Any], news: News, known: Mapping[int, Batch], log: Sequence[Recorded]
) -> Mapping[int, Batch]:
    """Carry batches along, and what was rebuilt in them; return those that the news changes."""
    unread = news.batches.keys() - known.keys()
    changed = batches.fold({**known, **batches.load(cursor, unread)}, news)
    if changed:
        batches.store(cursor, changed.values())
        rebuilds.carry(cursor, changed, log)
    return changed


def _service(cursor: Cursor[Any], news: News) -> Service | None:
    """Carry the service along; return it where the news changes it."""
    if not news.service:
        return None
    service = control.fold(control.load(cursor), news)
    control.store(cursor, service)
    return service


def position(cursor: Cursor[Any]) -> int | None:
    """Return up to where the projections have read the log; None where they must be rebuilt."""
    found = positions(cursor)
    if {name: layout for name, (layout, _) in found.items()} != FORMATS:
        return None
    return min(at for _, at in found.values())


def are_later(cursor: Cursor[Any]) -> bool:
    """Whether a later release has written the projections, in a layout that we do not know."""
    return any(layout > FORMATS[name] for name, (layout, _) in positions(cursor).items())


def positions(cursor: Cursor[Any]) -> dict[str, tuple[int, int]]:
    """Return the layout of each projection, and up to where it has read the log."""
    cursor.execute(
        "SELECT name, version, position FROM tracking WHERE name = ANY(%s)", [[*FORMATS]]
    )
    return {name: (layout, at) for name, layout, at in cursor.fetchall()}


def clear(cursor: Cursor[Any]) -> None:
    """Forget everything that can be read from the log again."""
    eligibility.clear(cursor)
    batches.clear(cursor)
    rebuilds.clear(cursor)
    control.clear(cursor)
    _move(cursor, 0)


def rebuild(
    cursor: Cursor[Any], log: Iterable[Recorded], progress: Callable[[int], None] = lambda _: None
) -> None:
    """Read the log from zero; ``progress`` is told the position after each part."""
    clear(cursor)
    cursor.execute(statement("tracking_rebuilt"))
    follow(cursor, log, progress)


def follow(
    cursor: Cursor[Any], log: Iterable[Recorded], progress: Callable[[int], None] = lambda _: None
) -> None:
    """Fold the events of the log from where the projections are.

    A package is read once and written once in FLUSH events, not with every part that names it.
    """
    known: dict[str, Package] = {}
    service = control.load(cursor)
    unwritten = at = 0
    for part in parts(log):
        news = divide(part)
        if missing := news.packages.keys() - known.keys():
            known.update(eligibility.load(cursor, missing))
        known.update(eligibility.fold(known, news))
        _batches(cursor, news, {}, part)
        service = control.fold(service, news)
        unwritten, at = unwritten + len(part), part[-1].position
        if unwritten >= FLUSH:
            _write(cursor, known, service, at)
            known, unwritten = {}, 0
        progress(at)
    if unwritten:
        _write(cursor, known, service, at)


def _write(cursor: Cursor[Any], packages: Mapping[str, Package], service: Service, at: int) -> None:
    eligibility.store(cursor, list(packages.values()))
    control.store(cursor, service)
    _move(cursor, at)


def _advance(cursor: Cursor[Any], before: int, to: int) -> None:
    """Move on from exactly where the projections must be. Raises Conflict where they are not."""
    found = {"names": [*FORMATS], "formats": [*FORMATS.values()], "before": before, "to": to}
    if cursor.execute(statement("tracking_advance"), found).rowcount != len(FORMATS):
        raise Conflict(
            "the projections are not at the head of the log",
            why="another release, or another process, has written them",
            do="run 'ebs projections rebuild' with the newer release",
        )


def _move(cursor: Cursor[Any], to: int) -> None:
    for name, layout in FORMATS.items():
        cursor.execute(statement("tracking_move"), [name, layout, to])
