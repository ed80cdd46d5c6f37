# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast pages are had by many at once, against a bare read of the rows that they are made of."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

from adapters.app import App
from adapters.store.connections import connect
from adapters.store.embedded import open_database
from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from tests.bench.audit import questions
from tests.bench.audit.made import fill
from tests.bench.audit.past import HOUR, Past
from tests.bench.bounds import Bound, seconds
from tests.bench.clients import CLIENTS, REQUESTS, all_clients, asker
from tests.fixtures.serving import serving

COUNT: Final = 1_000_000
"""Events of the log."""

MADE: Final = 3
"""Times that a page is made anew."""

ROWS: Final = b"SELECT state FROM eligibility WHERE package = ANY(%(names)s)"
ORDINARY: Final = b"select date_trunc('hour', recorded_at) from events where position = %(at)s"
BUSIEST: Final = (
    b"select date_trunc('hour', recorded_at) from events where topic = 'tagged'"
    b" group by 1 order by count(*) desc, 1 desc limit 1"
)
OF_THE_HOUR: Final = (
    b"select position, stream, version, topic, state::text, recorded_at from events"
    b" where recorded_at >= %(since)s and recorded_at <= %(until)s order by position"
)


def board(app: App, port: int, names: list[str]) -> Iterator[Bound]:
    """Show every package, while the log does not go on."""
    yield from _page("the board", port, "/", lambda: app.log.connections.fetch(ROWS, names=names))


def bounds(folder: Path) -> Iterator[Bound]:
    """Show an hour of a long log: the one in which most happened."""
    with closing(open_database(folder / "state")) as database:
        with connect(database.owner_conninfo) as owner:
            owner.execute("alter table events set unlogged")
            taken = seconds(lambda: fill(owner, Past().rows(COUNT)))
        print(f"      {COUNT} events made in {taken:.0f} s")
        with EventLog(database.conninfo, EVENTS) as log:
            questions.project(log, [questions.busiest(log, COUNT)])
            with serving(folder, database.conninfo) as port:
                yield from _hours(log, port)


def _hours(log: EventLog, port: int) -> Iterator[Bound]:
    fetch = log.connections.fetch
    [(ordinary,)], [(busiest,)] = fetch(ORDINARY, at=COUNT * 9 // 10), fetch(BUSIEST)
    yield from _page("an hour's timeline", port, *_hour(log, ordinary))
    yield _made("the busiest hour's timeline", port, *_hour(log, busiest))


def _hour(log: EventLog, since: datetime) -> tuple[str, Callable[[], list[Any]]]:
    """Return the address of an hour, and what reads its rows."""
    until = since + HOUR - timedelta(seconds=1)
    path = f"/timeline?from={_address(since)}&to={_address(until)}"
    return path, lambda: log.connections.fetch(OF_THE_HOUR, since=since, until=until)


def _address(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _page(what: str, port: int, path: str, bare: Callable[[], object]) -> Iterator[Bound]:
    """Let all clients have the page, which was made for none of them before, and read its rows."""
    alone, first = seconds(bare, 3), seconds(asker(port, path))
    size = len(asker(port, path)()) / 1_000
    theirs, ours = all_clients(lambda: bare), all_clients(lambda: asker(port, path))
    print(
        f"      {what}: {size:.0f} kB; {CLIENTS} clients {REQUESTS / ours:.0f}/s, bare "
        f"{REQUESTS / theirs:.0f}/s; made in {first * 1000:.0f} ms, bare {alone * 1000:.0f} ms"
    )
    yield Bound(f"{what} against a bare read", ours / theirs, 5, at_least=False)
    yield Bound(f"size of {what}", size, 300, at_least=False, unit=" kB")


def _made(what: str, port: int, path: str, bare: Callable[[], list[Any]]) -> Bound:
    """Have a page made anew each time, and read its rows."""
    rows = bare()
    asks = map(partial(asker, port), (f"{path}&again={number}" for number in range(MADE)))
    ours = median(seconds(ask) for ask in asks)
    theirs = seconds(bare, MADE)
    print(f"      {what}: {len(rows):,} events, made in {ours:.2f} s, bare {theirs:.2f} s")
    return Bound(f"{what} made anew", ours / theirs, 5, at_least=False)
