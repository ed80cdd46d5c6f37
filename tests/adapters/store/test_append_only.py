# SPDX-License-Identifier: GPL-3.0-or-later
"""Events are never changed or deleted: the database sees to it, by rights and by a trigger."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg.errors import InsufficientPrivilege

from adapters.errors import NotPermitted
from adapters.store.connections import ROLE, Connection, connect
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from tests.adapters.store.examples import envelopes, tagged

CHANGES = [
    "update events set topic = 'x'",
    "update events set topic = 'x' where false",
    "delete from events",
    "truncate events",
    "insert into events select * from events on conflict (position) do update set topic = 'x'",
]
RIGHTS = Path(__file__).with_name("rights.sql").read_bytes()
GRANTS = {
    "schema_version": {"SELECT"},
    "events": {"SELECT", "INSERT"},
    "inbox": {"SELECT", "INSERT"},
    "inbox.done_at": {"UPDATE"},
    "inbox.outcome": {"UPDATE"},
    "tracking": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "eligibility": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "control": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "batches": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "consumers": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "rebuilds": {"SELECT", "INSERT", "UPDATE", "DELETE"},
    "tokens": {"SELECT", "INSERT"},
    "tokens.revoked_at": {"UPDATE"},
    "tokens.revoked_by": {"UPDATE"},
}


@pytest.fixture
def owner(database: Database, log: EventLog) -> Iterator[Connection]:
    """The owner of a log that holds an event."""
    log.append(envelopes(tagged()))
    with connect(database.owner_conninfo) as connection:
        yield connection


@pytest.mark.parametrize("change", CHANGES)
def test_the_trigger_alone_refuses(owner: Connection, change: str) -> None:
    """Not even the owner changes an event, be it that no row is touched."""
    with pytest.raises(InsufficientPrivilege, match="append-only"):
        owner.execute(change.encode())


def test_the_trigger_fires_for_a_replica_too(owner: Connection) -> None:
    """A session that plays a replica, in which triggers rest, is refused as well."""
    owner.execute("set session_replication_role = replica")
    with pytest.raises(InsufficientPrivilege, match="append-only"):
        owner.execute("delete from events")


@pytest.mark.parametrize("change", CHANGES)
def test_the_role_alone_refuses(owner: Connection, change: str) -> None:
    """Were the trigger gone, the service still has no right to change an event."""
    owner.execute("alter table events disable trigger events_append_only")
    owner.execute(f"set role {ROLE}")
    with pytest.raises(InsufficientPrivilege, match="permission denied"):
        owner.execute(change.encode())


def test_the_service_never_has_the_owners_rights(database: Database, owner: Connection) -> None:
    """By an owner's URL too a connection of the service is restricted, and no RESET leads out."""
    with EventLog(database.owner_conninfo, {}) as log, log.connections.transaction() as cursor:
        cursor.execute("reset role")
        assert cursor.execute("select current_user").fetchone() == (ROLE,)


def test_the_role_has_the_least_rights(owner: Connection) -> None:
    """The service may do to each table what it must; to a message, set what came of it."""
    found: dict[str, set[str]] = {}
    for name, right in owner.execute(RIGHTS, {"role": ROLE}):
        found.setdefault(name, set()).add(right)

    assert found == GRANTS


def test_the_role_is_nobodys_login(owner: Connection) -> None:
    """The role is a group's: it has no login of its own and no special right."""
    query = "select rolcanlogin or rolsuper or rolcreaterole from pg_roles where rolname = %s"

    assert owner.execute(query, (ROLE,)).fetchone() == (False,)


def test_the_service_makes_no_tables(log: EventLog) -> None:
    """The service cannot create anything beside the schema."""
    with pytest.raises(NotPermitted), log.connections.transaction() as cursor:
        cursor.execute("create table public.mine (a int)")
