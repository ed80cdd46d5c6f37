# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the projections: each append carries its news along; a rebuild reads the log from zero."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from psycopg import Cursor

from domain.batch import Batch
from domain.envelope import Recorded
from domain.errors import Conflict
from domain.package import Package
from domain.service import STREAM, Service
from projections import batches, control, eligibility, rebuilds
from projections.sql import statement


class States(NamedTuple):
    """Packages by name and batches by number, as they are after some event."""

    packages: Mapping[str, Package] = {}
    batches: Mapping[int, Batch] = {}


NOTHING: Final = States()

FORMATS: Final = {
    eligibility.NAME: eligibility.FORMAT,
    batches.NAME: batches.FORMAT,
    control.NAME: control.FORMAT,
    rebuilds.NAME: rebuilds.FORMAT,
}
"""The layout each projection is written in by this release."""

PART: Final = 5_000
"""Events folded at a time in a rebuild."""

FLUSH: Final = 200_000
"""Events folded between two writes in a rebuild; with PART it bounds memory, not correctness."""


def project(cursor: Cursor[Any], news: Sequence[Recorded], known: States = NOTHING) -> States:
    """Fold news into every projection, in the transaction of the cursor; return what it changed.

    What is ``known``, as it was before the news, is not read again.
    """
    if not news:
        return States()
    missing = eligibility.names(news).difference(known.packages)
    packages = {**known.packages, **(eligibility.load(cursor, missing) if missing else {})}
    changed = eligibility.fold(packages, news)
    if changed:
        eligibility.store(cursor, list(changed.values()))
    unread = batches.numbers(news).difference(known.batches)
    gone_on = batches.fold({**known.batches, **batches.load(cursor, unread)}, news)
    if gone_on:
        batches.store(cursor, gone_on.values())
        rebuilds.carry(cursor, gone_on, news)
    if any(recorded.envelope.originator_id == STREAM for recorded in news):
        control.store(cursor, control.fold(control.load(cursor), news))
    _advance(cursor, news[0].position - 1, news[-1].position)
    return States(changed, gone_on)


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
        if missing := eligibility.names(part).difference(known):
            known.update(eligibility.load(cursor, missing))
        known.update(eligibility.fold(known, part))
        if numbers := batches.numbers(part):
            gone_on = batches.fold(batches.load(cursor, numbers), part)
            batches.store(cursor, gone_on.values())
            rebuilds.carry(cursor, gone_on, part)
        service = control.fold(service, part)
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


def parts(log: Iterable[Recorded], size: int = PART) -> Iterator[list[Recorded]]:
    """Yield the log in lists of up to ``size`` events."""
    events = iter(log)
    while part := list(islice(events, size)):
        yield part


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
