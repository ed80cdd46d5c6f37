# SPDX-License-Identifier: GPL-3.0-or-later
"""The same work done the naive ways: the library's get-and-save, one by one; bare inserts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from psycopg.conninfo import conninfo_to_dict

INSERT = Path(__file__).with_name("insert.sql").read_bytes()


class NaivePackage(Aggregate):
    """A package as the library's tutorial would have it."""

    @event("Registered")
    def __init__(self, name: str) -> None:
        self.name = name
        self.tags: dict[str, int] = {}
        self.verdicts: dict[str, str] = {}

    @event("Tagged")
    def tagged(self, build_id: int, nvr: str, tag: str, at: str) -> None:
        """Note a tagging."""
        self.tags[tag] = build_id

    @event("Judged")
    def judged(self, build_id: int, tag: str, reason: str) -> None:
        """Note a verdict."""
        self.verdicts[tag] = reason


def get_and_save(conninfo: str, names: Sequence[str]) -> Any:
    """Return a function that records a tagging and a verdict of each package, saved one by one."""
    params = conninfo_to_dict(conninfo)
    naive: Application[Any] = Application(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": str(params["dbname"]),
            "POSTGRES_HOST": str(params.get("host", "")),
            "POSTGRES_PORT": str(params.get("port", "5432")),
            "POSTGRES_USER": str(params["user"]),
            "POSTGRES_PASSWORD": str(params.get("password", "")),
        }
    )
    packages = [NaivePackage(name) for name in names]
    naive.save(*packages)
    ids = [package.id for package in packages]

    def run() -> None:
        for number, package_id in enumerate(ids):
            package: NaivePackage = naive.repository.get(package_id)
            package.tagged(number, f"{package.name}-1-1.fc42", "f42", "2024-08-13T15:00:00Z")
            package.judged(number, "f42", "already-in-destination")
            naive.save(package)
        naive.close()

    return run


def pipelined_inserts(conninfo: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert event rows as they are, by psycopg's own pipelined executemany, in one transaction."""
    with psycopg.connect(conninfo) as connection, connection.cursor() as cursor:
        cursor.executemany(INSERT, rows)
