# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills the service at every point of a life; exits 1 where one ends otherwise than undisturbed."""

import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from multiprocessing import get_context
from pathlib import Path

import structlog
from rich.progress import track

from adapters.store.embedded import open_database
from tests.crash.trial import Trial, live
from tests.fixtures.fix_store import Cluster, _make_haste

WORKERS = 2
"""Processes that live at a time, each with the same server and databases of its own."""

_cluster: Cluster


def main() -> int:
    """Try every point, print what differs, and a sentence at the end."""
    began = time.monotonic()
    with _server() as owner:
        _join(owner)
        calm = live(_cluster)
        with get_context("fork").Pool(WORKERS, _join, [owner]) as pool:
            trials = pool.imap(_killed_at, range(1, calm.points + 1))
            told = [*track(trials, "killed at every point", calm.points, transient=True)]
    differing = 0
    for point, trial in enumerate(told, start=1):
        found = [] if isinstance(trial, str) else calm.end.differences(trial.end)
        wrong = [trial] if isinstance(trial, str) else found
        differing += bool(wrong)
        for line in wrong:
            print(f"killed at point {point}: {line}")
    kills = sum(trial.deaths for trial in told if not isinstance(trial, str))
    print(
        f"Killed before and after every append and every call to Koji: {calm.points} points, "
        f"{kills} kills, {differing} differences, in {time.monotonic() - began:.0f} s."
    )
    return 1 if differing else 0


def _killed_at(point: int) -> Trial | str:
    try:
        return live(_cluster, point)
    except Exception as error:  # noqa: BLE001 - it is what came of the kill
        return f"{type(error).__name__}: {error}"


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
