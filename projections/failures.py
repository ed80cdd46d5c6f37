# SPDX-License-Identifier: GPL-3.0-or-later
"""Failures: the sources that are not tried again, by row 8 of the table, until they are cleared."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct
from psycopg import Cursor

from domain.admission.rules import Rules
from domain.admission.table import blamed
from domain.package import Package
from domain.package.state import Attempt
from projections.sql import statement


class Failure(Struct, frozen=True):
    """A source that ended without success; ``build_id`` and ``nvr`` are None where EBS tried it."""

    package: str
    build_id: int | None
    nvr: str | None
    source: str | None
    outcome: str
    at: datetime | None
    position: int
    batch: int | None
    detail: str


def failures(cursor: Cursor[Any], packages: Iterable[Package], rules: Rules) -> list[Failure]:
    """Return what keeps builds back now, the latest first."""
    found = [(package, a) for package in packages for a in _blamed(package, rules)]
    details = _details(cursor, [attempt.ended_position for _, attempt in found])
    listed = [_failure(package, attempt, details) for package, attempt in found]
    return sorted(listed, key=lambda failure: -failure.position)


def _blamed(package: Package, rules: Rules) -> Iterator[Attempt]:
    for attempt in package.ledger:
        here = (attempt.mode, attempt.generation) == (rules.mode, package.generation)
        if here and blamed(attempt, rules):
            yield attempt


def _failure(package: Package, attempt: Attempt, details: dict[int, str]) -> Failure:
    build = package.builds.get(attempt.build_id)
    return Failure(
        package=package.name,
        build_id=attempt.build_id if build else None,
        nvr=build.nvr if build else None,
        source=attempt.source,
        outcome=str(attempt.outcome),
        at=attempt.ended_at.at if attempt.ended_at else None,
        position=attempt.ended_position,
        batch=attempt.batch,
        detail=details.get(attempt.ended_position, ""),
    )


def _details(cursor: Cursor[Any], positions: list[int]) -> dict[int, str]:
    cursor.execute(statement("details"), [positions])
    rows: list[tuple[int, str]] = cursor.fetchall()
    return dict(rows)
