# SPDX-License-Identifier: GPL-3.0-or-later
"""A database of ELNBuildSync's, with rows as it writes them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from psycopg.conninfo import make_conninfo

from adapters.store.connections import connect
from adapters.store.embedded import Database
from tests.fixtures.fix_store import Cluster

COMMIT = "git+https://src.fedoraproject.org/rpms/{0}#{1:040x}"
AT = "2024-08-13 12:34:56+02"

_TABLES = Path(__file__).with_name("ebs_tables.sql").read_bytes()


class Theirs:
    """ELNBuildSync's database; ``url`` is that of its owner, ``other`` of one without rights."""

    def __init__(self, database: Database) -> None:
        self.url = database.owner_conninfo
        self.other = make_conninfo(self.url, options="-c role=pg_monitor")

    def do(self, command: str, *values: object) -> None:
        """Run a command as ELNBuildSync."""
        with connect(self.url) as connection:
            connection.execute(command.encode(), values)

    def failed(self, url: str | None, at: str | None = AT) -> None:
        """It failed to build a source."""
        self.do("insert into failed_builds (url, created_at) values (%s, %s)", url, at)

    def trigger(self, component: str, build_id: int, *, completed: str | None = None) -> None:
        """It saw a build tagged, and is done with it or not."""
        into = "insert into build_trigger (component, build_id, created_at, completed_at)"
        self.do(f"{into} values (%s, %s, %s, %s)", component, build_id, AT, completed)


@contextmanager
def elnbuildsync(cluster: Cluster, *, tables: bool = True) -> Iterator[Theirs]:
    """Make a database, with ELNBuildSync's tables or without."""
    with closing(cluster.create()) as database:
        theirs = Theirs(database)
        if tables:
            with connect(theirs.url) as connection:
                connection.execute(_TABLES)
        yield theirs
