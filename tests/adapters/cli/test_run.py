# SPDX-License-Identifier: GPL-3.0-or-later
"""run, with a hub: the real processes, one of them killed."""

import json
import signal
from collections import Counter
from functools import partial

import pytest

from tests.adapters.cli.conftest import Ebs, Process
from tests.adapters.cli.test_sandbox import SMALL, Standing, until

A_BATCH = 120.0
"""Seconds in which the batch at hand has surely ended, and the next is submitted."""

RUNS = 2
"""The first is killed right after it submitted something, the last is told to end."""


@pytest.fixture
def standing(process: Process, monkeypatch: pytest.MonkeyPatch) -> Standing:
    """A small hub, at which something happens every second, and ebs pointed at it."""
    made = Standing(process("sandbox", *SMALL, "--every", "1"))
    for name, value in made.variables.items():
        monkeypatch.setenv(name, value)
    return made


def test_killed_after_it_submitted_nothing_is_built_twice(
    standing: Standing, ebs: Ebs, process: Process
) -> None:
    """Kill -9 wherever it is: the next process adopts what was submitted, and builds go on."""
    assert ebs("baseline").code == 0
    session = standing.session()
    me = session.getLoggedInUser()["id"]

    def submitted() -> list[str]:
        tasks = session.listTasks(opts={"owner": me, "method": "build", "decode": True})
        return [task["request"][0] for task in tasks]

    def at_least(wanted: int) -> bool:
        return len(submitted()) >= wanted

    for number in range(RUNS):
        worker = process("run")
        wanted = len(submitted()) + 1
        until(partial(at_least, wanted), patience=A_BATCH)
        worker.send_signal(signal.SIGKILL if number + 1 < RUNS else signal.SIGTERM)
        worker.wait()

    assert max(Counter(submitted()).values()) == 1
    lines = ebs("events", "--type", "build-submitted", "--json").out.splitlines()
    tasks = [json.loads(line)["data"]["task_id"] for line in lines]
    assert len(tasks) == len(set(tasks)) > 0
