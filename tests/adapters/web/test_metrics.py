# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics: read from what is on record when they are asked for, at the cost of what is new."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters.ports import InboxMessage
from adapters.ports.bus import Pulse
from adapters.store.log import EventLog
from adapters.web.metrics import metrics
from adapters.web.server import serving
from domain.service.events import AlertRaised
from tests.adapters.service.given import World
from tests.adapters.service.online import Rawhide
from tests.adapters.web.conftest import asking
from tests.domain.given import tagged
from tests.domain.service.given import said

Shown = dict[tuple[str, tuple[str, ...]], float]


@pytest.fixture
def port(world: World) -> Iterator[int]:
    """The metrics of the world, served."""
    with serving(metrics(world.app), "127.0.0.1", 0) as port:
        yield port


def shown(port: int) -> Shown:
    """What is shown, by name and labels."""
    told = httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=20)
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(told.text)
        for sample in family.samples
    }


def test_what_is_on_record_is_counted(port: int, world: World) -> None:
    """Events, decisions by reason, the pause; each scrape counts on from the last."""
    world.hear(tagged(1, 10))
    world.passes()
    first = shown(port)
    world.hear(tagged(2, 20, package="gcc"))
    world.passes()
    world.app.operators.pause("x", None, world.by())
    second = shown(port)

    assert first["ebs_up", ()] == 1
    assert first["ebs_decisions_total", ("due", "queued")] == 1
    assert second["ebs_decisions_total", ("due", "queued")] == 2
    assert second["ebs_events_total", ("tagged",)] == 2
    assert (first["ebs_paused", ()], second["ebs_paused", ()]) == (0, 1)
    assert second["ebs_position", ()] == world.log.head()
    assert second["ebs_projection_lag_events", ("eligibility",)] == 0


def test_messages_are_counted_by_what_became_of_them(port: int, world: World) -> None:
    """Messages that were read, by outcome, each once; what waits is a number of its own."""

    def put(*ids: str) -> None:
        world.app.inbox.put([InboxMessage(i, "buildsys.tag", b"nonsense", "bus") for i in ids])

    put("1", "2")
    assert shown(port)["ebs_inbox_waiting", ()] == 2
    world.app.facts.drain()
    assert shown(port)["ebs_messages_total", ("rejected",)] == 2
    put("3")
    world.app.facts.drain()
    assert shown(port)["ebs_messages_total", ("rejected",)] == 3
    assert shown(port)["ebs_inbox_waiting", ()] == 0


def test_what_is_amiss_is_shown(port: int, world: World, tmp_path: Path) -> None:
    """A dead consumer is an alert, /healthz says so, and its certificate's end is a number."""
    ends = world.clock() + timedelta(days=9)
    world.app.consumers.beat("one", world.clock(), Pulse(connected=True, certificate_ends=ends))
    world.hear(said(AlertRaised("bus-unread", world.clock())))
    found = shown(port)

    assert found["ebs_alerts", ("bus-unread",)] == 1
    assert found["ebs_certificate_ends_timestamp_seconds", ()] == ends.timestamp()
    assert ("ebs_consumer_age_seconds", ()) in found
    with asking(world, tmp_path) as web:
        told = web.get("/healthz")
        assert (told.status_code, told.json()["code"]) == (503, "dependency-down")
        assert "bus-unread" in told.json()["detail"]
        assert web.get("/readyz").status_code == 200


def test_requests_to_koji_are_counted(log: EventLog) -> None:
    """What the process asked of Koji, and whether it was answered."""
    with Rawhide(log) as rawhide, serving(metrics(rawhide.app), "127.0.0.1", 0) as port:
        before = shown(port).get(("ebs_koji_requests_total", ("answered",)), 0)
        rawhide.baseline()
        assert shown(port)["ebs_koji_requests_total", ("answered",)] > before


def test_a_database_that_is_away_is_shown(world: World, tmp_path: Path) -> None:
    """The scrape says that it is down, /readyz and /healthz too; /alive does not depend on it."""
    with (
        asking(world, tmp_path) as web,
        serving(metrics(world.app), "127.0.0.1", 0) as port,
    ):
        assert web.get("/readyz").status_code == 200
        world.log.connections.close()

        assert shown(port)["ebs_up", ()] == 0
        assert ("ebs_position", ()) not in shown(port)
        assert web.get("/readyz").status_code == 503
        assert web.get("/status.json").status_code == 503
        assert web.get("/healthz").status_code == 503
        assert web.get("/alive").status_code == 200
