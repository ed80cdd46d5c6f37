# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor looks at of the bus: configuration, certificate, broker, and how it is heard."""

from collections.abc import Iterator
from contextlib import closing
from typing import Final

from adapters.app import App, utc_now
from adapters.bus import settings
from adapters.bus.publisher import Publisher
from adapters.cli.bus import bus_state, bus_text
from adapters.cli.checks.check import Check
from adapters.config.sections import Bus
from adapters.errors import DependencyDown
from adapters.service.alerts import NEVER, alert_told
from adapters.service.watch import heard_by
from adapters.words import iso, some
from domain.errors import EbsError
from domain.service.watch import amiss

_RENEW: Final = "renew the certificate, then start 'ebs consume' again"


def checks(section: Bus, app: App | None) -> Iterator[Check]:
    """Yield what the bus looks like; where its configuration cannot be read, nothing more."""
    if section.conf is None:
        yield Check("bus", "ok", "none is configured: Koji's history alone is read")
        return
    settings.load(section.conf)
    yield Check("bus", "ok", f"{settings.broker()}, by {section.conf}")
    yield _certificate(section)
    yield _topics()
    yield _queues()
    if app is not None:
        yield from _heard(app)
    yield _broker(section)


def _certificate(section: Bus) -> Check:
    try:
        ends = settings.certificate_ends()
    except EbsError as error:
        return Check("bus certificate", "fail", str(error), error.do)
    if ends is None:
        return Check("bus certificate", "ok", "none: by user and password")
    left = ends - utc_now()
    if left.total_seconds() < 0:
        return Check("bus certificate", "fail", f"it ended at {iso(ends)}", _RENEW)
    if left < section.usual().certificate:
        return Check("bus certificate", "warn", f"lets us in until {iso(ends)}", _RENEW)
    return Check("bus certificate", "ok", f"lets us in until {iso(ends)}")


def _broker(section: Bus) -> Check:
    """Ask as the library does, which finds its certificates by itself."""
    with closing(Publisher(section.conf, timeout=section.publish_timeout)) as client:
        try:
            return Check("broker", "ok", f"lets us in: {client.check()}")
        except DependencyDown as error:
            do = "see whether it runs; check amqp_url and tls in fedora-messaging's configuration"
            return Check("broker", "fail", f"{settings.broker()}: {error.why}", do)


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


def _heard(app: App) -> Iterator[Check]:
    """Look for what is amiss now, told already or not: who asks has always been looking."""
    now = app.clock()
    heard = heard_by(app.consumers.seen(), NEVER, now)
    found = list(amiss((), heard, app.config.bus.usual(), now))
    for alert in found:
        what, do = alert_told(alert)
        yield Check(alert.kind.replace("-", " "), "warn", what, do)
    if not found:
        yield Check("bus heard", "ok", bus_text(bus_state(app)))
