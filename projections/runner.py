# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the projections: each append carries its news along; a rebuild reads the log from zero."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from psycopg import Cursor

from domain.envelope import Recorded
from domain.package import Package
from domain.service import STREAM
from projections import control, eligibility
from projections.sql import statement

FORMATS: Final = {eligibility.NAME: eligibility.FORMAT, control.NAME: control.FORMAT}
"""The layout each projection is written in by this release."""

BATCH: Final = 20_000
"""Events folded between two writes in a rebuild; bounds memory, not correctness."""


def project(
    cursor: Cursor[Any], news: Sequence[Recorded], known: Mapping[str, Package] | None = None
) -> dict[str, Package]:
    """Fold news into every projection, in the transaction of the cursor; return what it changed.

    ``known`` may hold packages that were read before, so that they are not read again.
    """
    if not news:
        return {}
    missing = eligibility.names(news).difference(known or ())
    packages = {**(known or {}), **(eligibility.load(cursor, missing) if missing else {})}
    changed = eligibility.fold(packages, news)
    if changed:
        eligibility.store(cursor, list(changed.values()))
    if any(recorded.envelope.originator_id == STREAM for recorded in news):
        control.store(cursor, control.fold(control.load(cursor), news))
    _move(cursor, news[-1].position)
    return changed


def position(cursor: Cursor[Any]) -> int | None:
    """Return up to where the projections have read the log; None where they must be rebuilt."""
    cursor.execute(
        "SELECT name, version, position FROM tracking WHERE name = ANY(%s)", [[*FORMATS]]
    )
    rows: list[tuple[str, int, int]] = cursor.fetchall()
    if {name: layout for name, layout, _ in rows} != FORMATS:
        return None
    return min(at for _, _, at in rows)


def clear(cursor: Cursor[Any]) -> None:
    """Forget everything that can be read from the log again."""
    eligibility.clear(cursor)
    control.clear(cursor)
    _move(cursor, 0)


def rebuild(
    cursor: Cursor[Any], log: Iterable[Recorded], progress: Callable[[int], None] = lambda _: None
) -> None:
    """Read the log from zero; ``progress`` is told the position after each batch."""
    clear(cursor)
    follow(cursor, log, progress)


def follow(
    cursor: Cursor[Any], log: Iterable[Recorded], progress: Callable[[int], None] = lambda _: None
) -> None:
    """Fold the events of the log from where the projections are."""
    for batch in batches(log):
        project(cursor, batch)
        progress(batch[-1].position)


def batches(log: Iterable[Recorded], size: int = BATCH) -> Iterator[list[Recorded]]:
    """Yield the log in lists of up to ``size`` events."""
    events = iter(log)
    while batch := list(islice(events, size)):
        yield batch


def _move(cursor: Cursor[Any], to: int) -> None:
    for name, layout in FORMATS.items():
        cursor.execute(statement("tracking_move"), [name, layout, to])
