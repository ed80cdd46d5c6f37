# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to PostgreSQL, which run with the rights of the service whoever logs in."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Any, Final, Protocol, Self, TypeAlias

import psycopg
from psycopg.adapt import AdaptersMap, Dumper
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Format
from psycopg.rows import TupleRow
from psycopg.types.string import BytesBinaryDumper
from psycopg_pool import ConnectionPool

from adapters.store.faults import translated
from adapters.store.phases import level
from domain.errors import Invalid

Connection: TypeAlias = psycopg.Connection[TupleRow]
Cursor: TypeAlias = psycopg.Cursor[TupleRow]

ROLE: Final = "ebs_service"
"""The role of least privilege that `migrate` makes and every connection of the service takes."""

READER: Final = "ebs_reader"
"""The role that `migrate` makes for people and dashboards: it reads the views over the log."""

APPLICATION: Final = "ebs"
"""What our programs are called in pg_stat_activity, with how much they know of the schema."""

# Rows that are fetched at once.
_BATCH: Final = 2_000

# What is read in batches has a name in its transaction, where there may be others.
_NUMBERS: Final = count(1)

# One who stopped in the middle of a transaction may hold the append lock: ten minutes are enough to
# page through an answer, and then the others go on.
#
# How times are written, and what a transaction sees, is not as somebody set it for the database:
# who appends has to see what those before it appended while it waited.
#
# A statement that was asked often is by default planned once for all values: then what is seldom (a
# type of event, a person) would be searched for in the whole log, for most of it is not.
#
# The server notices within half a minute that our machine died: until then nobody else leads, and
# what was appended in that moment keeps the others waiting. By default it is two hours.
#
# Of a cursor it is by default believed that a tenth will be fetched: then some packages' events are
# looked for along the whole log, so that the first comes soon. We fetch them all.
_SETTINGS: Final = {
    "search_path": "public,pg_temp",
    "timezone": "UTC",
    "datestyle": "ISO",
    "default_transaction_isolation": r"read\ committed",
    "idle_in_transaction_session_timeout": "600s",
    "plan_cache_mode": "force_custom_plan",
    "cursor_tuple_fraction": "1.0",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}

# Text goes as it is, whatever the database or the environment ask for: else what is on record is
# not what the digest was taken of.
_ENCODING: Final = {"client_encoding": "UTF8"}

# A machine that died, or is cut off, says nothing more: within half a minute the connection is lost
# then. By default who waits for an answer would wait for two hours, deaf to whoever stops it.
_PARAMETERS: Final[dict[str, str | int]] = {
    "application_name": f"{APPLICATION}/{level()}",
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}


class _AsItIs(Dumper):
    """JSON text that is ready, for a column of type jsonb, whose binary form begins with a 1."""

    format = Format.BINARY
    oid = psycopg.adapters.types["jsonb"].oid

    def dump(self, obj: bytes) -> bytes:
        return b"\x01" + obj


class Json(bytes):
    """JSON text that is ready."""


def _adapters() -> AdaptersMap:
    """Return how values travel; of the two that bring bytes into a column the faster."""
    adapters = AdaptersMap(psycopg.adapters)
    adapters.register_dumper(bytes, BytesBinaryDumper)
    adapters.register_dumper(Json, _AsItIs)
    return adapters


_ADAPTERS: Final = _adapters()


def conninfo_as(conninfo: str, **settings: str) -> str:
    """Return ``conninfo`` with these settings of the session. Raises Invalid where it is no URL.

    What it says itself of how to connect stands.
    """
    try:
        params = conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:
        raise _unreadable("it is neither a URL nor a libpq connection string") from None
    if "@" in str(params.get("host", "")):
        raise _unreadable("its host holds an @: in a password, write that as %40")
    given = str(params.pop("options", ""))
    options = " ".join(f"-c {name}={value}" for name, value in (_SETTINGS | settings).items())
    return make_conninfo(
        "", **{**_PARAMETERS, **params, **_ENCODING}, options=f"{given} {options}".strip()
    )


