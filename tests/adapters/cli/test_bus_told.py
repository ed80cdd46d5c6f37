# SPDX-License-Identifier: GPL-3.0-or-later
"""status and doctor: how the bus is heard, and what to do where something is amiss."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.ports.bus import Pulse
from adapters.service.journal import Journal, service_draft
from adapters.service.operation import Operation
from adapters.store.connections import OneConnection
from adapters.store.consumers import Consumers
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from domain.service.events import AlertRaised
from tests.adapters.cli.conftest import Ebs

NOW = datetime.now(UTC)


@pytest.fixture
def conf(reactor: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration of a bus, which nobody need reach."""
    file = tmp_path / "bus.toml"
    file.write_text('amqp_url = "amqp://ada:secret@127.0.0.1:1/"\n')
    monkeypatch.setenv("EBS_BUS__CONF", str(file))
    monkeypatch.setenv("EBS_BUS__PUBLISH_TIMEOUT", "1")
    return file


def beat(database: Database, pulse: Pulse) -> None:
    """A consumer says that it lives."""
    with closing(OneConnection(database.conninfo)) as connection:
        Consumers(connection).beat("here/1", NOW, pulse)


def checks(told: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    """Return what doctor looked at, with how it is."""
    found = {check["name"]: check["health"] for check in told["checks"]}
    return {name: health for name, health in found.items() if "bus" in name}


def test_without_a_bus(ready: Ebs) -> None:
    """There is nothing to tell of it, and nothing is amiss."""
    assert ready("status", "--json").json["bus"] is None
    assert "none configured" in ready("status").out
    assert checks(ready("doctor", "--json").json) == {"bus": "ok"}


def test_a_bus_that_is_read(ready: Ebs, database: Database, conf: Path) -> None:
    """By how many, and when it last said something; no password is shown."""
    beat(database, Pulse(connected=True, heard=1, heard_at=NOW, certificate_ends=None))
    state = ready("status", "--json").json["bus"]
    ran = ready("doctor")

    assert (state["consumers"], state["certificate_ends"]) == (1, None)
    assert datetime.fromisoformat(state["heard_at"]) == NOW
    assert "1 consumer, heard " in ready("status").out
    assert "127.0.0.1" in ran.out
    assert "secret" not in ran.out
    assert checks(ready("doctor", "--json").json) == {
        "bus": "ok",
        "bus certificate": "ok",
        "bus topics": "ok",
        "bus queue": "warn",
        "bus heard": "ok",
    }


def test_a_bus_that_nobody_reads(ready: Ebs, conf: Path) -> None:
    """Doctor looks by itself, and does not wait until a worker has told it."""
    ran = ready("doctor", "--json")

    assert ran.code == 8
    assert checks(ran.json)["bus unread"] == "warn"
    assert "never" in ready("doctor").out


def test_a_bus_that_is_silent(ready: Ebs, database: Database, conf: Path) -> None:
    """With a certificate that ends soon beside it."""
    soon, long_ago = NOW + timedelta(days=3), NOW - timedelta(hours=1)
    beat(database, Pulse(connected=True, heard_at=long_ago, certificate_ends=soon))
    found = ready("doctor", "--json").json["checks"]
    told = {check["name"]: check["found"] for check in found if check["health"] == "warn"}

    assert f"{long_ago:%Y-%m-%dT%H:%M}" in told["bus silent"]
    assert f"{soon:%Y-%m-%d}" in told["certificate ends"]


def test_a_configuration_that_cannot_be_read(ready: Ebs, conf: Path) -> None:
    """Doctor names it, and looks at the rest."""
    conf.write_text("amqp_url =")
    found = ready("doctor", "--json").json

    assert checks(found) == {"bus": "fail"}
    assert {"koji", "channels"} <= {check["name"] for check in found["checks"]}


def test_what_stands_is_told_by_status(ready: Ebs, log: EventLog) -> None:
    """Each alert with when and what to do, until its end is on record."""
    event = AlertRaised("bus-unread", NOW)
    meta = Operation("ebs", "service", NOW).meta()
    Journal(log).record(lambda _: [service_draft(event, meta)])
    ran = ready("status")

    assert ready("status", "--json").json["alerts"][0]["alert"] == "bus-unread"
    assert "alerts" in ran.out
    assert "start 'ebs consume'" in ran.err
