# SPDX-License-Identifier: GPL-3.0-or-later
"""The views over the log: what they say, and that their reader can do nothing else."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import dict_row

from adapters.store.connections import READER, Connection, connect
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from domain.package.events import Built, Ended, Queued, Skipped, SkippedAsRetag
from tests.adapters.store.examples import record_incident
from tests.fixtures.fix_store import Cluster

VIEWS = ("log_events", "log_verdicts", "log_outcomes", "log_tasks", "log_pauses")
RIGHTS = Path(__file__).with_name("rights.sql").read_bytes()
LONGEST = "select max(finished_at - submitted_at) > '1 minute' from log_tasks"
BY_STREAM = "explain select * from log_verdicts where build_id = 7"


@pytest.fixture(scope="module")
def database(cluster: Cluster) -> Iterator[Database]:
    """A database with the log of the incident."""
    with closing(cluster.create(template=cluster.migrated)) as database:
        record_incident(database)
        yield database


@pytest.fixture
def reader(database: Database) -> Iterator[Connection]:
    """Somebody who took the reader's role."""
    with connect(database.owner_conninfo) as connection:
        connection.execute(f"set role {READER}")
        yield connection


def rows(reader: Connection, query: str) -> list[dict[str, Any]]:
    """What a query finds, by the names of its columns."""
    with reader.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode()).fetchall()


def test_an_event_is_a_row_with_columns(reader: Connection, log: EventLog) -> None:
    """Envelope and what most events say, for each event of the log."""
    found = rows(reader, "select * from log_events order by position")
    for row, recorded in zip(found, log.read(), strict=True):
        meta, event = recorded.envelope.meta, recorded.envelope.event
        assert row["position"] == recorded.position
        assert row["recorded_at"] == recorded.recorded_at
        assert row["occurred_at"] == meta.occurred_at
        assert f"{row['stream']}@{row['version']}" == recorded.envelope.id
        assert (row["via"], row["actor"], row["correlation"], row["causation"]) == (
            meta.via,
            meta.actor,
            meta.correlation,
            meta.causation,
        )
        assert row["koji_event"] == (meta.koji_event or None)
        assert row["build_id"] == getattr(event, "build_id", None)
        assert row["tag"] == getattr(event, "tag", None)
    assert {row["package"] for row in found} > {"bubblewrap", None}
    assert {row["batch"] for row in found} == {None, 1, 2}


def test_verdicts_bear_what_they_rest_on(reader: Connection, log: EventLog) -> None:
    """A row a verdict; what an event leaves out of its JSON is filled in."""
    events = [
        recorded.envelope.event
        for recorded in log.read(topics=[Queued.topic, Skipped.topic, SkippedAsRetag.topic])
    ]
    found = rows(reader, "select * from log_verdicts order by position")

    for row, event in zip(found, events, strict=True):
        basis = event.basis
        assert (row["verdict"], row["reason"], row["detail"]) == (
            event.topic,
            event.reason,
            event.detail,
        )
        assert (row["table_row"], row["computed_at"]) == (basis.row, basis.computed_at)
        assert (row["generation"], row["round"]) == (basis.generation, basis.round)
        assert (row["forced"], row["by_change"]) == (basis.forced, basis.by_change)
        assert (row["policy_revision"], row["plan"]) == (basis.policy_revision, basis.plan)


def test_outcomes_are_built_or_how_it_ended(reader: Connection, log: EventLog) -> None:
    """A row an outcome."""
    events = [r.envelope.event for r in log.read(topics=[Built.topic, Ended.topic])]
    found = rows(reader, "select * from log_outcomes order by position")

    assert [(r["build_id"], r["outcome"]) for r in found] == [
        (event.build_id, getattr(event, "outcome", "built")) for event in events
    ]
    assert {row["batch"] for row in found} == {1, 2}


def test_tasks_have_a_beginning_and_an_end(reader: Connection) -> None:
    """A row a task of ours, each ended once."""
    found = rows(reader, "select * from log_tasks")

    assert len(found) == len({row["task_id"] for row in found}) == 32
    assert {row["outcome"] for row in found} == {"built"}
    assert reader.execute(LONGEST).fetchone() == (True,)


def test_pauses_have_a_reason_and_an_end(reader: Connection) -> None:
    """A row a pause."""
    (pause,) = rows(reader, "select * from log_pauses")

    assert (pause["actor"], pause["reason"]) == ("eln-operator", "mass re-tag for branching")
    assert pause["ended_at"] > pause["paused_at"]


def test_a_build_is_found_by_its_index(reader: Connection) -> None:
    """A view hides no index."""
    reader.execute("set enable_seqscan = off")

    assert "events_build" in str(reader.execute(BY_STREAM).fetchall())


def test_the_reader_reads_the_views_and_nothing_else(reader: Connection) -> None:
    """Neither the tables below, nor the inbox with its raw messages; it writes nowhere."""
    reader.execute("reset role")
    found = reader.execute(RIGHTS, {"role": READER}).fetchall()
    assert sorted(found) == sorted((view, "SELECT") for view in VIEWS)

    reader.execute(f"set role {READER}")
    for forbidden in (
        "select from events",
        "select from inbox",
        "delete from log_events",
        "create table mine (a int)",
    ):
        with pytest.raises(InsufficientPrivilege):
            reader.execute(forbidden.encode())


def test_the_reader_is_nobodys_login(reader: Connection) -> None:
    """The role is granted to a login of the administrator's, which has a password of its own."""
    query = "select rolcanlogin or rolsuper or rolcreaterole from pg_roles where rolname = %s"

    assert reader.execute(query, (READER,)).fetchone() == (False,)
