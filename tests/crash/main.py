# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills the service, lets its hub fail, and restores its database, at every point of a life.

Exits 1 where one ends otherwise than undisturbed. ``EBS_TEST_EVERY`` tries only every so manieth
point and fault.
"""

import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from itertools import product
from multiprocessing import get_context
from multiprocessing.pool import Pool
from operator import eq
from pathlib import Path
from typing import Any, Final, NamedTuple

import structlog
from rich.progress import track

from adapters.store.embedded import open_database
from tests.crash import faults, points, processes, restored
from tests.crash.restored import Loss
from tests.crash.story import End
from tests.fixtures.fix_store import Cluster, _make_haste

WORKERS: Final = 2
"""Processes that live at a time, each with the same server and databases of its own."""

KILLS: Final = 24
"""How often the real process is killed in its one life."""

APPENDS: Final = (1, 2, 4, 8, 16, 32, 1_000)
"""How much is not in a backup."""

EVERY: Final = int(os.environ.get("EBS_TEST_EVERY") or 1)

_cluster: Cluster


class Tried(NamedTuple):
    """A way to disturb a life: at how many points, how often it died of it, and what differed."""

    what: str
    points: int
    kills: int
    differences: list[str]

    def __str__(self) -> str:
        differing = f"{len(self.differences)} differences"
        return f"{self.what}: {self.points} points, {self.kills} kills, {differing}"


class Lived(NamedTuple):
    """A disturbed life: by what, how often it died, and how its end differs or why it has none."""

    what: str
    deaths: int
    differences: list[str]


def main() -> int:
    """Try everything, print what differs, and a sentence at the end."""
    began = time.monotonic()
    with (
        _server() as owner,
        get_context("fork").Pool(WORKERS, _join, [owner]) as pool,
        get_context("fork").Pool(1, _join, [owner]) as alone,
    ):
        _join(owner)
        real = alone.apply_async(_real)
        everywhere = (_killed_everywhere, _failing_everywhere, _restored_everywhere)
        tried = [*(way(pool) for way in everywhere), real.get()]
    wrong = [line for each in tried for line in each.differences]
    for line in wrong:
        print(line)
    verdict = "A life ended otherwise than undisturbed" if wrong else "Every life ended the same"
    print(f"{verdict}: {'; '.join(map(str, tried))}; in {time.monotonic() - began:.0f} s.")
    return 1 if wrong else 0


def _killed_everywhere(pool: Pool) -> Tried:
    """Kill before and after every append, every call to Koji and Bodhi, and every mail."""
    calm = points.live(_cluster)
    some = range(1, calm.points + 1, EVERY)
    lived = _all(pool, partial(_killed_at, calm.end), some, "killed at every point")
    return _summed("killed before and after every append, call to Koji and Bodhi, and mail", lived)


def _failing_everywhere(pool: Pool) -> Tried:
    """Let every request fail in every way."""
    calm, requests = faults.live(_cluster, faults.SLOW, lambda _: False)
    some = [*product(range(1, requests + 1), faults.FAULTS)][::EVERY]
    lived = _all(pool, partial(_failing_at, calm), some, "a fault at every request")
    return _summed("a fault of each kind at every request", lived)


def _all(pool: Pool, live: Callable[[Any], Lived], some: Sequence[Any], what: str) -> list[Lived]:
    return [*track(pool.imap(live, some), what, len(some), transient=True)]


def _summed(what: str, lived: Sequence[Lived]) -> Tried:
    wrong = [f"{each.what}: {line}" for each in lived for line in each.differences]
    return Tried(what, len(lived), sum(each.deaths for each in lived), wrong)


def _killed_at(calm: End, point: int) -> Lived:
    def live() -> tuple[End, int]:
        trial = points.live(_cluster, point)
        return trial.end, trial.deaths

    return _lived(f"killed at point {point}", calm.differences, live)


def _failing_at(calm: End, pair: tuple[int, str]) -> Lived:
    number, fault = pair

    def live() -> tuple[End, int]:
        return faults.live(_cluster, fault, partial(eq, number))[0], 0

    return _lived(f"{fault} at request {number}", calm.differences, live)


def _restored_everywhere(pool: Pool) -> Tried:
    """Lose the database after every pass, and restore it as of a little or long before."""
    calm = restored.live(_cluster, Loss(0, 0))
    some = [Loss(*each) for each in product(range(1, calm.passes + 1), APPENDS)][::EVERY]
    lived = _all(pool, partial(_restored_from, calm.end), some, "restored after every pass")
    return _summed("the database restored as of before", lived)


def _restored_from(calm: End, loss: Loss) -> Lived:
    def live() -> tuple[End, int]:
        return restored.live(_cluster, loss).end, 0

    what = f"restored after pass {loss.after} without {loss.appends} appends"
    return _lived(what, partial(restored.faults, calm), live)


def _lived(
    what: str, judge: Callable[[End], list[str]], live: Callable[[], tuple[End, int]]
) -> Lived:
    try:
        end, deaths = live()
    except Exception as error:  # noqa: BLE001 - it is what came of it
        return Lived(what, 0, [f"{type(error).__name__}: {error}"])
    return Lived(what, deaths, judge(end))


def _real() -> Tried:
    """Kill the real process again and again, in one life."""
    calm = processes.live(_cluster)
    killed = processes.live(_cluster, KILLS)
    wrong = calm.end.differences(killed.end)
    if killed.kills < KILLS:
        wrong.append(f"it was killed {killed.kills} times only")
    return Tried("kill -9 of ebs run", KILLS, killed.kills, wrong)


def _join(owner: str) -> None:
    """Use the server from a process; what the killed say about it is not of interest."""
    global _cluster  # noqa: PLW0603 - one a process
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)
    _cluster = Cluster(owner, user="ebs")


@contextmanager
def _server() -> Iterator[str]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ebs-")))
        database = stack.enter_context(closing(open_database(folder)))
        _make_haste(database.owner_conninfo)
        yield database.owner_conninfo


if __name__ == "__main__":
    sys.exit(main())
