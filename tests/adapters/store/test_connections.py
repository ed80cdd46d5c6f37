# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections: what they are told besides what the database's URL says."""

import socket
from contextlib import closing
from datetime import datetime

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.errors import DependencyDown
from adapters.store.connections import OneConnection, connect
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from domain.service.events import NoteAdded
from tests.adapters.store.examples import envelopes
from tests.fixtures.proxy import Proxy

OPTIONS = ("TCP_USER_TIMEOUT", "TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT")


def options(database: Database, **params: int) -> list[int]:
    """Connect over TCP and return how the system looks after that connection."""
    told = conninfo_to_dict(database.conninfo)
    host, port = str(told["host"]), int(told["port"] or 5432)
    target = f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)
    with Proxy(target) as proxy:
        url = make_conninfo(database.conninfo, host="127.0.0.1", port=proxy.port, **params)
        with connect(url) as connection, socket.socket(fileno=connection.fileno()) as tcp:
            found = [tcp.getsockopt(socket.IPPROTO_TCP, getattr(socket, o)) for o in OPTIONS]
            tcp.detach()
    return found


def test_a_machine_that_died_is_noticed_within_half_a_minute(database: Database) -> None:
    """Whether an answer is waited for or a question is not acknowledged; then it is tried again."""
    unacknowledged, idle, interval, count = options(database)

    assert unacknowledged <= 30_000
    assert idle + interval * count <= 30


def test_what_the_url_says_stands(database: Database) -> None:
    """Who knows the network better says so."""
    assert options(database, tcp_user_timeout=70_000, keepalives_idle=60)[:2] == [70_000, 60]


def test_the_server_notices_as_soon(database: Database) -> None:
    """Else who died in the middle of an append would keep all others waiting for two hours."""
    with connect(database.conninfo) as connection:
        told = connection.execute(
            "select name, reset_val::int from pg_settings where name like 'tcp_keepalives_%'"
        )
        found: dict[str, int] = dict(told.fetchall())

    idle, interval, count = (found[f"tcp_keepalives_{n}"] for n in ("idle", "interval", "count"))
    assert 0 < idle + interval * count <= 30


def test_text_is_kept_as_it_is(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment asks for: else what is on record is not what was digested."""
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    with EventLog(database.conninfo, EVENTS) as log:
        [noted] = log.append(envelopes(NoteAdded("żółć 日本"), stream="service"))
        assert list(log.read()) == [noted]
    monkeypatch.delenv("PGCLIENTENCODING")
    with EventLog(database.conninfo, EVENTS) as log:
        assert list(log.read()) == [noted]


def test_how_others_like_to_work_with_the_database(database: Database) -> None:
    """What an administrator set for people who look into it changes nothing for the service."""
    name = conninfo_to_dict(database.conninfo)["dbname"]
    with connect(database.owner_conninfo) as owner:
        owner.execute(f"alter database {name} set datestyle = 'SQL, DMY'")
        owner.execute(f"alter database {name} set default_transaction_isolation = 'serializable'")
    with connect(database.conninfo) as connection:
        asked = "select now(), current_setting('transaction_isolation')"
        found = connection.execute(asked).fetchone()

    assert found is not None
    now, isolation = found
    assert isinstance(now, datetime)
    assert isolation == "read committed"


def test_a_statement_that_takes_too_long_is_told_as_that(database: Database) -> None:
    """PostgreSQL is at work there: to start it would be no help."""
    url = make_conninfo(database.conninfo, options="-c statement_timeout=10ms")
    with closing(OneConnection(url)) as connection, pytest.raises(DependencyDown) as caught:
        connection.fetch(b"select pg_sleep(10)")

    assert "statement_timeout" in caught.value.do
