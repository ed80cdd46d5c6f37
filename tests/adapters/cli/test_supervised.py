# SPDX-License-Identifier: GPL-3.0-or-later
"""The real processes, watched by systemd's socket and by probes: ready, alive, hung, stopping."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from adapters.store.connections import connect
from adapters.store.embedded import Database
from tests.adapters.cli.conftest import Ebs, Process, World
from tests.fixtures.bus import Bus
from tests.fixtures.until import until

PATIENCE: Final = 60.0
"""Seconds; a process takes one to start, on a machine that does nothing else."""

WATCHDOG: Final = 3.0
"""Seconds that systemd would wait for a beat; one a second is given then."""

SILENCE: Final = 4.0
"""Seconds without a beat that are no chance."""

WAITING: Final = "select exists (select from pg_locks where not granted)"


class Systemd:
    """Listens as systemd does."""

    def __init__(self, address: Path) -> None:
        watched = {"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": f"{WATCHDOG * 1_000_000:.0f}"}
        self.environment = {**os.environ, **watched}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(address))

    def wait_for(self, line: str) -> str:
        """Return the first message that has the line."""
        self._socket.settimeout(PATIENCE)
        while line not in (told := self._socket.recv(4096).decode()).splitlines():
            pass
        return told

    def hears_nothing(self) -> bool:
        """Whether the beats stop, what was sent before apart."""
        self._socket.settimeout(SILENCE)
        with suppress(TimeoutError):
            for _ in range(round(PATIENCE)):
                self._socket.recv(4096)
            return False
        return True

    def close(self) -> None:
        """Listen no longer."""
        self._socket.close()


@pytest.fixture
def systemd(environment: None, tmp_path: Path) -> Iterator[Systemd]:
    """Who started the process under test."""
    with closing(Systemd(tmp_path / "notify")) as listening:
        yield listening


Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def start(process: Process, systemd: Systemd, request: pytest.FixtureRequest) -> Start:
    """Start one of the three services, watched."""

    def started(service: str) -> "subprocess.Popen[str]":
        options = {"work": ["--spare"], "serve": ["--port", "0"], "consume": []}[service]
        if service == "consume":
            bus: Bus = request.getfixturevalue("bus")
            options = ["--fedora-messaging-conf", str(bus.conf)]
        silent: dict[str, Any] = dict.fromkeys(("stdout", "stderr"), subprocess.DEVNULL)
        return process(service, *options, env=systemd.environment, **silent)

    return started


@pytest.fixture
def tell(bus: Bus, world: World) -> Callable[[], object]:
    """Let the bus deliver a message."""
    return partial(bus.publish, [world.message("bash", 1)])


@pytest.mark.parametrize("service", ["work", "consume", "serve"])
def test_systemd_is_told(ready: Ebs, systemd: Systemd, start: Start, service: str) -> None:
    """Ready, then beats in words; stopped in its tracks none; continued they go on; stopping."""
    started = start(service)
    assert "STATUS=" in systemd.wait_for("READY=1")
    started.send_signal(signal.SIGSTOP)
    assert systemd.hears_nothing()
    started.send_signal(signal.SIGCONT)
    systemd.wait_for("WATCHDOG=1")
    started.send_signal(signal.SIGTERM)

    systemd.wait_for("STOPPING=1")
    assert started.wait(PATIENCE) == 0


def test_a_hung_worker_is_told_from_one_that_works(
    ready: Ebs, systemd: Systemd, process: Process, database: Database
) -> None:
    """A pass that never ends: no beat, and the probes say 503, while other threads go on."""
    options = ("--metrics-port", "0", "--log-format", "json")
    worker = process("work", *options, env=systemd.environment)
    port = _port(worker)
    systemd.wait_for("READY=1")
    assert _codes(port) == {"startup": 200, "alive": 200, "readyz": 200}
    assert "ebs_worker_leading 1.0" in httpx2.get(f"http://127.0.0.1:{port}/metrics").text

    with connect(database.owner_conninfo) as owner, owner.transaction():
        owner.execute("lock table inbox in access exclusive mode")
        assert systemd.hears_nothing()
        assert _codes(port) == {"startup": 200, "alive": 503, "readyz": 503}
    systemd.wait_for("WATCHDOG=1")
    assert _codes(port) == {"startup": 200, "alive": 200, "readyz": 200}


def test_a_hung_message_is_told_from_a_quiet_bus(
    systemd: Systemd, start: Start, tell: Callable[[], object], database: Database
) -> None:
    """A message that never gets safe: the consumer's loop goes round, and gives no beat."""
    systemd.environment["EBS_BUS__PATIENCE"] = "1"
    start("consume")
    systemd.wait_for("READY=1")
    with connect(database.owner_conninfo) as owner, owner.transaction():
        owner.execute("lock table inbox in access exclusive mode")
        tell()
        assert systemd.hears_nothing()
    systemd.wait_for("WATCHDOG=1")


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize("service", ["work", "consume"])
def test_who_is_told_twice_does_not_wait(
    systemd: Systemd, start: Start, tell: Callable[[], object], database: Database, service: str
) -> None:
    """A database that never answers keeps it from ending; the second SIGTERM ends it at once."""
    started = start(service)
    systemd.wait_for("READY=1")
    with connect(database.owner_conninfo) as owner, owner.transaction():
        owner.execute("lock table inbox in access exclusive mode")
        tell()
        until(lambda: owner.execute(WAITING).fetchone() == (True,))
        started.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            started.wait(SILENCE)
        started.send_signal(signal.SIGTERM)

        assert started.wait(SILENCE) == -signal.SIGTERM


def _port(started: "subprocess.Popen[str]") -> int:
    assert started.stderr is not None
    said = (json.loads(line) for line in started.stderr)
    return int(next(line["port"] for line in said if line["event"] == "serving metrics"))


def _codes(port: int) -> dict[str, int]:
    return {
        probe: httpx2.get(f"http://127.0.0.1:{port}/{probe}").status_code
        for probe in ("startup", "alive", "readyz")
    }
