# SPDX-License-Identifier: GPL-3.0-or-later
"""How the bus is heard, as status tells it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from adapters.service.alerts import alert_told
from adapters.words import counted, iso
from domain.service.state import Service
from domain.service.watch import UNREAD

if TYPE_CHECKING:
    from adapters.app import App


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
