# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures what a log takes: on the disk, to back up, to verify, to build the projections from.

``python -m tests.bench.audit.sizes [EVENTS ...]``: a log of each size in turn, whose rows come in
their order while every index is there, as in years of service. Ten million take 15 GB for a while.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from psycopg.conninfo import conninfo_to_dict

from adapters.service.journal import Journal
from adapters.store.connections import Connection, connect
from adapters.store.log import EventLog
from adapters.store.verify import Anchor, Verification
from domain.catalogue import EVENTS
from projections.runner import FORMATS
from tests.bench.audit.made import COPY, lines
from tests.bench.audit.main import server
from tests.bench.audit.past import Past
from tests.fixtures.programs import shell, user

DEFAULT: Final = ("1000000", "5000000", "10000000")
SIZES: Final = Path(__file__).with_name("sizes.sql").read_bytes()
PROJECTIONS: Final = """
    select sum(pg_total_relation_size(name::regclass))::bigint
    from unnest('{eligibility,batches,rebuilds,control,tracking}'::text[]) as name
"""
WAL: Final = "select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"


def main(arguments: Sequence[str]) -> None:
    """Measure each, and print a line for each figure."""
    for events in map(int, arguments or DEFAULT):
        with server("max_wal_size = '2GB'") as conninfo:
            for what, figure in _figures(conninfo, events):
                print(f"{events:>10}  {what:<32} {figure:>14,.1f}", flush=True)


def _figures(conninfo: str, events: int) -> Iterator[tuple[str, float]]:
    with connect(conninfo) as owner:
        before = _number(owner, WAL)
        yield "made, s", _seconds(lambda: _grow(owner, events))
        yield "WAL, bytes an event", (_number(owner, WAL) - before) / events
        owner.execute("vacuum analyze events")
    with EventLog(conninfo, EVENTS) as log:
        yield "projections rebuilt, s", _seconds(Journal(log).rebuild)
        yield "verified, s", _seconds(lambda: _verify(log))
    with connect(conninfo) as owner:
        found = owner.execute(SIZES).fetchall()
        for name, size in found:
            yield f"{name}, MB", size / 1e6
        yield "log, bytes an event", sum(size for _, size in found) / events
        yield "projections after a rebuild, MB", _number(owner, PROJECTIONS) / 1e6
        for name in FORMATS:
            owner.execute(f"vacuum full {name}".encode())
        yield "projections, MB", _number(owner, PROJECTIONS) / 1e6
    yield from _backups(conninfo)


def _backups(conninfo: str) -> Iterator[tuple[str, float]]:
    """Back it up as deploy/docs/backup.md says."""
    with tempfile.TemporaryDirectory(prefix="ebs-backup-") as name:
        folder = Path(name)
        if (as_user := user()) is not None:
            shutil.chown(folder, as_user)
        where = conninfo_to_dict(conninfo)
        environment = {f"PG{key.upper()}": str(where[key]) for key in ("host", "port", "user")}
        base = "pg_basebackup --pgdata base --format tar --compress gzip:1 --checkpoint fast"
        dump = "pg_dump --dbname ebs --format custom --compress gzip:1 --file dump"
        for what, command in (("base", base), ("dump", dump)):
            taken = _seconds(lambda command=command: shell(command, folder, environment))  # type: ignore[misc]
            yield f"{what}, s", taken
            files = folder.rglob(f"{what}*/**/*" if what == "base" else what)
            yield f"{what}, MB", sum(f.stat().st_size for f in files if f.is_file()) / 1e6


def _grow(owner: Connection, events: int) -> None:
    owner.execute("set synchronous_commit = off")
    with owner.cursor() as cursor, cursor.copy(COPY) as copy:
        for block in lines(Past().rows(events)):
            copy.write(block)


def _verify(log: EventLog) -> None:
    walk = Verification(Anchor())
    found = [finding for rows in log.rows() for finding in walk.walk(rows)]
    if found:
        raise AssertionError(f"{len(found)} findings")


def _number(owner: Connection, query: str) -> int:
    [(number,)] = owner.execute(query.encode()).fetchall()
    return int(number)


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


if __name__ == "__main__":
    main(sys.argv[1:])
