# SPDX-License-Identifier: GPL-3.0-or-later
"""Watches how the bus is heard, and whether we are let in, and records what is amiss."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from adapters.ports import Clock
from adapters.ports.bus import Consumers, ConsumerSeen
from adapters.ports.kerberos import KerberosError, Ticket
from adapters.service.journal import Journal, service_draft
from adapters.service.operation import Operation
from domain.service.events import AlertRaised
from domain.service.watch import UNREAD, Heard, Lifetime, Usual, watch

_log = structlog.get_logger(__name__)


class Watch:
    """Looks at the consumers of the bus and at our ticket, where there are any, from its making on.

    To look at the ticket is to renew it where it is time.
    """

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        usual: Usual,
        consumers: Consumers | None = None,
        ticket: Ticket | None = None,
    ) -> None:
        self._journal = journal
        self._consumers = consumers
        self._ticket = ticket
        self._clock = clock
        self._usual = usual
        self._since = clock()

    def look(self, operation: Operation) -> None:
        """Record and log what began or ended since the last look."""
        ticket = self._lifetime()
        now = self._clock()
        seen = self._consumers.seen() if self._consumers is not None else None
        heard = heard_by(seen, self._since, now) if seen is not None else None
        recorded = self._journal.record(
            lambda view: [
                service_draft(event, operation.meta())
                for event in watch(view.service, heard, ticket, self._usual, now)
            ]
        )
        for event in (each.envelope.event for each in recorded):
            if isinstance(event, AlertRaised):
                _log.error("something is amiss", alert=event.alert, at=event.at.isoformat())
            else:
                _log.info("all is well again", alert=event.alert)

    def _lifetime(self) -> Lifetime | None:
        if self._ticket is None:
            return None
        try:
            held = self._ticket.hold()
        except KerberosError:  # it is logged where it was tried
            return Lifetime(self._since)
        return Lifetime(held.since, held.ends)


def heard_by(seen: Sequence[ConsumerSeen], since: datetime, now: datetime) -> Heard:
    """Return what the consumers know together; of certificates only those that live."""
    ends = [c.certificate_ends for c in seen if c.certificate_ends and now - c.seen_at < UNREAD]
    return Heard(
        since=since,
        read_at=max((c.read_at for c in seen if c.read_at), default=None),
        said_at=max((c.heard_at for c in seen if c.heard_at), default=None),
        certificate_ends=min(ends, default=None),
    )
