# SPDX-License-Identifier: GPL-3.0-or-later
"""How the bus is heard, as status tells it, and what to do where something is amiss."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from adapters.cli.output import counted
from adapters.tables import iso
from domain.service.events import AlertKind
from domain.service.state import Alert, Service
from domain.service.watch import UNREAD

if TYPE_CHECKING:
    from adapters.app import App

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


def bus_state(app: "App") -> dict[str, Any] | None:
    """Return how the bus is heard, None where there is none and never was."""
    from adapters.service.watch import heard_by  # noqa: PLC0415 - see session

    now, seen = app.clock(), app.consumers.seen()
    if app.config.bus.conf is None and not seen:
        return None
    heard = heard_by(seen, now, now)
    return {
        "consumers": sum(now - each.seen_at < UNREAD for each in seen),
        "read_at": heard.read_at,
        "heard_at": heard.said_at,
        "certificate_ends": heard.certificate_ends,
    }


def bus_text(state: dict[str, Any] | None) -> str:
    """Return it in words."""
    if state is None:
        return "none configured"
    last = f"heard {iso(state['heard_at'])}" if state["heard_at"] else "nothing heard yet"
    return f"{counted(state['consumers'], 'consumer')}, {last}"


def alerts_told(service: Service) -> Iterator[str]:
    """Yield a line for each alert that stands."""
    for alert in service.alerts:
        what, do = alert_told(alert)
        yield f"{what}: {do}"
