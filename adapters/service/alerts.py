# SPDX-License-Identifier: GPL-3.0-or-later
"""What is amiss, in words, and what to do about it."""

from datetime import UTC, datetime
from typing import Final

from adapters.words import iso
from domain.service.events import AlertKind
from domain.service.state import Alert

NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Long before there was any bus."""

_TOLD: Final[dict[AlertKind, tuple[str, str]]] = {
    "bus-unread": (
        "no consumer reads the bus (last: {})",
        "start 'ebs consume'; where it runs, see what it logs",
    ),
    "bus-silent": (
        "the bus says nothing (last: {})",
        "see whether Koji's messages go out; 'ebs catch-up' reads what they did not tell",
    ),
    "certificate-ends": (
        "the broker lets us in until {}",
        "renew the certificate, then start 'ebs consume' again",
    ),
    "notice-refused": (
        "a notice was refused for good at {}, and nobody told of it",
        "'ebs doctor' says which, and why",
    ),
    "ticket-ends": (
        "Kerberos gives no new ticket (the last: until {})",
        "'ebs doctor' on the worker's machine says why",
    ),
}
"""What is amiss, and what to do."""


def alert_told(alert: Alert) -> tuple[str, str]:
    """Return what is amiss, and what to do."""
    what, do = _TOLD[alert.kind]
    return what.format("never" if alert.at == NEVER else iso(alert.at)), do
