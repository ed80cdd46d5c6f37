# SPDX-License-Identifier: GPL-3.0-or-later
"""A log made on the schema of any earlier release is the same log on this one's."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from adapters.service.journal import Journal
from adapters.store import phases
from adapters.store.connections import connect
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from adapters.store.migrate import migrate
from adapters.store.phases import migrations
from adapters.store.verify import Anchor, Verification
from domain.catalogue import EVENTS
from tests.adapters.store.examples import record_incident
from tests.fixtures.fix_store import Cluster, copy_events

PROJECTIONS = ("control", "eligibility", "batches", "rebuilds", "tracking")
NOW = migrations()

LEFT_BEHIND = {
    2: "insert into inbox (message_id, topic, body, origin) values ('m', 't', '\\x00', 'bus')",
    3: """
        insert into tracking values ('eligibility', 1, 5), ('control', 1, 5);
        insert into eligibility values ('gone', 5, 1, '\\x00');
        insert into control values ('service', 5, '\\x00')
    """,
    8: "insert into consumers (name, started_at, seen_at, heard) values ('c', now(), now(), 3)",
    9: """
        insert into tokens (digest, name, made_by, expires_at)
        values ('\\x01', 'script', 'ada', now() + '1 day')
    """,
}
"""What the service of a schema has beside the log, by the migration that made a place for it."""


@pytest.fixture(scope="module")
def native(cluster: Cluster) -> Iterator[Database]:
    """The log of the incident on this release's schema."""
    with closing(cluster.create(template=cluster.migrated)) as database:
        record_incident(database)
        with EventLog(database.conninfo, EVENTS) as log:
            Journal(log).catch_up()
        yield database


@pytest.fixture(params=range(1, len(NOW)))
def older(
    request: pytest.FixtureRequest,
    cluster: Cluster,
    native: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Database]:
    """The same log on an earlier schema, with what the service had beside it."""
    with closing(cluster.create()) as database:
        with monkeypatch.context() as earlier:
            earlier.setattr(phases, "migrations", lambda: NOW[: request.param])
            migrate(database.owner_conninfo)
        copy_events(native, database)
        with connect(database.owner_conninfo) as owner:
            for level, left in LEFT_BEHIND.items():
                if level <= request.param:
                    owner.execute(left.encode())
        yield database


def rows(database: Database, query: str) -> list[Any]:
    """Return what a query finds."""
    with connect(database.owner_conninfo) as owner:
        return owner.execute(query.encode()).fetchall()


def test_a_log_of_an_earlier_release_goes_on(older: Database, native: Database) -> None:
    """Migrated in two phases it is sound, its projections are those of a log made here, and what
    was waiting still waits.
    """
    before = {name: rows(older, f"table {name}") for name in ("events", *waiting(older))}
    migrate(older.owner_conninfo, "pre")
    with EventLog(older.conninfo, EVENTS) as log:
        Journal(log).catch_up()
        walk = Verification(Anchor())
        assert [finding for part in log.rows() for finding in walk.walk(part)] == []
    migrate(older.owner_conninfo)

    for name in PROJECTIONS:
        query = f"table {name} order by 1"
        assert rows(older, query) == rows(native, query), name
    for name, found in before.items():
        assert rows(older, f"table {name}") == found, name


def waiting(database: Database) -> list[str]:
    """The tables beside the log that are no projection, as far as they are there."""
    found = rows(
        database,
        "select relname from pg_class where relnamespace = 'public'::regnamespace"
        " and relname in ('inbox', 'tokens', 'consumers')",
    )
    return [name for (name,) in found]
