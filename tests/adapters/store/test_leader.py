# SPDX-License-Identifier: GPL-3.0-or-later
"""One worker leads, for as long as its connection lives."""

import pytest

from adapters.errors import DependencyDown
from adapters.store.connections import connect
from adapters.store.embedded import Database
from adapters.store.leader import leadership
from domain.errors import Conflict

CUT = "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"


def test_only_one_leads(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second one is told so; after the first has ended it may lead."""
    monkeypatch.setattr("adapters.store.leader._PATIENCE", 0)
    with leadership(database.conninfo) as make_sure:
        make_sure()
        with pytest.raises(Conflict), leadership(database.conninfo):
            pass

    with leadership(database.conninfo):
        pass


def test_a_leader_that_lost_its_connection_learns_of_it(database: Database) -> None:
    """Without its connection the lead may be another's."""
    with leadership(database.conninfo) as make_sure:
        with connect(database.owner_conninfo) as connection:
            connection.execute(CUT)

        with pytest.raises(DependencyDown):
            make_sure()


def test_nobody_leads_a_database_that_is_down() -> None:
    """A database that does not answer is told as such."""
    with pytest.raises(DependencyDown), leadership("postgresql://127.0.0.1:1/ebs"):
        pass
