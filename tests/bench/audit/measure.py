# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways through a whole log, each in a process of its own, in turns with a bare read of the rows.

In turns, part by part: so whatever else the machine does slows both alike.
"""

import gc
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from multiprocessing import get_context
from typing import Final, NamedTuple

from adapters.store.log import EventLog
from adapters.store.verify import Anchor, Verification
from domain.catalogue import EVENTS
from projections.past import Past
from projections.points import Span
from projections.replay import Replay
from tests.bench.bounds import peak_memory

PART: Final = 50_000
"""Events of a part."""

Through = Callable[[int, int], None]
"""Goes through the events behind a position, up to another."""

Way = Callable[[EventLog], tuple[Through, Through]]
"""Makes a way through a log, and a bare read of what it goes through."""


class Taken(NamedTuple):
    """Seconds of the way and of the bare read, and how much memory it took at most, in MB."""

    seconds: float
    bare: float
    peak: float


def apart(way: Way, conninfo: str, upto: int) -> Taken:
    """Go in a new process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_timed, way, conninfo, upto).result()


def _timed(way: Way, conninfo: str, upto: int) -> Taken:
    gc.set_threshold(100_000, 50, 1_000)  # as adapters/cli/main.py does
    taken = [0.0, 0.0]
    with EventLog(conninfo, EVENTS) as log:
        both = way(log)
        for after in range(0, upto, PART):
            # Bare first: it is the one that may have to wait for the disk.
            for which in (1, 0):
                start = time.perf_counter()
                both[which](after, min(after + PART, upto))
                taken[which] += time.perf_counter() - start
    return Taken(taken[0], taken[1], peak_memory())


def verify(log: EventLog) -> tuple[Through, Through]:
    """Walk along the chain, where nothing may be found; bare is to hash what each row says."""
    walk = Verification(Anchor())

    def through(after: int, upto: int) -> None:
        found = [finding for rows in log.rows(after, upto) for finding in walk.walk(rows)]
        if found or walk.events != upto:
            raise AssertionError(f"{len(found)} findings in {walk.events} events")

    def bare(after: int, upto: int) -> None:
        for rows in log.rows(after, upto):
            for row in rows:
                sha256(row[4].encode()).digest()  # type: ignore[union-attr] # text, as it is read

    return through, bare


def replay(log: EventLog) -> tuple[Through, Through]:
    """Take every decision again, of which none may differ; bare is to read and decode."""
    again = Replay(Span(0, 2**62))

    def through(after: int, upto: int) -> None:
        events = log.read(after, upto=upto)
        if found := [one for recorded in events if (one := again.take(recorded))]:
            raise AssertionError(f"{len(found)} of {again.verdicts} verdicts differ")

    return through, _reading(log)


def fold(log: EventLog) -> tuple[Through, Through]:
    """Fold the packages and keep them, as whoever judges them must."""
    past = Past()

    def through(after: int, upto: int) -> None:
        for recorded in log.read(after, upto=upto):
            past.take(recorded)

    return through, lambda *_: None


def _reading(log: EventLog) -> Through:
    def bare(after: int, upto: int) -> None:
        for _ in log.read(after, upto=upto):
            pass

    return bare
