# SPDX-License-Identifier: GPL-3.0-or-later
"""Verbs that ask how things are: status, queue."""

from typing import TYPE_CHECKING, Any

from adapters.cli.bus import alerts_told, bus_state, bus_text
from adapters.cli.options import as_csv, as_json, verb
from adapters.cli.outlook import tell_why_nothing
from adapters.cli.output import print_csv, print_json, print_pairs, print_table, talk
from adapters.cli.points import at_point
from adapters.cli.session import opened
from adapters.tables import number
from adapters.words import counted, iso

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.service.outlook import Outlook
    from adapters.service.reports import Waiting
    from domain.service.state import Baseline, CaughtUp, Pause, Service
    from projections.points import Point


@verb(
    "status",
    ("ebs status", "paused or not, what is queued, what waits for whom"),
    ("ebs status --at 2024-08-20T12:00Z", "... as it was by what was on record then"),
    ("ebs status --json", "the same for a program"),
)
@at_point
@as_json
def status(*, at: "Point | None", as_json: bool) -> None:
    """Show how the service is, or was, and why nothing is queued where nothing is."""
    from adapters.service import reports  # noqa: PLC0415 - see session

    with opened() as app:
        with app.journal.look(at) as view:
            service, waiting, then = view.service, reports.waiting(view), view.at
            unstable = sum(len(batch.unstable) for batch in view.unstable())
            outlook = app.gate.hindsight(view) if then else None
        outlook = outlook or app.gate.outlook()
        bus = None if then else bus_state(app)
    alerts = [{"alert": alert.kind, "at": alert.at} for alert in service.alerts]
    found = {**_status(service, outlook, waiting, then), "bus": bus, "alerts": alerts}
    found["unstable"] = unstable
    if as_json:
        print_json(found)
        return
    _for_people(found, service)
    changed = outlook.service.configured.policy_revision
    if changed != service.configured.policy_revision:
        talk(f"policy {changed} waits to be adopted: 'ebs work' or 'ebs config adopt'")
    tell_why_nothing(outlook, service.rejected)
    talk(*alerts_told(service))


@verb(
    "queue",
    ("ebs queue", "what waits to be built, oldest verdict first"),
    ("ebs queue --at -6h --csv", "what waited six hours ago, as CSV"),
)
@at_point
@as_json
@as_csv
def queue(*, at: "Point | None", as_json: bool, as_csv: bool) -> None:
    """List the builds that are, or were, queued and not ended."""
    from adapters.service import reports  # noqa: PLC0415 - see session

    with opened() as app, app.journal.look(at) as view:
        waiting = reports.waiting(view)
    rows = [(w.position, w.package, w.build_id, w.nvr, w.batch) for w in waiting]
    if as_json:
        print_json(waiting)
    elif as_csv:
        print_csv(("position", "package", "build_id", "nvr", "batch"), rows)
    elif rows:
        print_table((number("POSITION"), "PACKAGE", number("BUILD"), "NVR", number("BATCH")), rows)
    else:
        talk("nothing is queued; 'ebs status' says why")


def _status(
    service: "Service",
    outlook: "Outlook",
    waiting: "Sequence[Waiting]",
    at: "datetime | None",
) -> dict[str, Any]:
    """What is on record; only a pause that ran out counts as over before a pass says so."""
    configured = service.configured
    building = sum(each.batch is not None for each in waiting)
    return {
        "position": outlook.position,
        "paused": _paused(outlook.service.pause),
        "trigger_tag": configured.trigger_tag,
        "dist": service.dist,
        "mode": configured.settings.mode,
        "policy_revision": configured.policy_revision or None,
        "baseline": _baseline(service.baseline),
        "waiting": sum(1 for _ in outlook.plan.judgements),
        "queued": len(waiting) - building,
        "building": building,
        "plan": service.held[-1].plan if service.held else None,
        "caught_up": _caught_up(service.caught_up),
        "at": at,
    }


def _caught_up(last: "CaughtUp | None") -> dict[str, Any] | None:
    return None if last is None else {"as_of": last.as_of, "koji_event": last.upto}


def _paused(pause: "Pause | None") -> dict[str, Any] | None:
    if pause is None:
        return None
    return {"by": pause.by, "reason": pause.reason, "since": pause.since, "until": pause.until}


def _baseline(baseline: "Baseline | None") -> dict[str, Any] | None:
    if baseline is None:
        return None
    return {
        "at": baseline.taken_at,
        "position": baseline.position,
        "koji_event": baseline.koji_event or None,
    }


def _for_people(found: dict[str, Any], service: "Service") -> None:
    pause, baseline, read = found["paused"], service.baseline, service.caught_up
    said = {
        "paused": "no" if pause is None else _pause_text(pause),
        "baseline": f"{iso(baseline.taken_at)}, at {baseline.position}" if baseline else "none",
        "waiting": f"{counted(found['waiting'], 'verdict')} to be recorded",
        "queued": counted(found["queued"], "build"),
        "building": counted(found["building"], "build"),
        "plan": _plans(service),
        "caught_up": f"{iso(read.as_of)}, event {read.upto}" if read else "never with Koji",
        "bus": bus_text(found["bus"]),
        "alerts": ", ".join(alert.kind for alert in service.alerts) or "none",
        "unstable": f"{counted(found['unstable'], 'build')} not there yet",
    }
    labels = {
        "trigger_tag": "trigger tag",
        "policy_revision": "policy",
        "caught_up": "caught up",
        "at": "as of",
        "unstable": "stable tag",
    }
    now = {"at"} if found["at"] is None else set()
    shown = {key: value for key, value in found.items() if key not in now}
    print_pairs((labels.get(key, key), said.get(key, value) or "-") for key, value in shown.items())


def _plans(service: "Service") -> str:
    held = [hold.plan for hold in service.held]
    return f"{' and '.join(held)} {'is' if len(held) == 1 else 'are'} held" if held else "none held"


def _pause_text(pause: dict[str, Any]) -> str:
    until = f", until {iso(pause['until'])}" if pause["until"] else ""
    return f"by {pause['by']} since {iso(pause['since'])}{until}: {pause['reason']}"
