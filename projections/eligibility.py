# SPDX-License-Identifier: GPL-3.0-or-later
"""Eligibility: for each package the ledger of what was decided, and its candidates' places.

It is the fold of the package's stream and nothing else, a row a package. ``FORMAT`` names the
layout of the rows; a row of another layout is never read, the projection is rebuilt.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from psycopg import Cursor

from domain.package import Package, evolve
from projections.news import News
from projections.sql import statement

NAME: Final = "eligibility"
FORMAT: Final = 4

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Package).decode


def fold(known: Mapping[str, Package], news: News) -> dict[str, Package]:
    """Return the packages that the news changes, as they are afterwards.

    ``known`` must hold every package that the news names and that has a history.
    """
    return {
        name: evolve(known.get(name) or Package(name), *events)
        for name, events in news.packages.items()
    }


def load(cursor: Cursor[Any], packages: Iterable[str]) -> dict[str, Package]:
    """Return what is known of the packages named; those without a history are left out."""
    cursor.execute(
        "SELECT state FROM eligibility WHERE package = ANY(%b)", [list(packages)], binary=True
    )
    return {package.name: package for package in map(_package, cursor.fetchall())}


def load_all(cursor: Cursor[Any]) -> Iterator[Package]:
    """Yield every package, by name."""
    cursor.execute("SELECT state FROM eligibility ORDER BY package", binary=True)
    return map(_package, cursor.fetchall())


def load_since(cursor: Cursor[Any], position: int) -> dict[str, Package]:
    """Return the packages that have changed behind a position."""
    cursor.execute(statement("eligibility_since"), {"position": position}, binary=True)
    return {package.name: package for package in map(_package, cursor.fetchall())}


def all_names(cursor: Cursor[Any]) -> list[str]:
    """Return the names of every package that has a history."""
    return [name for (name,) in cursor.execute("SELECT package FROM eligibility").fetchall()]


def load_queued(cursor: Cursor[Any]) -> Iterator[Package]:
    """Yield the packages with builds that are queued and not ended, by name."""
    cursor.execute("SELECT state FROM eligibility WHERE queued > 0 ORDER BY package", binary=True)
    return map(_package, cursor.fetchall())


def store(cursor: Cursor[Any], packages: Sequence[Package]) -> None:
    """Write packages, in place of what is known of them.

    Out and in again by COPY takes half the time of an upsert.
    """
    names = [package.name for package in packages]
    cursor.execute("DELETE FROM eligibility WHERE package = ANY(%b)", [names])
    with cursor.copy(statement("eligibility_store")) as rows:
        rows.set_types(["text", "int8", "int4", "bytea"])
        for package in packages:
            row = (package.name, package.position, len(package.queued), _encode(package))
            rows.write_row(row)


def clear(cursor: Cursor[Any]) -> None:
    """Forget every package."""
    cursor.execute("DELETE FROM eligibility")


def _package(row: tuple[bytes]) -> Package:
    return _decode(row[0])
