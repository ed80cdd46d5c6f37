# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the bus is heard as usual: each outage is told once, and its end once."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from domain.service import Service
from domain.service.events import AlertCleared, AlertRaised
from domain.service.state import Alert
from domain.service.watch import UNREAD, Heard, Lifetime, Usual, watch
from tests.domain.service.given import after, said

NOW = datetime(2024, 8, 13, 12, tzinfo=UTC)
USUAL = Usual(silence=timedelta(minutes=30), certificate=timedelta(days=30))
LONG = NOW - timedelta(days=1)
WELL = Heard(LONG, read_at=NOW, said_at=NOW, certificate_ends=NOW + timedelta(days=365))
ALERTS = {
    "bus-unread": replace(WELL, read_at=NOW - UNREAD - timedelta(seconds=1)),
    "bus-silent": replace(WELL, said_at=NOW - timedelta(minutes=31)),
    "certificate-ends": replace(WELL, certificate_ends=NOW + timedelta(days=29)),
}
ATS = {
    "bus-unread": ALERTS["bus-unread"].read_at,
    "bus-silent": ALERTS["bus-silent"].said_at,
    "certificate-ends": ALERTS["certificate-ends"].certificate_ends,
}

each_alert = pytest.mark.parametrize("kind", ALERTS)


def look(service: Service, heard: Heard) -> list[AlertRaised | AlertCleared]:
    """Return what a look at the bus records."""
    return list(watch(service, heard, None, USUAL, NOW))


def test_where_all_is_well_nothing_is_told() -> None:
    """Read and heard just now, with a certificate for a year."""
    assert look(Service(), WELL) == []


@each_alert
def test_an_outage_is_told_once(kind: str) -> None:
    """With when what it is about last was, or will be; while it lasts, it is not told again."""
    [event] = look(Service(), ALERTS[kind])
    service = after(said(event))

    assert isinstance(event, AlertRaised)
    assert (event.alert, event.at) == (kind, ATS[kind])
    assert service.alerts == (Alert(event.alert, event.at),)
    assert look(service, ALERTS[kind]) == []


@each_alert
def test_its_end_is_told_once(kind: str) -> None:
    """Once it is over that is told, too, and then nothing."""
    [began] = look(Service(), ALERTS[kind])
    [ended] = look(after(said(began)), WELL)
    service = after(said(began), said(ended))

    assert ended == AlertCleared(began.alert)
    assert service.alerts == ()
    assert look(service, WELL) == []


def test_who_has_just_begun_to_look_misses_nothing() -> None:
    """A worker that starts with the consumer, after a long pause of both, tells no outage."""
    assert look(Service(), replace(Heard(NOW), read_at=LONG, said_at=LONG)) == []
    assert look(Service(), Heard(NOW)) == []


def test_a_worker_that_starts_ends_no_outage() -> None:
    """That nothing is missed yet is no sign that the bus is heard again."""
    [began] = look(Service(), ALERTS["bus-silent"])
    started = replace(ALERTS["bus-silent"], since=NOW)

    assert look(after(said(began)), started) == []


def test_a_bus_that_was_never_read() -> None:
    """It is missed from when we began to look."""
    [event] = look(Service(), Heard(LONG))

    assert event == AlertRaised("bus-unread", LONG)


def test_where_nobody_reads_nothing_else_can_be_told() -> None:
    """An unread bus is not called silent; what stood before stands until somebody can tell."""
    deaf = Heard(LONG, read_at=LONG, said_at=LONG)
    assert [event.alert for event in look(Service(), deaf)] == ["bus-unread"]

    stood = [
        event for kind in ALERTS if kind != "bus-unread" for event in look(Service(), ALERTS[kind])
    ]
    assert [event.alert for event in look(after(*map(said, stood)), deaf)] == ["bus-unread"]


def test_all_at_once() -> None:
    """Silence and a certificate are told beside each other, and end apart."""
    heard = replace(ALERTS["bus-silent"], certificate_ends=NOW)
    began = look(Service(), heard)
    ended = look(after(*map(said, began)), replace(heard, said_at=NOW))

    assert [event.alert for event in began] == ["bus-silent", "certificate-ends"]
    assert ended == [AlertCleared("bus-silent")]


def check_in(service: Service, ticket: Lifetime | None) -> list[AlertRaised | AlertCleared]:
    """Return what a look at our ticket records, where there is no bus."""
    return list(watch(service, None, ticket, USUAL, NOW))


def lived(hours: float) -> Lifetime:
    """A ticket of a day, so many hours after it was given."""
    since = NOW - timedelta(hours=hours)
    return Lifetime(since, since + timedelta(days=1))


def test_a_ticket_that_is_not_renewed_is_told_once() -> None:
    """With when it ends, once a quarter of its time is left; the next one ends it."""
    assert check_in(Service(), lived(18)) == []
    [began] = check_in(Service(), lived(18.1))
    assert began == AlertRaised("ticket-ends", NOW + timedelta(hours=24 - 18.1))

    told = after(said(began))
    assert check_in(told, lived(23)) == []
    assert check_in(told, lived(0)) == [AlertCleared("ticket-ends")]


def test_a_ticket_that_was_never_there() -> None:
    """It is missed since we look for it."""
    assert check_in(Service(), Lifetime(LONG)) == [AlertRaised("ticket-ends", LONG)]


def test_what_is_no_longer_configured_is_no_longer_amiss() -> None:
    """Neither a bus nor a ticket that there is none of; and one says nothing of the other."""
    bus, ticket = AlertRaised("bus-unread", LONG), AlertRaised("ticket-ends", LONG)
    both = after(said(bus), said(ticket))

    cleared = [AlertCleared("bus-unread"), AlertCleared("ticket-ends")]
    assert check_in(both, None) == cleared
    assert check_in(both, lived(23)) == cleared[:1]
    assert look(both, ALERTS["bus-unread"]) == cleared[1:]
