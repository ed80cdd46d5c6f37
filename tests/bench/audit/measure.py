# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured in a process of its own, so that its peak of memory is its own too."""

import gc
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from adapters.store.log import EventLog
from adapters.store.verify import Anchor, Verification
from domain.catalogue import EVENTS
from projections.past import Past
from projections.points import Span
from projections.replay import Replay

Act = Callable[[EventLog, int], object]
"""Something done with a log, up to a position."""


class Taken(NamedTuple):
    """How long it took, in seconds, and how much memory at most, in MB."""

    seconds: float
    peak: float


def apart(act: Act, conninfo: str, upto: int) -> Taken:
    """Do it in a new process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_timed, act, conninfo, upto).result()


def _timed(act: Act, conninfo: str, upto: int) -> Taken:
    gc.set_threshold(100_000, 50, 1_000)  # as adapters/cli/main.py does
    with EventLog(conninfo, EVENTS) as log:
        start = time.perf_counter()
        act(log, upto)
        taken = time.perf_counter() - start
    return Taken(taken, _peak())


def _peak() -> float:
    """Return the peak of this program, in MB; getrusage would tell that of who started it, too."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def bare_digests(log: EventLog, upto: int) -> None:
    """Read the rows, and hash what each says."""
    for rows in log.rows(upto=upto):
        for row in rows:
            sha256(row[4].encode()).digest()  # type: ignore[union-attr] # text, from the database


def verify(log: EventLog, upto: int) -> None:
    """Walk along the chain; nothing may be found."""
    walk = Verification(Anchor())
    found = [finding for rows in log.rows(upto=upto) for finding in walk.walk(rows)]
    if found or walk.events != upto:
        raise AssertionError(f"{len(found)} findings in {walk.events} events")


def bare_events(log: EventLog, upto: int) -> None:
    """Read and decode the events."""
    for _ in log.read(upto=upto):
        pass


def fold(log: EventLog, upto: int) -> None:
    """Fold the packages and keep them, as whoever judges them must."""
    past = Past()
    for recorded in log.read(upto=upto):
        past.take(recorded)
    assert past.packages


def replay(log: EventLog, upto: int) -> None:
    """Take every decision again; none may differ."""
    again = Replay(Span(0, upto))
    found = [one for recorded in log.read(upto=upto) if (one := again.take(recorded))]
    if found or not again.verdicts:
        raise AssertionError(f"{len(found)} of {again.verdicts} verdicts differ")
