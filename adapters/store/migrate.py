# SPDX-License-Identifier: GPL-3.0-or-later
"""Migrations: numbered SQL files, forward only, each in one transaction with the row naming it."""

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from msgspec import Struct
from psycopg import errors

from adapters.errors import NotPermitted
from adapters.store.connections import READER, ROLE, Connection, connect
from adapters.store.faults import translated
from adapters.store.statements import statement
from domain.errors import Refused

# Of the database's advisory locks, the one for migrating.
_LOCK: Final = "select pg_advisory_xact_lock(6513268)"
_APPLIED: Final = "select version, name, digest from schema_version order by version"
_APPLY: Final = "insert into schema_version (version, name, digest) values (%s, %s, %s)"


class Migration(Struct, frozen=True):
    """A step of the schema; ``digest`` is SHA-256 of its text, in hex."""

    version: int
    name: str
    digest: str
    text: bytes


@cache
def migrations() -> tuple[Migration, ...]:
    """The migrations of this release, in their order."""
    folder = files("adapters.store").joinpath("migrations")
    found = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    return tuple(_migration(name, folder.joinpath(name).read_bytes()) for name in found)


def migrate(conninfo: str) -> list[str]:
    """Bring the database to this release's schema as its owner; return what was applied.

    Safe to run at any time and from several places at once. Raises Refused where the schema is
    newer or its history another, NotPermitted where the user may not make the role or the tables.
    """
    with translated(), connect(conninfo) as connection:
        _ensure_role(connection)
        return list(iter(lambda: _next(connection), ""))


def check(conninfo: str) -> None:
    """Make sure that the service can work on this database as it is.

    Raises Refused where its schema is not this release's, NotPermitted where the user may not take
    the service's role, DependencyDown where it does not answer.
    """
    with translated(), connect(conninfo) as connection:
        todo: Sequence[Migration] = migrations()
        if _role_exists(connection):
            if not _takes_role(connection):
                raise _no_role("it is not a member of it")
            todo = _pending(connection)
        if todo:
            raise Refused(
                "The database's schema is older than this release",
                why=f"{len(todo)} migrations are to be applied, from {todo[0].name}",
                do="Run `ebs migrate` as the database's owner",
            )


def _migration(file: str, text: bytes) -> Migration:
    name = file.removesuffix(".sql")
    return Migration(int(name.partition("_")[0]), name, sha256(text).hexdigest(), text)


def _next(connection: Connection) -> str:
    """Apply the first migration that is missing, and return its name, or "" for none."""
    with connection.transaction():
        connection.execute(_LOCK)
        todo = _pending(connection)
        if not todo:
            return ""
        migration = todo[0]
        connection.execute(migration.text)
        connection.execute(_APPLY, (migration.version, migration.name, migration.digest))
        return migration.name


def _pending(connection: Connection) -> Sequence[Migration]:
    """Return what is to be applied. Raises Refused where what was applied is not what we have."""
    ours = migrations()
    if connection.execute("select to_regclass('schema_version')").fetchone() == (None,):
        return ours
    applied = connection.execute(_APPLIED).fetchall()
    if len(applied) > len(ours):
        raise Refused(
            "The database's schema is newer than this release",
            why=f"it is at {applied[-1][1]}, this release ends at {ours[-1].name}",
            do="Run the release that migrated it, or a newer one",
        )
    for (version, name, digest), migration in zip(applied, ours, strict=False):
        if (version, digest) != (migration.version, migration.digest):
            raise Refused(
                "The database was migrated by other files than this release's",
                why=f"{name} was applied with digest {digest[:12]}, here {migration.name} has"
                f" {migration.digest[:12]}",
                do="Run the release that migrated it; a migration that was applied never changes",
            )
    return ours[len(applied) :]


def _role_exists(connection: Connection, role: str = ROLE) -> bool:
    return connection.execute("select to_regrole(%s) is not null", (role,)).fetchone() == (True,)


def _ensure_role(connection: Connection) -> None:
    """Make the service's role where it is missing, and see that our user may take it."""
    try:
        if not all(_role_exists(connection, role) for role in (ROLE, READER)):
            connection.execute(statement("role_create"))
        if not _takes_role(connection):
            connection.execute(f"grant {ROLE} to current_user")
    except errors.InsufficientPrivilege as error:
        raise _no_role(str(error)) from error
    connection.execute("reset role")


def _takes_role(connection: Connection) -> bool:
    try:
        connection.execute(f"set role {ROLE}")
    except errors.InsufficientPrivilege:
        return False
    return True


def _no_role(why: str) -> NotPermitted:
    return NotPermitted(
        f"The database's user may not use the role {ROLE}",
        why=why.strip(),
        do=f"As an administrator: CREATE ROLE {ROLE} NOLOGIN; CREATE ROLE {READER} NOLOGIN;"
        f" GRANT {ROLE} TO <user>",
    )
