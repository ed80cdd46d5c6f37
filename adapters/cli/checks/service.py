# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor looks at of the service: whether it works, and what waits for whom."""

from collections.abc import Iterator

from adapters.app import App
from adapters.cli.checks.check import Check
from adapters.service.alerts import alert_told
from adapters.store.leader import is_led
from adapters.words import counted, iso, some
from domain.service.state import Service


def checks(app: App) -> Iterator[Check]:
    """Yield how it is."""
    with app.journal.look() as view:
        service = view.service
    yield _worker(app)
    yield from _ticket(service)
    yield _baseline(service, online=app.config.koji.online)
    yield _pause(service)
    yield _held(service)
    yield _inbox(app)
    yield _notices(service)


def _worker(app: App) -> Check:
    if is_led(app.log.connections):
        return Check("worker", "ok", "one leads")
    return Check("worker", "warn", "none is at work, so nothing is decided", "start 'ebs work'")


def _ticket(service: Service) -> Iterator[Check]:
    """Tell of the worker's ticket, which is on another machine perhaps."""
    for alert in service.alerts:
        if alert.kind == "ticket-ends":
            yield Check("worker's ticket", "warn", *alert_told(alert))


def _baseline(service: Service, *, online: bool) -> Check:
    if service.baseline is None:
        do = "ebs baseline" if online else "ebs baseline --from FILE"
        return Check("baseline", "warn", "none, so nothing is queued", do)
    return Check("baseline", "ok", f"of {iso(service.baseline.taken_at)}")


def _pause(service: Service) -> Check:
    pause = service.pause
    if pause is None:
        return Check("pause", "ok", "not paused")
    do = "set pause: false in the policy" if pause.by == "policy" else "ebs resume"
    return Check("pause", "warn", f"by {pause.by} since {iso(pause.since)}: {pause.reason}", do)


def _held(service: Service) -> Check:
    plans = [hold.plan for hold in service.held]
    if not plans:
        return Check("held plans", "ok", "none")
    return Check("held plans", "warn", some(plans), "ebs plan, then approve or reject")


def _inbox(app: App) -> Check:
    waiting = app.inbox.count()
    if not waiting:
        return Check("inbox", "ok", "empty")
    return Check("inbox", "warn", f"{counted(waiting, 'message')} to be read", "ebs work")


def _notices(service: Service) -> Check:
    refusals = [(name, c.refused) for name, c in service.channels.items() if c.refused]
    if not refusals:
        return Check("notices", "ok", "none was refused since one was taken over")
    name, last = refusals[0]
    found = f"{name} refused {last.notice} of event {last.position}: {last.reason}"
    do = f"mend what it objects to; what nobody was told: ebs events --from {last.position}"
    return Check("notices", "warn", found, do)
