# SPDX-License-Identifier: GPL-3.0-or-later
"""The real worker and a real broker: what is on record is announced, by fedora-messaging's file."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.cli.conftest import Ebs, Process
from tests.fixtures.bus import Bus


def test_messages_on_the_bus(
    ready: Ebs, process: Process, bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What happens from the first pass on is published, by fedora-messaging's own file."""
    with bus.channel() as channel:
        channel.queue_bind(bus.name, bus.name, "a.prefix.elnbuildsync.#")
    keys = {"amqp_url": bus.url, "publish_exchange": bus.name, "topic_prefix": "a.prefix"}
    file = tmp_path / "bus.toml"
    file.write_text("".join(f'{key} = "{value}"\n' for key, value in keys.items()))
    monkeypatch.setenv("FEDORA_MESSAGING_CONF", str(file))
    monkeypatch.setenv("EBS_BUS__PUBLISH", "true")
    ready("pause", "--reason", "before")
    for reason in ("now", "and then"):
        worker = process("work", "--once")
        assert worker.wait(30) == 0, worker.communicate()
        ready("pause", "--reason", reason)
    worker = process("work", "--once")
    assert worker.wait(30) == 0

    told = [(topic, body["reason"]) for topic, body in heard(bus)]
    assert told == [("a.prefix.elnbuildsync.paused", reason) for reason in ("now", "and then")]
    ran = ready("events", "--type", "message-published", "--json")
    assert len(ran.out.splitlines()) == 2


def test_a_faulty_file_of_the_library(
    ready: Ebs, process: Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Doctor says that it is faulty; nothing else is kept from working by it."""
    file = tmp_path / "bus.toml"
    file.write_text("amqp_url = ")
    monkeypatch.setenv("FEDORA_MESSAGING_CONF", str(file))
    monkeypatch.setenv("EBS_BUS__PUBLISH", "true")
    out, err = process("doctor", "--json").communicate(timeout=30)
    checks = {check["name"]: check for check in json.loads(out)["checks"]}

    assert "Traceback" not in err
    assert checks["channel bus"]["health"] == "fail"
    assert str(file) in checks["channel bus"]["found"]
    assert checks["channel bus"]["do"]


def heard(bus: Bus) -> list[tuple[str, Any]]:
    """Return what arrived: topic and body."""
    found: list[tuple[str, Any]] = []
    with bus.channel() as channel:
        while True:
            method, _, body = channel.basic_get(bus.name, auto_ack=True)
            if method is None:
                return found
            found.append((method.routing_key, json.loads(body)))
