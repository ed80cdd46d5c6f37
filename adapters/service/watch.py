# SPDX-License-Identifier: GPL-3.0-or-later
"""Watches how the bus is heard, and records what is amiss."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from adapters.ports import Clock
from adapters.ports.bus import Consumers, ConsumerSeen
from adapters.service.journal import Journal, service_draft
from adapters.service.operation import Operation
from domain.service.events import AlertRaised
from domain.service.watch import UNREAD, Heard, Usual, watch

_log = structlog.get_logger(__name__)


class Watch:
    """Looks at the consumers of the bus, from its making on."""

    def __init__(self, journal: Journal, consumers: Consumers, clock: Clock, usual: Usual) -> None:
        self._journal = journal
        self._consumers = consumers
        self._clock = clock
        self._usual = usual
        self._since = clock()

    def look(self, operation: Operation) -> None:
        """Record and log what began or ended since the last look."""
        now = self._clock()
        heard = heard_by(self._consumers.seen(), self._since, now)
        recorded = self._journal.record(
            lambda view: [
                service_draft(event, operation.meta())
                for event in watch(view.service, heard, self._usual, now)
            ]
        )
        for event in (each.envelope.event for each in recorded):
            if isinstance(event, AlertRaised):
                _log.error("something is amiss", alert=event.alert, at=event.at.isoformat())
            else:
                _log.info("all is well again", alert=event.alert)


def heard_by(seen: Sequence[ConsumerSeen], since: datetime, now: datetime) -> Heard:
    """Return what the consumers know together; of certificates only those that live."""
    ends = [c.certificate_ends for c in seen if c.certificate_ends and now - c.seen_at < UNREAD]
    return Heard(
        since=since,
        read_at=max((c.read_at for c in seen if c.read_at), default=None),
        said_at=max((c.heard_at for c in seen if c.heard_at), default=None),
        certificate_ends=min(ends, default=None),
    )
