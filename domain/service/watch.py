# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the bus is heard as usual, and we are let in: what is amiss is told once, and once that
it is over.

Nothing that is decided rests on it: Koji's history tells what the bus does not.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from domain.service.events import AlertCleared, AlertKind, AlertRaised
from domain.service.state import Alert, Service

UNREAD: Final = timedelta(minutes=2)
"""A consumer says more often than this that it reads; one that is started again is back by then."""

UNTOLD: Final[tuple[AlertKind, ...]] = ("bus-silent", "certificate-ends")
"""What only a consumer can tell."""


class Usual(Struct, frozen=True):
    """How long the bus may be silent, and how long before its end a certificate is warned of."""

    silence: timedelta
    certificate: timedelta


class Lifetime(Struct, frozen=True):
    """Of a ticket: ``since`` when it is valid, or is missed, and when it ends, None without one.

    It is renewed at half of its time; what has less than a quarter left was not.
    """

    since: datetime
    ends: datetime | None = None

    def ending(self, now: datetime) -> bool:
        return self.ends is None or self.ends - now < (self.ends - self.since) / 4


class Heard(Struct, frozen=True):
    """What is known of the bus: when a consumer last read it, and when it last said anything.

    ``since``: we look since then, and miss nothing that was due before. ``certificate_ends``: when
    the first certificate ends of those consumers that live, None where they have none.
    """

    since: datetime
    read_at: datetime | None = None
    said_at: datetime | None = None
    certificate_ends: datetime | None = None


def watch(
    service: Service, heard: Heard | None, ticket: Lifetime | None, usual: Usual, now: datetime
) -> Iterator[AlertRaised | AlertCleared]:
    """Yield what is amiss by now and was not, and what no longer is.

    Where there is no bus, or no login by ``ticket``, nothing can be amiss with it.
    """
    standing = {alert.kind for alert in service.alerts}
    of_bus = amiss(service.alerts, heard, usual, now) if heard is not None else ()
    found = {alert.kind: alert for alert in (*of_bus, *ending(ticket, now), *refused(service))}
    for kind, alert in found.items():
        if kind not in standing:
            yield AlertRaised(kind, alert.at)
    for kind in sorted(standing - found.keys()):
        yield AlertCleared(kind)


def ending(ticket: Lifetime | None, now: datetime) -> Iterator[Alert]:
    """Yield that a ticket ends, and is not renewed."""
    if ticket is not None and ticket.ending(now):
        yield Alert("ticket-ends", ticket.ends or ticket.since)


def refused(service: Service) -> Iterator[Alert]:
    """Yield that a channel refused something, and has taken nothing over since."""
    refusals = [channel.refused.at for channel in service.channels.values() if channel.refused]
    if refusals:
        yield Alert("notice-refused", min(refusals))


def amiss(
    standing: tuple[Alert, ...], heard: Heard, usual: Usual, now: datetime
) -> Iterator[Alert]:
    """Yield what is amiss with the bus; of what nobody can tell now, what stands."""
    kinds = {alert.kind for alert in standing}
    if _overdue(heard.read_at, UNREAD, heard.since, now, standing="bus-unread" in kinds):
        yield Alert("bus-unread", heard.read_at or heard.since)
        # Where nobody reads it, nobody can tell whether the rest goes on.
        yield from (alert for alert in standing if alert.kind in UNTOLD)
        return
    if _overdue(heard.said_at, usual.silence, heard.since, now, standing="bus-silent" in kinds):
        yield Alert("bus-silent", heard.said_at or heard.since)
    ends = heard.certificate_ends
    if ends is not None and ends - now < usual.certificate:
        yield Alert("certificate-ends", ends)


def _overdue(
    last: datetime | None, limit: timedelta, since: datetime, now: datetime, *, standing: bool
) -> bool:
    """Only what comes ends an alert that stands, never that we have just begun to look."""
    if standing:
        return last is None or now - last > limit
    return now - max(last or since, since) > limit