def _unreadable(why: str) -> Invalid:
    """Say what is wrong without the text of the URL, nor its error: it may hold a password."""
    do = "Write it as postgresql://user@host:5432/database"
    return Invalid("The database URL cannot be read", why=why, do=do)


def connect(conninfo: str, **settings: str) -> Connection:
    """Return a connection of one's own, each statement its own transaction."""
    return psycopg.connect(conninfo_as(conninfo, **settings), autocommit=True)


class Fetching(Protocol):
    """Where one statement can be carried out, on its own."""

    def fetch(self, query: bytes, **params: Any) -> list[TupleRow]:
        """Return all rows of one query. Raises as faults.translated says."""


class Source(Fetching, Protocol):
    """Where also a statement can be carried out whose rows are too many to be held."""

    def batches(self, query: bytes, **params: Any) -> Iterator[list[TupleRow]]:
        """Yield the rows of one query in batches. Raises as faults.translated says."""


class OneConnection:
    """A connection of one's own, made when it is needed, and anew at once after it was lost.

    Where many statements follow one another it takes a third of the time of the pool, which asks
    each time whether a connection is alive, and waits ever longer to make another.
    """

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._connection: Connection | None = None

    def fetch(self, query: bytes, **params: Any) -> list[TupleRow]:
        """Return all rows of one query, which is a transaction of its own."""
        with translated():
            if self._connection is None or self._connection.closed:
                self._connection = connect(self._conninfo, role=ROLE)
            return self._connection.execute(query, params, binary=True).fetchall()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


class Within:
    """Carries statements out in the transaction of a cursor: they see what it sees."""

    def __init__(self, cursor: Cursor) -> None:
        self._connection = cursor.connection

    def fetch(self, query: bytes, **params: Any) -> list[TupleRow]:
        """Return all rows of one query."""
        return self._connection.execute(query, params, binary=True).fetchall()

    def batches(self, query: bytes, **params: Any) -> Iterator[list[TupleRow]]:
        """Yield the rows of one query in batches, in constant memory however many there are.

        The next batch is fetched while the caller works on this one: server and client have a core
        each.
        """
        with (
            self._connection.cursor(f"rows_{next(_NUMBERS)}", binary=True) as rows,
            ThreadPoolExecutor(max_workers=1) as ahead,
        ):
            rows.execute(query, params)
            batch = rows.fetchmany(_BATCH)
            while len(batch) == _BATCH:
                following = ahead.submit(rows.fetchmany, _BATCH)
                yield batch
                batch = following.result()
            yield batch


class Connections:
    """A pool of the service's connections, made when they are needed; times are in UTC."""

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self._pool = ConnectionPool(
            conninfo_as(conninfo, role=ROLE),
            kwargs={"autocommit": True, "context": _ADAPTERS},
            check=ConnectionPool.check_connection,
            min_size=0,
            max_size=16,
            timeout=10,
            name="ebs",
            open=True,
        )

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """Commit what is done inside, all or nothing. Raises as faults.translated says."""
        with (
            translated(),
            self._pool.connection() as connection,
            connection.transaction(),
            connection.cursor() as cursor,
        ):
            yield cursor

    @contextmanager
    def reading(self) -> Iterator[Cursor]:
        """Read one unchanging state of the database, writing nothing."""
        with self.transaction() as cursor:
            cursor.execute("set transaction isolation level repeatable read, read only")
            yield cursor

    def fetch(self, query: bytes, **params: Any) -> list[TupleRow]:
        """Return all rows of one query."""
        with self.transaction() as cursor:
            return Within(cursor).fetch(query, **params)

    def batches(self, query: bytes, **params: Any) -> Iterator[list[TupleRow]]:
        """Yield the rows of one query in batches, in a transaction of their own."""
        with self.transaction() as cursor:
            yield from Within(cursor).batches(query, **params)

    def close(self) -> None:
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
