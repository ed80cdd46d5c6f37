# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb that looks for what is wrong: doctor."""

import platform
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from adapters.cli.check import Check
from adapters.cli.errors import DEGRADED
from adapters.cli.options import as_json, verb
from adapters.cli.output import print_json, print_table
from adapters.cli.session import opened
from adapters.tables import counted, iso, prose, some
from domain.errors import EbsError
from domain.policy import revision

if TYPE_CHECKING:
    from adapters.app import App
    from adapters.ports.koji import Koji
    from domain.service.state import Service

_SERVER: Final = b"select current_setting('server_version'), current_user"


@verb(
    "doctor",
    ("ebs doctor", "what is wrong, and what to do about it"),
    ("ebs doctor --json", "for a monitor; exits 8 where something is wrong"),
)
@as_json
def doctor(*, as_json: bool) -> int | None:
    """Look for what is wrong, and say what to do; exit 8 where something is."""
    checks = list(_checks())
    if as_json:
        print_json({"ok": _healthy(checks), "checks": checks})
    else:
        columns = ("CHECK", "STATE", prose("FOUND"), prose("DO"))
        print_table(columns, [(c.name, c.health, c.found, c.do) for c in checks])
    return None if _healthy(checks) else DEGRADED


def _healthy(checks: list[Check]) -> bool:
    return all(check.health == "ok" for check in checks)


def _checks() -> Iterator[Check]:
    yield Check("python", "ok", platform.python_version())
    try:
        with opened() as app:
            yield _database(app)
            yield _projections(app)
            with app.journal.look() as view:
                service = view.service
            yield _policy(app, service)
            yield _offered_last(service)
            yield _baseline(service)
            yield _pause(service)
            yield _held(service)
            yield _inbox(app)
            yield from _bus(app)
            yield from _koji(app, service)
            yield from _channels(app)
    except EbsError as error:
        yield Check("service", "fail", str(error), error.do)


def _database(app: "App") -> Check:
    from adapters.store.phases import migrations  # noqa: PLC0415 - see session

    [(version, role)] = app.log.connections.fetch(_SERVER)
    where = "a given database" if app.config.database_url else f"embedded in {app.config.state_dir}"
    schema = migrations()[-1].name
    return Check("database", "ok", f"PostgreSQL {version}, {where}, schema {schema}, role {role}")


def _projections(app: "App") -> Check:
    from projections import runner  # noqa: PLC0415 - see session

    with app.log.reading() as cursor:
        position = runner.position(cursor)
    head = app.log.head()
    if position == head:
        return Check("projections", "ok", f"at the head, {head}")
    return Check("projections", "fail", f"at {position} of {head}", "ebs projections rebuild")


def _policy(app: "App", service: "Service") -> Check:
    offered = app.configuration.offered()
    in_force = service.configured.policy_revision
    if offered.faults:
        return Check("policy", "fail", "; ".join(offered.faults), "mend it: ebs config check")
    if not app.config.policy and not in_force:
        return Check("policy", "warn", "none is named", "name one with --policy or EBS_POLICY")
    if not app.config.policy:
        return Check("policy", "ok", f"{in_force} is in force, no other is named")
    if offered.policy is None:
        return Check("policy", "fail", f"{app.config.policy} cannot be read now", "see the log")
    if revision(offered.policy) != in_force:
        found = f"{offered.origin} is not adopted yet"
        return Check("policy", "warn", found, "ebs config adopt, or a worker")
    return Check("policy", "ok", f"{in_force}, from {offered.origin}")


def _offered_last(service: "Service") -> Check:
    if not service.rejected:
        return Check("policy offered", "ok", "none was rejected since")
    found = f"the last one was rejected: {'; '.join(service.rejected)}"
    return Check("policy offered", "warn", found, "mend it, then: ebs config adopt")


def _baseline(service: "Service") -> Check:
    if service.baseline is None:
        return Check("baseline", "warn", "none, so nothing is queued", "ebs baseline --from FILE")
    return Check("baseline", "ok", f"of {iso(service.baseline.taken_at)}")


def _pause(service: "Service") -> Check:
    pause = service.pause
    if pause is None:
        return Check("pause", "ok", "not paused")
    do = "set pause: false in the policy" if pause.by == "policy" else "ebs resume"
    return Check("pause", "warn", f"by {pause.by} since {iso(pause.since)}: {pause.reason}", do)


def _held(service: "Service") -> Check:
    plans = [hold.plan for hold in service.held]
    if not plans:
        return Check("held plans", "ok", "none")
    return Check("held plans", "warn", some(plans), "ebs plan, then approve or reject")


def _inbox(app: "App") -> Check:
    waiting = app.inbox.count()
    if not waiting:
        return Check("inbox", "ok", "empty")
    return Check("inbox", "warn", f"{counted(waiting, 'message')} to be read", "ebs work")


def _bus(app: "App") -> Iterator[Check]:
    from adapters.cli.doctor_bus import bus_checks  # noqa: PLC0415 - see session

    yield from bus_checks(app)


def _left_over(app: "App", koji: "Koji") -> Iterator[Check]:
    """Look for side tags that no batch owns; a hub that cannot say was told of above."""
    from adapters.ports.koji import KojiError  # noqa: PLC0415 - see session
    from adapters.service.orphans import Orphans  # noqa: PLC0415

    try:
        found = Orphans(app.journal, koji, app.config.koji.build_target).find()
    except KojiError:
        return
    ours = [orphan.name for orphan in found if orphan.batch is not None]
    if not ours:
        others = f"; {len(found)} that this log did not make" if found else ""
        yield Check("side tags", "ok", f"none of ours is left over{others}")
    else:
        yield Check("side tags", "warn", f"left over: {some(ours)}", "ebs cleanup")


def _koji(app: "App", service: "Service") -> Iterator[Check]:
    from adapters.app import look_outside  # noqa: PLC0415 - see session
    from adapters.cli.doctor_bodhi import bodhi_checks  # noqa: PLC0415
    from adapters.cli.doctor_koji import koji_checks  # noqa: PLC0415

    try:
        with look_outside(app.config) as outside:
            yield from koji_checks(outside.koji, app.config, service, app.clock)
            if outside.koji is not None:
                yield from _left_over(app, outside.koji)
                yield from bodhi_checks(outside.bodhi, app.config.bodhi)
    except EbsError as error:
        yield Check("koji", "fail", str(error), error.do)


def _channels(app: "App") -> Iterator[Check]:
    """Ask each way out whether somebody is there; nothing is sent."""
    from adapters.app import outlets  # noqa: PLC0415 - see session

    with ExitStack() as stack:
        found = [*outlets(app.config, stack)]
        for outlet in found:
            name = f"channel {outlet.name}"
            try:
                yield Check(name, "ok", outlet.channel.check())
            except EbsError as error:
                yield Check(name, "fail", str(error), error.do)
    if not found:
        yield Check("channels", "ok", "neither mail nor messages are configured")
