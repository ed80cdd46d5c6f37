# SPDX-License-Identifier: GPL-3.0-or-later
"""Metrics: read from what is on record when they are asked for, at the cost of what is new."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters.ports import InboxMessage
from adapters.ports.bus import Pulse
from adapters.store.connections import connect
from adapters.store.embedded import Database
from adapters.store.leader import leadership
from adapters.store.log import EventLog
from adapters.web.metrics import metrics
from adapters.web.server import serving
from domain.catalogue import EVENTS
from domain.service.events import AlertRaised, PolicyRejected
from projections.runner import FORMATS
from tests.adapters.service.given import NOTHING_PASSES, World
from tests.adapters.service.online import START, Rawhide
from tests.adapters.web.conftest import asking
from tests.domain.given import DAY, tagged
from tests.domain.service.given import said

MANY = Path(__file__).parents[1] / "cli/many_events.sql"
EVENTS_MADE = 20_000
READ = "select seq_tup_read + idx_tup_fetch from pg_stat_user_tables where relname = 'events'"

Shown = dict[tuple[str, tuple[str, ...]], float]


@pytest.fixture
def port(world: World) -> Iterator[int]:
    """The metrics of the world, served."""
    with serving(metrics(world.app), "127.0.0.1", 0) as port:
        yield port


def shown(port: int) -> Shown:
    """What is shown, by name and the values of its labels, in the order of their names."""
    told = httpx2.get(f"http://127.0.0.1:{port}/metrics", timeout=20)
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(told.text)
        for sample in family.samples
    }


def test_what_is_on_record_is_counted(port: int, world: World) -> None:
    """Events, decisions by reason, the pause; each scrape counts on from the one before it.

    The first counts nothing: what a log of millions holds is not read for it.
    """
    before = shown(port)
    world.hear(tagged(1, 10))
    world.passes()
    first = shown(port)
    world.hear(tagged(2, 20, package="gcc"))
    world.passes()
    world.app.operators.pause("x", None, world.by())
    second = shown(port)

    assert ("ebs_decisions_total", ("due", "queued")) not in before
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
    assert found["ebs_alerts", ("bus-silent",)] == 0
    assert ("ebs_consumer_seen_timestamp_seconds", ()) in found
    assert ("ebs_bus_heard_timestamp_seconds", ()) not in found
    with asking(world, tmp_path) as web:
        told = web.get("/healthz")
        assert (told.status_code, told.json()["code"]) == (503, "dependency-down")
        assert "bus-unread" in told.json()["detail"]
        assert web.get("/readyz").status_code == 200


def test_since_when_it_is_so_is_shown(port: int, world: World) -> None:
    """A pause with its end, a held plan, a policy that is refused, the oldest of the queue.

    What is not so has no sample.
    """
    times = ("paused", "pause_ends", "plan_held", "policy_rejected", "queue_oldest")
    since = {f"ebs_{name}_timestamp_seconds": name for name in times}
    world.hear(tagged(1, 10))
    assert since.keys().isdisjoint(name for name, _ in shown(port))
    world.passes()
    queued, ends = world.clock(), world.clock() + timedelta(hours=6)
    world.at(queued + timedelta(hours=1))
    world.outside.guard = NOTHING_PASSES
    world.hear(tagged(2, 20, package="gcc"))
    world.passes()
    world.hear(said(PolicyRejected("policy.yaml", ("no trigger_tag",)), DAY + 3600))
    world.app.operators.pause("x", ends, world.by())
    later = world.clock().timestamp()
    found = shown(port)

    assert {name: found[metric, ()] for metric, name in since.items()} == {
        "paused": later,
        "pause_ends": ends.timestamp(),
        "plan_held": later,
        "policy_rejected": later,
        "queue_oldest": queued.timestamp(),
    }
    assert (found["ebs_plans_held", ()], found["ebs_builds_queued", ()]) == (1, 1)


def test_a_certificate_of_who_is_gone_does_not_count(port: int, world: World) -> None:
    """A consumer that was started again with another one has left its old one behind."""
    ends = "ebs_certificate_ends_timestamp_seconds", ()
    old = Pulse(connected=True, certificate_ends=world.clock())
    world.app.consumers.beat("old", world.clock(), old)
    assert ends in shown(port)
    world.at(datetime.now(UTC) + timedelta(hours=1))

    assert ends not in shown(port)
    assert ("ebs_consumer_seen_timestamp_seconds", ()) in shown(port)


def test_what_is_done_in_koji_is_shown(log: EventLog) -> None:
    """An act is shown since its intent while it is open, and not afterwards.

    Every request to Koji is timed, by method and outcome.
    """
    asked = "ebs_request_duration_seconds_count", ("getBuildTarget", "answered", "koji")
    running = "ebs_act_timestamp_seconds", ("build", "running")
    with Rawhide(log) as rawhide, serving(metrics(rawhide.app), "127.0.0.1", 0) as port:
        before = shown(port).get(asked, 0)
        rawhide.baseline()
        rawhide.build("bash")
        rawhide.listen()
        found = shown(port)
        while running not in found:
            rawhide.passes()
            found = shown(port)
        assert found[asked] > before
        assert START.timestamp() < found[running] <= rawhide.now().timestamp()
        assert found["ebs_builds_in_koji", ()] == 1
        assert found["ebs_batch_started_timestamp_seconds", ()] <= found[running]
        rawhide.settle()
        assert running not in shown(port)
        assert ("ebs_batch_started_timestamp_seconds", ()) not in shown(port)


def test_whether_a_worker_leads_is_shown(port: int, world: World) -> None:
    """By the database's own word, whichever process it is; a worker that is gone leads no more."""
    assert shown(port)["ebs_led", ()] == 0
    with leadership(world.log.connections.conninfo):
        assert shown(port)["ebs_led", ()] == 1
    assert shown(port)["ebs_led", ()] == 0


def test_a_scrape_reads_what_is_new(database: Database) -> None:
    """Of 20,000 events that are on record it reads a few, the first time too."""
    with connect(database.owner_conninfo) as owner:
        # A vacuum that comes by reads events too, to summarise them for the index by time.
        owner.execute("alter table events set (autovacuum_enabled = false)")
        owner.execute(MANY.read_text())
        for name, layout in FORMATS.items():
            owner.execute("insert into tracking values (%s, %s, %s)", [name, layout, EVENTS_MADE])
    with (
        EventLog(database.conninfo, EVENTS) as log,
        serving(metrics(World(log).app), "127.0.0.1", 0) as port,
    ):
        assert shown(port)["ebs_position", ()] == EVENTS_MADE
        shown(port)
    # What a connection read is known to others once it is closed.
    with connect(database.owner_conninfo) as owner:
        owner.execute("select pg_stat_clear_snapshot()")
        [read] = owner.execute(READ).fetchone() or (None,)
    assert read < EVENTS_MADE / 100


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
