# SPDX-License-Identifier: GPL-3.0-or-later
"""Control: the service's own state in one row."""

from typing import Final

import pytest

from adapters.service.journal import Journal
from adapters.store.log import EventLog
from domain.service import Service
from domain.service.events import (
    Baselined,
    ChannelsAdopted,
    DigestDue,
    DistChanged,
    HeldBuild,
    Notified,
    Paused,
    PlanHeld,
    PolicyRejected,
)
from projections import control
from projections.news import divide
from tests.domain.given import Fact, configured, given, tagged, time
from tests.domain.service.given import adopted, after, said
from tests.projections.writing import projected, record

EVERYTHING: Final[list[Fact]] = [
    *adopted(configured("f41", overrides={"ipa": "freeipa"}, exclude=["^kernel"])),
    *adopted(configured("f42", mode="shadow"), at=10, correlation="later"),
    said(Baselined(time(5), {"f41": 2}, "digest", 7), 5),
    said(Paused("branching", time(99)), 20, by="ada"),
    said(DistChanged(None, "eln142"), 30),
    said(PlanHeld("0123456789ab", "too many", (HeldBuild("bash", 1, 0),)), 40),
    said(PlanHeld("ba9876543210", "too many", (HeldBuild("zsh", 2, 1),), requested=True), 45),
    said(PolicyRejected("git", ("line 3",)), 50),
    said(ChannelsAdopted(("bus", "mail")), 60),
    said(DigestDue("mail", "daily", time(60), time(70), 5), 70),
    said(Notified("mail", "failures", 7), 80),
]


@pytest.mark.parametrize("count", range(len(EVERYTHING) + 1))
def test_what_the_row_holds_is_read_back_equal(count: int) -> None:
    """Encoded and decoded, the service is what it was."""
    service = after(*EVERYTHING[:count])
    assert control._decode(control._encode(service)) == service


def test_only_the_services_stream_is_folded() -> None:
    """Packages' events between are passed over."""
    own = [fact.recorded(n, n) for n, fact in enumerate(EVERYTHING, start=1)]
    mixed = [event for each in own for event in (*given(tagged(1, 10)).log, each)]
    folded = control.fold(Service(), divide(mixed))
    assert folded == control.fold(Service(), divide(own)) == after(*EVERYTHING)


def test_the_row_holds_what_the_log_adds_up_to(journal: Journal, log: EventLog) -> None:
    """Kept with each append, the row is the service that the events add up to."""
    assert projected(log).service == Service()
    record(journal, EVERYTHING)
    assert projected(log).service == after(*EVERYTHING)
