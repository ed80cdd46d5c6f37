# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings a database to this release's schema: one migration at a time, each whole or not at all.

Whoever migrates holds a lock until it is done. Killed anywhere, the next run goes on: a migration
and the row that names it are one transaction; one that works online can be begun again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from time import sleep
from typing import Final

from psycopg import errors

from adapters.store.advisory import MIGRATING, Process, acquire, holders
from adapters.store.connections import APPLICATION, Connection, connect
from adapters.store.faults import translated
from adapters.store.phases import Applied, Migration, Phase, due, needed
from adapters.store.roles import ensure_roles, may_serve
from adapters.store.statements import statement
from domain.errors import Conflict, Refused

_TABLE: Final = "select to_regclass('schema_version') is not null"
_APPLY: Final = "insert into schema_version (version, name, digest) values (%s, %s, %s)"
_MARK: Final = "update schema_version set phase = %s where version = %s"

_PATIENCE: Final = 60.0
"""Seconds that another migration is waited for."""

# Killed, it keeps the lock for as long as the server goes on with what it was told.
_NOTICING: Final = {"client_connection_check_interval": "2s"}

# Who waits for a lock on a table keeps everybody else waiting behind it: not for longer than this.
_LOCK_TIMEOUT: Final = "set local lock_timeout = '3s'"
_ATTEMPTS: Final = 10
_PAUSE: Final = 1.0


def migrate(conninfo: str, phase: Phase | None = None) -> list[str]:
    """Bring the database to this release's schema as its owner; return what was applied.

    ``phase``: what can be done beside the programs of the release before (pre), or once none of
    them is left (post); None for both. Safe to run at any time and from several places at once.
    Raises Refused where it does not follow on the schema that is there, NotPermitted where the user
    may not make the roles or the tables, Conflict where another migration or whoever works is in
    the way.
    """
    with translated(), connect(conninfo, **_NOTICING) as connection, _alone(connection):
        _refuse_encoding(connection)
        ensure_roles(connection)
        todo = due(_applied(connection), phase)
        _refuse_older_programs(connection, todo)
        for migration in todo:
            _apply(connection, migration)
        return [migration.name for migration in todo]


def planned(conninfo: str, phase: Phase | None = None) -> list[str]:
    """Return what ``migrate`` would apply now, and raise Refused as it does."""
    with translated(), connect(conninfo) as connection:
        _refuse_encoding(connection)
        return [migration.name for migration in due(_applied(connection), phase)]


def applied(conninfo: str) -> list[Applied]:
    """Return the database's migrations, in their order."""
    with translated(), connect(conninfo) as connection:
        return _applied(connection)


def check(conninfo: str) -> None:
    """Make sure that the service can work on this database as it is.

    Raises Refused where its schema is too old or too new for this release, or it does not hold
    every text, NotPermitted where the user may not take the service's role, DependencyDown where it
    does not answer.
    """
    with translated(), connect(conninfo) as connection:
        _refuse_encoding(connection)
        known = may_serve(connection)
        todo = needed(_applied(connection) if known else [])
        if todo:
            raise Refused(
                "The database's schema is older than this release",
                why=f"{len(todo)} migrations are to be applied, from {todo[0].name}",
                do="Run `ebs migrate --pre` as the database's owner; or `ebs migrate`, where no"
                " other program is at work",
            )


def _applied(connection: Connection) -> list[Applied]:
    if connection.execute(_TABLE).fetchone() == (False,):
        return []
    return [Applied(*row) for row in connection.execute(statement("applied"))]


def _refuse_encoding(connection: Connection) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise Refused(
            f"The database's encoding is {encoding}",
            why="people and packages are named in any language, and what is on record is as it was",
            do="Make it anew: CREATE DATABASE ebs ENCODING 'UTF8' TEMPLATE template0",
        )


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Migrate inside, one at a time. Raises Conflict where another takes long."""
    if not acquire(connection, MIGRATING, _PATIENCE):
        raise Conflict(
            "Another migration is at work",
            why="; ".join(map(str, holders(connection, MIGRATING))),
            do="Wait until it is done, and run this again; killed, it can be run again too",
        )
    yield


def _refuse_older_programs(connection: Connection, todo: Sequence[Migration]) -> None:
    """Raise Conflict while a program works that needs what is to be taken away."""
    taking = [migration for migration in todo if migration.phase == "post"]
    if not taking:
        return
    wanted = {"application": APPLICATION, "level": taking[-1].version}
    older = connection.execute(statement("older_programs"), wanted).fetchall()
    if older:
        raise Conflict(
            "Programs of an earlier release are at work",
            why="; ".join(str(Process(*one)) for one in older),
            do="Stop or replace them, and run this again",
        )


def _apply(connection: Connection, migration: Migration) -> None:
    """Apply it, and again where it did not get a table for itself in time. Raises Conflict."""
    for attempt in count(1):
        try:
            _once(connection, migration)
        except errors.LockNotAvailable as error:
            if attempt == _ATTEMPTS:
                raise Conflict(
                    f"{migration.name} does not get the table that it changes",
                    why=f"{str(error).strip()}, {attempt} times; nothing of it was done",
                    do="Run it again; see pg_stat_activity for who is at work for so long",
                ) from error
            sleep(_PAUSE)
        else:
            return


def _once(connection: Connection, migration: Migration) -> None:
    if migration.online:
        for step in migration.statements:
            connection.execute(step)
    with connection.transaction():
        if not migration.online:
            connection.execute(_LOCK_TIMEOUT)
            connection.execute(migration.text)
        connection.execute(_APPLY, (migration.version, migration.name, migration.digest))
        if migration.phase == "post":
            connection.execute(_MARK, (migration.phase, migration.version))
