# SPDX-License-Identifier: GPL-3.0-or-later
"""The bus is watched through what its consumers say of themselves, in a real database."""

from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from adapters.ports.bus import Pulse
from adapters.service.journal import Journal
from adapters.service.operation import Operation
from adapters.service.watch import Watch
from adapters.store.consumers import Consumers
from adapters.store.log import EventLog
from domain.service.watch import UNREAD, Usual

USUAL = Usual(timedelta(minutes=30), timedelta(days=30))


class Watching:
    """The bus, its consumers, and whoever watches them; time goes on as it is told."""

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self.passed = timedelta()
        self.consumers = Consumers(log.connections)
        self.journal = Journal(log)
        self.journal.catch_up()
        self.watch = self.anew()

    def now(self) -> datetime:
        """The time."""
        return datetime.now(UTC) + self.passed

    def anew(self) -> Watch:
        """A worker that has just started."""
        return Watch(self.journal, self.now, USUAL, self.consumers)

    def beat(self, name: str = "one", *, connected: bool = True, **said: object) -> None:
        """A consumer says that it lives."""
        pulse = Pulse(connected, **said)  # type: ignore[arg-type]
        self.consumers.beat(name, self.now(), pulse)

    def look(self) -> list[str]:
        """Look, and return all that was recorded so far."""
        self.watch.look(Operation("ebs", "service", self.now()))
        told = (recorded.envelope.event for recorded in self.log.read())
        return [f"{event.topic} {event.alert}" for event in told]


@pytest.fixture
def bus(log: EventLog) -> Watching:
    """A bus that is read, by a consumer that has just started."""
    made = Watching(log)
    made.beat()
    return made


def test_a_consumer_that_dies_is_told_once(bus: Watching) -> None:
    """From the last sign of life on; another one that reads the bus ends it."""
    assert bus.look() == []
    bus.passed = UNREAD + timedelta(seconds=5)
    with capture_logs() as logs:
        assert bus.look() == bus.look() == ["alert-raised bus-unread"]
    assert [line["alert"] for line in logs] == ["bus-unread"]
    [seen] = bus.consumers.seen()
    [raised] = bus.log.read()
    assert raised.envelope.event.at == seen.read_at

    bus.passed = timedelta()
    bus.beat("two")
    assert bus.look() == ["alert-raised bus-unread", "alert-cleared bus-unread"]


def test_a_consumer_without_a_broker_reads_nothing(log: EventLog) -> None:
    """That it lives is not enough: the broker may be away."""
    bus = Watching(log)
    bus.passed = -timedelta(hours=1)
    bus.watch = bus.anew()
    bus.passed = timedelta()
    bus.beat(connected=False)

    assert bus.look() == ["alert-raised bus-unread"]


def test_a_worker_that_starts_with_the_consumer_tells_nothing(bus: Watching) -> None:
    """A service that was down for a day is no outage of the bus."""
    bus.passed = timedelta(days=1)
    bus.watch = bus.anew()

    assert bus.look() == []


def test_silence_and_a_certificate(bus: Watching) -> None:
    """Of several consumers the last message counts, and the first end of a certificate."""
    now = bus.now()
    bus.passed = -timedelta(hours=1)
    bus.watch = bus.anew()
    bus.passed = timedelta()
    soon, late = now + timedelta(days=3), now + timedelta(days=300)
    bus.beat("one", heard_at=now - timedelta(minutes=40), certificate_ends=late)
    bus.beat("two", heard_at=now - timedelta(minutes=31), certificate_ends=soon)
    assert bus.look() == ["alert-raised bus-silent", "alert-raised certificate-ends"]

    bus.beat("one", heard_at=now, certificate_ends=late)
    bus.beat("two", certificate_ends=late)
    assert bus.look()[2:] == ["alert-cleared bus-silent", "alert-cleared certificate-ends"]


def test_what_is_known_of_consumers(bus: Watching) -> None:
    """When each started, was seen and read last, and how many messages it has heard."""
    now = bus.now()
    bus.beat(heard=7, heard_at=now)
    bus.beat(connected=False, heard=8, heard_at=now)
    [seen] = bus.consumers.seen()

    assert (seen.name, seen.heard, seen.heard_at) == ("one", 8, now)
    assert seen.read_at is not None
    assert seen.read_at < seen.seen_at


def test_one_that_starts_again_under_its_name(bus: Watching) -> None:
    """It counts anew, but when the bus last said something is not forgotten."""
    now = bus.now()
    bus.beat(heard=7, heard_at=now)
    [before] = bus.consumers.seen()
    bus.beat(connected=False)
    [seen] = bus.consumers.seen()

    assert (seen.heard, seen.heard_at, seen.read_at) == (0, now, before.read_at)
    assert seen.started_at > before.started_at
