# SPDX-License-Identifier: GPL-3.0-or-later
"""What systemd and probes are told, over a real socket."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from adapters.supervision import PATIENCE, Supervision, supervised
from adapters.web.health import health

Told = Callable[[], list[str]]


@pytest.fixture(params=["file", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where systemd listens: a file, or as in containers a name of the kernel's."""
    return f"@{tmp_path}" if request.param == "abstract" else str(tmp_path / "notify")


@pytest.fixture
def told(address: str) -> Iterator[Told]:
    """Return what was told since, a datagram each."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listener:
        listener.bind(address.replace("@", "\0", 1))
        listener.setblocking(False)

        def receive() -> Iterator[str]:
            while True:
                try:
                    yield listener.recv(4096).decode()
                except BlockingIOError:
                    return

        yield lambda: [*receive()]


def test_it_tells_what_sd_notify_tells(address: str, told: Told) -> None:
    """Ready, alive and stopping are said as sd_notify(3) has it, a status only where it is new."""
    supervision = Supervision(address)
    supervision.ready("working")
    supervision.ready("working")
    supervision.beat("still working")
    supervision.hindered("the database is down")
    supervision.stopping()

    assert told() == [
        "READY=1\nWATCHDOG=1\nSTATUS=working",
        "WATCHDOG=1",
        "WATCHDOG=1\nSTATUS=still working",
        "WATCHDOG=1\nSTATUS=the database is down",
        "STOPPING=1\nSTATUS=stopping",
    ]


def test_children_are_not_watched(
    address: str, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variables are taken out of the environment; whoever leaves, however, is stopping."""
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    with suppress(RuntimeError), supervised() as supervision:
        assert (supervision.patience, supervision.pace) == (30, 10)
        assert not {"NOTIFY_SOCKET", "WATCHDOG_USEC"} & os.environ.keys()
        raise RuntimeError

    assert told() == ["STOPPING=1\nSTATUS=stopping"]


def test_without_systemd_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a laptop nobody listens, and where systemd went away neither: nothing fails of it."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    with supervised() as supervision:
        supervision.ready("working")
        assert supervision.patience == PATIENCE
    Supervision("/nowhere/notify").ready("working")


def test_the_probes_follow() -> None:
    """Begun once is begun; ready while it works; alive while its loop comes round."""
    now = [0.0]
    supervision = Supervision(patience=60, clock=lambda: now[0])
    asked = TestClient(health(supervision, PlainTextResponse("metrics")))

    def codes() -> dict[str, int]:
        probes = ("startup", "readyz", "alive")
        return {probe: asked.get(f"/{probe}").status_code for probe in probes}

    assert codes() == {"startup": 503, "readyz": 503, "alive": 200}
    supervision.ready("working")
    assert codes() == {"startup": 200, "readyz": 200, "alive": 200}
    supervision.hindered("the database is down")
    assert codes() == {"startup": 200, "readyz": 503, "alive": 200}
    assert asked.get("/readyz").text == "the database is down\n"
    supervision.ready("working")
    now[0] = 61
    assert codes() == {"startup": 200, "readyz": 503, "alive": 503}
    assert asked.get("/metrics").text == "metrics"
