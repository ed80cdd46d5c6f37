# SPDX-License-Identifier: GPL-3.0-or-later
"""A process may be killed at any instant."""

import subprocess
import sys
from pathlib import Path

import pytest

from adapters.store.embedded import Database
from adapters.store.log import EventLog

APPENDER = "tests.adapters.store.appender"
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("appends", [1, 2, 5])
def test_an_append_is_whole_or_not_there(database: Database, log: EventLog, appends: int) -> None:
    """Killed right after an append, or within the next, each is there whole or not at all."""
    command = [sys.executable, "-m", APPENDER, database.conninfo]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = [int(process.stdout.readline()) for _ in range(appends)]
        process.kill()

    head = log.head()
    assert head >= said[-1]
    assert head % 100 == 0
    assert [event.position for event in log.read()] == list(range(1, head + 1))
