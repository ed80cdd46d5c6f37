# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the core against its bounds, as ratios of one run; exits 1 where one is missed."""

import gc
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from psycopg.conninfo import make_conninfo

from adapters.app import App, open_app
from adapters.service.ingest import read_lines
from adapters.store.connections import connect
from adapters.store.embedded import open_database
from adapters.store.migrate import migrate
from projections import eligibility
from tests.bench import batch, bus, hub, naive, pages, spare, web, world
from tests.bench.bounds import Bound, peak_memory, seconds
from tests.fixtures.folders import short_folder

NAIVE_SAMPLE = 1_000
"""Messages given to the naive way, which would take a minute for all."""


RAW_ROWS = b"SELECT state FROM eligibility"
RAW_LOG = b"SELECT position, stream, version, topic, state::text, recorded_at FROM events"


def main() -> int:
    """Measure, print a line each and a sentence at the end."""
    # As adapters/cli/main.py does.
    gc.set_threshold(100_000, 50, 1_000)
    with (
        short_folder() as folder,
        closing(open_database(folder / "state")) as database,
        open_app(world.configure(folder)) as app,
    ):
        bounds = [*_storm(app, folder, database.owner_conninfo), *_rebuild(app)]
    # Before the hub, which is not part of the service, takes memory of its own.
    bounds.append(Bound("peak memory", peak_memory(), 300, at_least=False, unit=" MB"))
    with short_folder() as folder:
        bounds += hub.bounds(folder)
    bounds += batch.bounds()
    with short_folder() as folder:
        bounds += bus.bounds(folder)
    with short_folder() as folder:
        bounds += web.bounds(folder)
    with short_folder() as folder:
        bounds += pages.bounds(folder)
    with short_folder() as folder:
        bounds += spare.bounds(folder)
    for bound in bounds:
        print(f"{'ok  ' if bound.kept else 'MISS'}  {bound}")
    kept = all(bound.kept for bound in bounds)
    print(f"{'All bounds kept' if kept else 'A bound was missed'}: {'; '.join(map(str, bounds))}.")
    return 0 if kept else 1


def _storm(app: App, folder: Path, owner: str) -> Iterator[Bound]:
    world.take_baseline(app)
    app.gate.run()
    before = app.log.head()
    world.set_trigger(folder, "f42")
    file, messages = world.storm(folder)
    facts = seconds(lambda: _ingest(app, file))
    yield from _plan(app)
    ours = facts + seconds(app.gate.run)
    rows = _rows(app, before)
    sample = [f"package-{number}" for number in range(NAIVE_SAMPLE)]
    theirs = seconds(naive.get_and_save(_scratch(owner, "naive", migrated=False), sample))
    bare = _scratch(owner, "bare", migrated=True)
    limit = seconds(lambda: naive.pipelined_inserts(bare, rows))
    print(f"      storm: {messages} messages, {len(rows)} events in {ours:.2f} s")
    print(f"      the library's get-and-save: {NAIVE_SAMPLE} messages in {theirs:.2f} s")
    print(
        f"      bare inserts: {len(rows)} events in {limit:.2f} s, "
        f"{(messages / limit) / (NAIVE_SAMPLE / theirs):.1f} times the get-and-save"
    )
    faster = (messages / ours) / (NAIVE_SAMPLE / theirs)
    yield Bound("storm against get-and-save", faster, 20, at_least=True)
    yield Bound("storm against bare inserts", limit / ours, 1 / 3, at_least=True)


def _plan(app: App) -> Iterator[Bound]:
    """Every package is a candidate: the whole table is asked about every one of them."""
    with app.log.reading() as cursor:
        bare = seconds(lambda: list(eligibility.load_all(cursor)), 5)
        raw = seconds(lambda: cursor.execute(RAW_ROWS, binary=True).fetchall(), 5)
    plan = seconds(app.gate.outlook, 5)
    print(f"      rows fetched undecoded {raw:.3f} s, read {bare:.3f} s, the plan {plan:.3f} s")
    yield Bound("plan against a read of its rows", plan / bare, 3, at_least=False)


def _ingest(app: App, file: Path) -> None:
    with file.open("rb") as lines:
        for _ in app.ingest.lines(read_lines(lines), file.name):
            pass


def _rows(app: App, after: int) -> list[tuple[object, ...]]:
    query = b"SELECT position, stream, version, topic, state::text, digest FROM events"
    return app.log.connections.fetch(query + b" WHERE position > %(after)s", after=after)


def _rebuild(app: App) -> Iterator[Bound]:
    read = seconds(lambda: sum(1 for _ in app.log.read()), 3)
    raw = seconds(lambda: sum(map(len, app.log.connections.batches(RAW_LOG))), 3)
    rebuild = seconds(app.journal.rebuild, 3)
    print(
        f"      log of {app.log.head()} events fetched undecoded in {raw:.2f} s, read in "
        f"{read:.2f} s, rebuilt in {rebuild:.2f} s"
    )
    yield Bound("rebuild against a read of the log", read / rebuild, 0.3, at_least=True)


def _scratch(owner: str, name: str, *, migrated: bool) -> str:
    """Return a new database on the same server."""
    with connect(owner) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    conninfo = make_conninfo(owner, dbname=name)
    if migrated:
        migrate(conninfo)
    return conninfo


if __name__ == "__main__":
    sys.exit(main())
