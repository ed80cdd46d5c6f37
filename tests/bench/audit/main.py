# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures what is asked of a long log, as ratios of one run; exits 1 where a bound is missed.

``python -m tests.bench.audit.main [SMALLER LARGER]``: how many events the two logs have. The larger
one of 10 million takes 7 GB and, all in all, a quarter of an hour.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Final, NamedTuple

from psycopg.conninfo import make_conninfo

from adapters.service.journal import Journal
from adapters.store.connections import connect
from adapters.store.embedded import open_database
from adapters.store.log import EventLog
from adapters.store.migrate import migrate
from domain.catalogue import EVENTS
from tests.bench.audit import append, measure, questions
from tests.bench.audit.made import fill
from tests.bench.audit.past import Past
from tests.bench.bounds import Bound, seconds
from tests.fixtures.folders import short_folder

SIZES: Final = ("1000000", "10000000")


class Log(NamedTuple):
    """A log of so many events, in a database of its own."""

    name: str
    events: int
    conninfo: str


def main(arguments: Sequence[str]) -> int:
    """Measure, print a line each and a sentence at the end."""
    small, large = map(int, arguments or SIZES)
    with server("fsync = off", "max_wal_size = '2GB'") as owner:
        logs = [_made(owner, "smaller", small), _made(owner, "larger", large)]
        bounds = [*_bounds(*logs)]
        with EventLog(_scratch(owner, "storm"), EVENTS) as log:
            bounds.append(append.cost(log))
    for bound in bounds:
        print(f"{'ok  ' if bound.kept else 'MISS'}  {bound}")
    kept = all(bound.kept for bound in bounds)
    print(f"{'All bounds kept' if kept else 'A bound was missed'}: {'; '.join(map(str, bounds))}.")
    return 0 if kept else 1


def _bounds(small: Log, large: Log) -> Iterator[Bound]:
    yield from _questions(small, large)
    peaks = []
    for log in (small, large):
        taken = measure.apart(measure.verify, log.conninfo, log.events)
        yield _against_bare(log, "verify", taken, 0.4)
        peaks.append(taken.peak)
    yield Bound("memory of verify, larger log", peaks[1] / peaks[0], 1.5, at_least=False)
    yield from _replay(small)


def _questions(small: Log, large: Log) -> Iterator[Bound]:
    """Ask the same of both as of one position, and compare it with bare SQL and with each other."""
    at = small.events * 9 // 10
    with EventLog(small.conninfo, EVENTS) as first, EventLog(large.conninfo, EVENTS) as second:
        for log, which in ((first, small), (second, large)):
            _project(log, which, at)
        asked = [questions.of_one_package(log, at) for log in (first, second)]
        for what, ask in asked[0].items():
            smaller, larger = questions.timed([(first, ask), (second, asked[1][what])])
            yield questions.against_bare(small.name, what, smaller)
            yield questions.against_bare(large.name, what, larger)
            ratio = larger.asked / smaller.asked
            yield Bound(f"{what}, larger log", ratio, 1.5, at_least=False)
        yield questions.against_bare(small.name, "board as of then", questions.board(first, at))


def _project(log: EventLog, which: Log, at: int) -> None:
    """Make what a question reads beside the log: for the board all of it, else one package."""
    if which.name == "smaller":
        Journal(log).rebuild()
    else:
        questions.project(log, [questions.busiest(log, at)])


def _replay(log: Log) -> Iterator[Bound]:
    """It holds the packages and nothing else; they grow with what was built, not with the log."""
    taken = measure.apart(measure.replay, log.conninfo, log.events)
    yield _against_bare(log, "replay", taken, 0.3)
    alone = measure.apart(measure.fold, log.conninfo, log.events).peak
    ratio = taken.peak / alone
    yield Bound("memory of replay against the packages alone", ratio, 1.2, at_least=False)


def _against_bare(log: Log, what: str, taken: measure.Taken, limit: float) -> Bound:
    print(
        f"      {log.name}, {what}: {taken.seconds:.1f} s and {taken.peak:.0f} MB,"
        f" bare {taken.bare:.1f} s"
    )
    ratio = taken.bare / taken.seconds
    return Bound(f"{what}, {log.name}, against a bare read", ratio, limit, at_least=True)


@contextmanager
def server(*settings: str) -> Iterator[str]:
    """Start a server of its own with these settings, and yield its owner's address."""
    with short_folder() as folder, closing(open_database(folder / "state")) as database:
        with connect(database.owner_conninfo) as owner:
            for setting in settings:
                owner.execute(f"alter system set {setting}".encode())
            owner.execute("select pg_reload_conf()")
        yield database.owner_conninfo


def _made(server: str, name: str, events: int) -> Log:
    conninfo = _scratch(server, name)
    with connect(conninfo) as owner:
        owner.execute("alter table events set unlogged")
        taken = seconds(lambda: fill(owner, Past().rows(events)))
    print(f"      {name}: {events} events made in {taken:.0f} s")
    return Log(name, events, conninfo)


def _scratch(server: str, name: str) -> str:
    """Return a new database on the server."""
    with connect(server) as connection:
        connection.execute(f"create database {name}".encode())
    conninfo = make_conninfo(server, dbname=name)
    migrate(conninfo)
    return conninfo


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
