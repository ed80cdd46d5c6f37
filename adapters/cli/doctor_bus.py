# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor looks at of the bus: its configuration, the certificate, and how it is heard."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from adapters.bus import settings
from adapters.cli.bus import bus_state, bus_text
from adapters.cli.check import Check
from adapters.service.alerts import NEVER, alert_told
from adapters.service.watch import heard_by
from adapters.tables import iso, some
from domain.errors import EbsError
from domain.service.watch import amiss

if TYPE_CHECKING:
    from adapters.app import App


def bus_checks(app: "App") -> Iterator[Check]:
    """Yield what the bus looks like; where its configuration cannot be read, nothing more."""
    conf = app.config.bus.conf
    if conf is None:
        yield Check("bus", "ok", "none is configured: Koji's history alone is read")
        return
    try:
        settings.load(conf)
    except EbsError as error:
        yield Check("bus", "fail", str(error), error.do)
        return
    yield Check("bus", "ok", f"{settings.broker()}, by {conf}")
    yield _certificate()
    yield _topics()
    yield _queues()
    yield from _heard(app)


def _certificate() -> Check:
    try:
        ends = settings.certificate_ends()
    except EbsError as error:
        return Check("bus certificate", "fail", str(error), error.do)
    found = f"lets us in until {iso(ends)}" if ends else "none: by user and password"
    return Check("bus certificate", "ok", found)


def _topics() -> Check:
    missing = settings.unheard()
    if missing:
        found = f"no binding lets through what ends in {some(missing)}"
        return Check("bus topics", "warn", found, "add them to the bindings, see deploy/examples")
    return Check("bus topics", "ok", "all of ours are bound")


def _queues() -> Check:
    forgetful = settings.forgetful()
    if forgetful:
        found = f"it loses messages while no consumer runs: {some(forgetful)}"
        do = "make it durable, neither auto_delete nor exclusive"
        return Check("bus queue", "warn", found, do)
    return Check("bus queue", "ok", "it outlives consumers and brokers")


def _heard(app: "App") -> Iterator[Check]:
    """Look for what is amiss now, told already or not: who asks has always been looking."""
    now = app.clock()
    heard = heard_by(app.consumers.seen(), NEVER, now)
    found = list(amiss((), heard, app.config.bus.usual(), now))
    for alert in found:
        what, do = alert_told(alert)
        yield Check(alert.kind.replace("-", " "), "warn", what, do)
    if not found:
        yield Check("bus heard", "ok", bus_text(bus_state(app)))
