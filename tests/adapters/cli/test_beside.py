# SPDX-License-Identifier: GPL-3.0-or-later
"""run, with a bus: a consumer beside the worker, started again where it dies, gone with it."""

import os
import signal
import subprocess
from collections.abc import Callable

import psutil  # type: ignore[import-untyped]  # it publishes no types
import pytest

from tests.adapters.cli.conftest import Ebs, Process, World
from tests.adapters.cli.consuming import PATIENCE, until
from tests.fixtures.bus import Bus

Recorded = Callable[[int], bool]


@pytest.fixture
def running(process: Process, bus: Bus, monkeypatch: pytest.MonkeyPatch) -> "subprocess.Popen[str]":
    """The service, with the test's bus."""
    monkeypatch.setenv("EBS_BUS__CONF", str(bus.conf))
    return process("run", "--log-format", "json", stderr=subprocess.DEVNULL)


@pytest.fixture
def recorded(ready: Ebs) -> Recorded:
    """Whether a build is on record."""
    return lambda build_id: ready("history", str(build_id)).code == 0


def consumers(service: "subprocess.Popen[str]") -> list[psutil.Process]:
    """Return the consumers that the service started."""
    children = psutil.Process(service.pid).children()
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def test_a_message_is_consumed_and_recorded(
    running: "subprocess.Popen[str]", ready: Ebs, bus: Bus, world: World, recorded: Recorded
) -> None:
    """From the broker to the log by one command; a consumer killed is followed by another."""
    bus.publish([world.message("bash", 11)])
    until(lambda: recorded(11))
    [consumer] = consumers(running)
    consumer.kill()
    bus.publish([world.message("bash", 12)])
    until(lambda: recorded(12))

    state = ready("status", "--json").json["bus"]
    assert state["consumers"] in {1, 2}  # the dead one is missed a while later
    assert state["read_at"]
    [consumer] = consumers(running)
    running.send_signal(signal.SIGTERM)
    assert running.wait(PATIENCE) == 0
    assert not consumer.is_running()


def test_a_ctrl_c_is_for_the_service_alone(running: "subprocess.Popen[str]") -> None:
    """The consumer is told once, by the service: told twice it would not end in order."""
    [consumer] = until(lambda: consumers(running))

    until(lambda: os.getpgid(consumer.pid) == consumer.pid)


def test_killed_it_leaves_no_consumer_behind(running: "subprocess.Popen[str]") -> None:
    """A consumer whose service is gone ends by itself."""
    [consumer] = until(lambda: consumers(running))
    running.kill()
    running.wait()

    until(lambda: not consumer.is_running() or consumer.status() == psutil.STATUS_ZOMBIE)
