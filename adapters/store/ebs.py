# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the database of ELNBuildSync 2.x, and changes nothing in it.

Its tables, as its release makes them: ``failed_builds (id, created_at, url)``, and
``build_trigger (id, component, build_id, created_at, completed_at)``, which is pending without a
``completed_at``. A failed row names no package, only the commit URL of Koji's ``source``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from psycopg import errors

from adapters.errors import DependencyDown, NotPermitted
from adapters.ports.ebs import EbsRecords, FailedBuild
from adapters.store.connections import Cursor, connect
from adapters.store.faults import translated
from domain.errors import Invalid, NotFound
from domain.values import package_name, source_url, utc

FAULTS_TOLD: Final = 10

_FAILED: Final = "select id, url, created_at from failed_builds order by id"
_TRIGGERS: Final = "select count(completed_at), count(*) from build_trigger"


def read(url: str) -> EbsRecords:
    """Read both tables at one instant, whole.

    Raises Invalid, naming each row that cannot be read; NotFound where the tables are not there,
    NotPermitted where they may not be read, DependencyDown where the database does not answer.
    """
    with _of_ebs(), connect(url) as connection, connection.transaction():
        cursor = connection.cursor()
        cursor.execute("set transaction isolation level repeatable read, read only")
        failed = _failed(cursor)
        completed, triggers = cursor.execute(_TRIGGERS).fetchone() or (0, 0)
    return EbsRecords(failed, triggers - completed, completed)


def _failed(cursor: Cursor) -> tuple[FailedBuild, ...]:
    found: list[FailedBuild] = []
    faults: list[str] = []
    for row, url, created_at in cursor.execute(_FAILED):
        try:
            found.append(_failed_build(row, url, created_at))
        except (Invalid, ValueError) as error:
            faults.append(f"failed_builds row {row}: {error}")
    if faults:
        raise _unreadable(faults)
    return tuple(found)


def _failed_build(row: int, url: Any, created_at: Any) -> FailedBuild:
    if not isinstance(url, str) or not isinstance(created_at, datetime):
        raise Invalid("its url is no text, or its created_at no time")
    source = source_url(url)
    return FailedBuild(row, package_of(source), source, utc(created_at))


def package_of(source: str) -> str:
    """Return the package that a commit URL's repository is named for: Fedora names them alike.

    Raises Invalid, or ValueError where it is no URL.
    """
    return package_name(urlsplit(source).path.rpartition("/")[2].removesuffix(".git"))


def _unreadable(faults: list[str]) -> Invalid:
    more = len(faults) - FAULTS_TOLD
    tail = [f"and {more} more"] if more > 0 else []
    return Invalid(
        "ELNBuildSync's failed builds were not imported",
        why="\n".join([*faults[:FAULTS_TOLD], *tail]),
        do="nothing was recorded; mend or delete these rows",
    )


@contextmanager
def _of_ebs() -> Iterator[None]:
    """Say of which database it is that something is wrong."""
    try:
        with translated():
            yield
    except (errors.UndefinedTable, errors.UndefinedColumn) as error:
        raise NotFound(
            "this is no database of ELNBuildSync 2.x",
            why=error.diag.message_primary or "",
            do="check the URL: it is that of EBS's own database",
        ) from error
    except NotPermitted as error:
        raise NotPermitted(
            "ELNBuildSync's tables may not be read",
            why=error.why,
            do="log in as a user who may select from build_trigger and failed_builds",
        ) from error
    except DependencyDown as error:
        raise DependencyDown(
            "ELNBuildSync's database does not answer", why=error.why, do="check the URL"
        ) from error
