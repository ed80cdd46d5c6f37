# SPDX-License-Identifier: GPL-3.0-or-later
"""run and work, with a hub: the real processes, one of them killed."""

import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from adapters.sandbox.hub import Pace
from adapters.sandbox.rawhide import SERVICE
from adapters.sandbox.standing import Standing, standing
from tests.adapters.cli.conftest import Ebs, Process
from tests.fixtures.until import until
from tests.fixtures.workers import PATIENCE, Worker, takeover

A_BATCH = 120.0
"""Seconds in which the batch at hand has surely ended, and the next is submitted."""

RUNS = 2
"""The first is killed right after it submitted something, the last is told to end."""

Submitted = Callable[[], list[str]]


PACE = Pace(pickup=0.3, srpm=0.3, arch=0.5, tag=0.3, repo=0.3)
"""Seconds: a batch takes some, in which a process can be killed."""

TIMERS = {"EBS_TIMERS__LULL": "0", "EBS_TIMERS__CATCH_UP": "1", "EBS_TIMERS__TASK_POLL": "1"}
"""Something is always new, and there is never a lull."""


@pytest.fixture
def hub(environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Standing]:
    """A small hub, at which something happens twice a second, and ebs pointed at it."""
    over = Event()
    with standing(packages=20, port=0, messages=None, stop=over, pace=PACE, tests=0.5) as (
        made,
        variables,
    ):
        for name, value in variables.items():
            monkeypatch.setenv(name, TIMERS.get(name, value))
        builds = Thread(target=happening, args=[made, over])
        builds.start()
        yield made
        over.set()
        builds.join()


def happening(hub: Standing, over: Event) -> None:
    """Build packages into the trigger tag."""
    while not over.wait(0.5):
        hub.happen()


@pytest.fixture
def submitted(hub: Standing, ebs: Ebs) -> Submitted:
    """Return the sources that were submitted to the hub, of which ebs knows what was there."""
    assert ebs("baseline").code == 0

    def sources() -> list[str]:
        with hub.world.request():
            tasks = hub.world.tasks.values()
            builds = [task for task in tasks if task.method == "build"]
            return [task.request[0] for task in builds if task.owner.name == SERVICE]

    return sources


@pytest.fixture
def pair(submitted: Submitted, tmp_path: Path) -> Iterator[tuple[Worker, Worker]]:
    """A leader, and a spare that was started after it."""
    with closing(Worker(tmp_path / "leader", os.environ)) as leader:
        leader.wait_for("leading")
        with closing(Worker(tmp_path / "spare", os.environ)) as spare:
            yield leader, spare


def more_than(submitted: Submitted, count: int) -> None:
    """Wait until more sources were submitted."""
    until(lambda: len(submitted()) > count, patience=A_BATCH)


def nothing_is_done_twice(submitted: Submitted, ebs: Ebs) -> None:
    """No source was submitted twice, and what the log knows of is what the hub has."""
    sources = submitted()
    lines = ebs("events", "--type", "build-submitted", "--json").out.splitlines()
    tasks = [json.loads(line)["data"]["task_id"] for line in lines]

    assert max(Counter(sources).values()) == 1
    assert len(tasks) == len(set(tasks)) > 0


def test_killed_after_it_submitted_nothing_is_built_twice(
    submitted: Submitted, ebs: Ebs, process: Process
) -> None:
    """Kill -9 wherever it is: the next process adopts what was submitted, and builds go on."""
    for number in range(RUNS):
        worker = process("run")
        more_than(submitted, len(submitted()))
        worker.send_signal(signal.SIGKILL if number + 1 < RUNS else signal.SIGTERM)
        worker.wait()

    nothing_is_done_twice(submitted, ebs)


def test_the_spare_goes_on_and_nothing_is_built_twice(
    submitted: Submitted,
    ebs: Ebs,
    pair: tuple[Worker, Worker],
    record_property: Callable[[str, object], None],
) -> None:
    """Killed right after it submitted, the leader is followed at once.

    The seconds are bounded here as a machine needs that does much else; `make bench` holds them
    to 5.
    """
    more_than(submitted, 0)
    seconds = takeover(*pair)
    record_property("takeover_seconds", seconds)
    more_than(submitted, len(submitted()))
    spare = pair[1].process
    spare.send_signal(signal.SIGTERM)

    assert spare.wait(PATIENCE) == 0
    assert seconds < PATIENCE
    nothing_is_done_twice(submitted, ebs)
