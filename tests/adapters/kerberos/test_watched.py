# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker looks at the ticket in each pass: it renews it in time, and tells where it cannot."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from adapters.service.journal import Journal
from adapters.service.operation import Operation
from adapters.service.watch import Watch
from adapters.store.log import EventLog
from domain.service.watch import Usual
from tests.fixtures.realm import Realm

pytest.importorskip("krb5", reason="make kerberos installs it")

from adapters.kerberos.ticket import KeptTicket

HOUR = timedelta(hours=1)


def test_a_ticket_that_cannot_be_renewed_is_an_alert(realm: Realm, log: EventLog) -> None:
    """In time to mend it: at half of its life it is tried, at three quarters it is told."""
    keytab, ahead = realm.add("ebs"), timedelta()

    def clock() -> datetime:
        return datetime.now(UTC) + ahead

    def look() -> list[str]:
        watch.look(Operation("ebs", "service", clock()))
        told = (recorded.envelope.event for recorded in log.read())
        return [f"{event.topic} {event.alert}" for event in told]

    journal = Journal(log)
    journal.catch_up()
    with closing(KeptTicket(keytab, None, None, clock)) as ticket:
        watch = Watch(journal, clock, Usual(HOUR, HOUR), ticket=ticket)
        assert look() == []
        ends = ticket.hold().ends
        realm.stop()
        ahead = 13 * HOUR
        assert look() == []
        ahead = 19 * HOUR
        assert look() == look() == ["alert-raised ticket-ends"]
        [raised] = log.read()
        assert raised.envelope.event.at == ends

        realm.start()
        ahead = 20 * HOUR
        look()
        # The KDC's clock is not ahead: what it gives has lived 20 of its 24 hours, too.
        ahead = timedelta()
        assert look() == ["alert-raised ticket-ends", "alert-cleared ticket-ends"]


def test_a_keytab_that_is_none_is_an_alert(realm: Realm, log: EventLog) -> None:
    """From the first look on; the pass itself goes on."""
    journal = Journal(log)
    journal.catch_up()
    missing = realm.folder / "nosuch.keytab"
    with closing(KeptTicket(missing, None, None, lambda: datetime.now(UTC))) as ticket:
        watch = Watch(journal, lambda: datetime.now(UTC), Usual(HOUR, HOUR), ticket=ticket)
        watch.look(Operation("ebs", "service", datetime.now(UTC)))

    assert [recorded.envelope.event.alert for recorded in log.read()] == ["ticket-ends"]
