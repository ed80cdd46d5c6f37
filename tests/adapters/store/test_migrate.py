# SPDX-License-Identifier: GPL-3.0-or-later
"""Migrations: forward only, each whole or not at all, and never against a schema unknown."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib.resources import files
from itertools import chain
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from adapters.errors import NotPermitted
from adapters.store import phases
from adapters.store.connections import ROLE, connect
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from adapters.store.migrate import check, migrate, planned
from adapters.store.phases import Migration, migrations
from adapters.store.statements import statement
from domain.catalogue import EVENTS
from domain.errors import Refused
from tests.adapters.store.examples import envelopes, tagged
from tests.fixtures.fix_store import Cluster

NAMES = [migration.name for migration in migrations()]
LATER = len(NAMES) + 1
CATALOGUE = Path(__file__).with_name("catalogue.sql").read_bytes()
BY_BUILD = "explain select from events where (state->'data'->>'build_id')::bigint = 7"


@pytest.fixture
def empty(cluster: Cluster) -> Iterator[Database]:
    """A database without a schema."""
    with closing(cluster.create()) as database:
        yield database


@pytest.fixture
def weak(database: Database) -> Iterator[str]:
    """The test's database as seen by a user without any right there."""
    name = f"ebs_test_weak_{os.getpid()}"
    with connect(database.owner_conninfo) as owner:
        owner.execute(f"create role {name} login password 'weak'")
        yield make_conninfo(database.owner_conninfo, user=name, password="weak")  # noqa: S106
        owner.execute(f"drop owned by {name}")
        owner.execute(f"drop role {name}")


def test_schema_and_migrations_agree(database: Database, empty: Database) -> None:
    """schema.sql, which is there to be read, makes the same catalogue as the migrations do."""
    with connect(empty.owner_conninfo) as owner:
        owner.execute(files("adapters.store").joinpath("schema.sql").read_bytes())

    assert _catalogue(empty) == _catalogue(database)
    assert len(_catalogue(empty)) > len(NAMES)


def test_migrates_once(empty: Database) -> None:
    """Every migration is applied once, in order, and is on record with its digest."""
    assert migrate(empty.owner_conninfo) == NAMES
    assert migrate(empty.owner_conninfo) == []

    with connect(empty.conninfo) as connection:
        rows = connection.execute("select version, name, digest from schema_version order by 1")
        assert rows.fetchall() == [(m.version, m.name, m.digest) for m in migrations()]


def test_two_migrate_at_once(empty: Database) -> None:
    """Started in several places at once, each migration is applied in one of them."""
    with ThreadPoolExecutor() as pool:
        applied = pool.map(migrate, [empty.owner_conninfo] * 4)

    assert sorted(chain.from_iterable(applied)) == NAMES


def test_a_migration_that_fails_leaves_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a migration did before it failed is undone, and it is not on record."""
    broken = Migration(
        LATER, f"{LATER:04}_broken", "0" * 64, b"create table half (a int); nonsense"
    )
    before = _catalogue(database)
    monkeypatch.setattr(phases, "migrations", lambda: (*migrations(), broken))

    with pytest.raises(psycopg.errors.SyntaxError):
        migrate(database.owner_conninfo)
    assert _catalogue(database) == before


@pytest.mark.parametrize("use", [migrate, check, lambda url: EventLog(url, EVENTS)])
@pytest.mark.parametrize(
    ("change", "what"),
    [
        (
            f"insert into schema_version values ({LATER}, 'later', '', now(), 'post')",  # noqa: S608 - a number
            "newer than this release",
        ),
        ("update schema_version set digest = 'x' where version = 2", "by other files"),
    ],
)
def test_another_history_is_refused(
    database: Database, use: Callable[[str], object], change: str, what: str
) -> None:
    """A schema of a later release, or a migration that was changed, stops everybody."""
    with connect(database.owner_conninfo) as owner:
        owner.execute(change.encode())

    with pytest.raises(Refused, match=what) as caught:
        use(database.owner_conninfo)
    assert "release that migrated it" in caught.value.do


@pytest.mark.parametrize("change", ["delete from schema_version", "drop table schema_version"])
def test_an_older_schema_is_to_be_migrated(database: Database, change: str) -> None:
    """A given database is migrated by `ebs migrate` alone, and whoever needs it says so."""
    with connect(database.owner_conninfo) as owner:
        owner.execute(change.encode())

    with pytest.raises(Refused, match=f"{len(NAMES)} migrations are to be applied") as caught:
        EventLog(database.conninfo, EVENTS)
    assert "ebs migrate" in caught.value.do


def test_a_user_without_the_role(database: Database, weak: str) -> None:
    """Who may not take the service's role is told what to grant; with it, that is all they need."""
    name = str(psycopg.conninfo.conninfo_to_dict(weak)["user"])
    with pytest.raises(NotPermitted) as caught:
        EventLog(weak, EVENTS)
    assert f"GRANT {ROLE}" in caught.value.do

    with connect(database.owner_conninfo) as owner:
        owner.execute(f"grant {ROLE} to {name}")
    with EventLog(weak, EVENTS) as log:
        log.append(envelopes(tagged()))


def test_an_owner_who_may_not_grant(database: Database, empty: Database, weak: str) -> None:
    """A migration by who may not grant the role is refused before anything is made."""
    before = _catalogue(empty)
    url = make_conninfo(weak, dbname=psycopg.conninfo.conninfo_to_dict(empty.conninfo)["dbname"])

    with pytest.raises(NotPermitted) as caught:
        migrate(url)
    assert f"CREATE ROLE {ROLE}" in caught.value.do
    assert _catalogue(empty) == before


def test_a_build_is_found_by_its_index(database: Database) -> None:
    """Asking for a build's events uses the partial index, whose condition the question implies."""
    with connect(database.owner_conninfo) as owner:
        owner.execute("set enable_seqscan = off")
        plan = str(owner.execute(BY_BUILD).fetchall())

    assert "events_build" in plan


def _catalogue(database: Database) -> list[TupleRow]:
    with connect(database.owner_conninfo) as owner:
        return owner.execute(CATALOGUE).fetchall()


def test_who_is_at_work_is_told_to_whoever_may_not_know_more(database: Database, weak: str) -> None:
    """An owner that is no superuser sees neither whence nor since when another user is there."""
    wanted = {"application": "ebs", "level": 10_000}
    with (
        connect(make_conninfo(database.owner_conninfo, application_name="ebs")),
        connect(weak) as w,
    ):
        found = w.execute(statement("older_programs"), wanted).fetchall()

    assert found
    assert {told for _, _, told in found} == {""}


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_that_holds_less_than_every_text(cluster: Cluster, encoding: str) -> None:
    """It is refused before anything is made there, with what to do instead."""
    template = f"template0 encoding '{encoding}' lc_collate 'C' lc_ctype 'C'"
    with closing(cluster.create(template=template)) as database:
        for act in (migrate, planned, check):
            with pytest.raises(Refused, match=f"encoding is {encoding}") as caught:
                act(database.owner_conninfo)
            assert "ENCODING 'UTF8'" in caught.value.do
        with connect(database.owner_conninfo) as owner:
            assert (
                owner.execute("select from pg_tables where tablename = 'events'").fetchall() == []
            )
