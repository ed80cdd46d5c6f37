# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast the web side answers, against a bare read of the same rows and json.dumps."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from adapters.app import App, open_app
from adapters.sandbox import vendored
from adapters.service.journal import Draft, batch_draft
from adapters.service.operation import Operation
from adapters.store.embedded import open_database
from domain.batch.events import (
    BuildFinished,
    BuildSubmitted,
    Finished,
    Planned,
    PlannedBuild,
    Promoted,
)
from tests.bench import pages, world
from tests.bench.bounds import Bound, seconds
from tests.bench.clients import CLIENTS, REQUESTS, all_clients, asker
from tests.fixtures.serving import serving

PACKAGES = 4_000
COLD = 5
"""Answers that are made anew, each after the log went on."""

STATUS = ("/status.json", b"SELECT state FROM rebuilds WHERE package = ANY(%(names)s)")
BOARD = ("/api/v1/packages", None)


def bounds(folder: Path) -> Iterator[Bound]:
    """Measure."""
    names = [package.name for package in vendored.fedora()][:PACKAGES]
    database = open_database(folder / "state")
    try:
        with open_app(world.configure(folder, names=names)) as app:
            world.take_baseline(app)
            app.gate.run()
            _rebuilt(app, names)
            with serving(folder, database.conninfo) as port:
                print(f"      /alive: {_floor(port):.0f}/s, which is what the server itself can")
                for path, more in (STATUS, BOARD):
                    yield from _answers(app, port, path, names, more)
                yield from pages.board(app, port, names)
    finally:
        database.close()


def _rebuilt(app: App, names: list[str]) -> None:
    """Record one batch in which every package was rebuilt."""
    meta = Operation("bench", "service", world.RETAG).meta()
    numbered = [*enumerate(names, 1)]
    builds = tuple(PlannedBuild(n, i, f"{n}-1-1.fc41", f"git+https://x/{n}#1") for i, n in numbered)

    def drafts() -> Iterator[Draft]:
        yield batch_draft(1, Planned(builds, "eln", "live", base="eln-build"), meta)
        for number, name in numbered:
            made = (10**6 + number, f"{name}-1-1.eln142")
            yield batch_draft(1, BuildSubmitted(number, 10**5 + number), meta)
            yield batch_draft(1, BuildFinished(number, "built", 10**5 + number, *made), meta)
            yield batch_draft(1, Promoted(number, *made), meta)
        yield batch_draft(1, Finished(len(builds), 0), meta)

    app.journal.record_in_parts(lambda _: drafts())


def _floor(port: int) -> float:
    """Return how many requests a second are answered that ask nothing of the database."""
    return 10 * REQUESTS / all_clients(lambda: asker(port, "/alive"), 10 * REQUESTS)


def _answers(
    app: App, port: int, path: str, names: list[str], more: bytes | None
) -> Iterator[Bound]:
    body = asker(port, path)()
    document = json.loads(body)
    fetch, queries = app.log.connections.fetch, [q for q in (pages.ROWS, more) if q]

    def bare() -> object:
        rows = [fetch(query, names=names) for query in queries]
        return rows, json.dumps(document)

    theirs = all_clients(lambda: bare)
    ours = all_clients(lambda: asker(port, path))
    cold, alone = _cold(app, asker(port, path)), median(seconds(bare) for _ in range(COLD))
    print(
        f"      {path}: {len(body):,} bytes; {CLIENTS} clients {REQUESTS / ours:.0f}/s, bare "
        f"{REQUESTS / theirs:.0f}/s; made anew in {cold * 1000:.0f} ms, bare {alone * 1000:.0f} ms"
    )
    yield Bound(f"{path} against a bare read", ours / theirs, 3, at_least=False)
    if path == STATUS[0]:
        # The board judges every target by the verdict table, which no read does.
        yield Bound(f"{path} made anew", cold / alone, 3, at_least=False)


def _cold(app: App, ask: Callable[[], bytes]) -> float:
    """Return how long one answer takes where the log went on since the last."""
    taken = []
    for _ in range(COLD):
        by = Operation("bench", "person", app.clock())
        app.operators.pause("bench", None, by)
        taken.append(seconds(ask))
        app.operators.resume(by)
    return median(taken)
