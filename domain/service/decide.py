# SPDX-License-Identifier: GPL-3.0-or-later
"""What people and configuration may do to the service, as the events that record it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from msgspec import Struct

from domain.errors import Invalid, Refused
from domain.policy import PackageList, Policy, Settings, revision
from domain.service.events import (
    DistChanged,
    LogLevelSet,
    NoteAdded,
    PackageListAdopted,
    Paused,
    PauseExpired,
    PolicyAdopted,
    PolicyRejected,
    Resumed,
    ServiceEvent,
    SettingsAdopted,
    TriggerChanged,
)
from domain.service.state import Configured, Service
from domain.values import minute, utc

RAWHIDE: Final = "rawhide"
"""The ``trigger_tag`` that stands for whatever tag Bodhi names; it is no tag itself."""


class Offered(Struct, frozen=True):
    """The configuration as it is outside; None where it could not be read and the old one stays.

    ``rawhide`` is the tag that Bodhi names for Rawhide. ``faults`` say what is wrong with a policy
    that must not be adopted; ``unread`` says why there was none to be had now.
    """

    settings: Settings
    policy: Policy | None = None
    packages: PackageList | None = None
    origin: str = ""
    commit: str | None = None
    dist: str | None = None
    rawhide: str | None = None
    faults: tuple[str, ...] = ()
    unread: str = ""


def adopt(service: Service, offered: Offered) -> Iterator[ServiceEvent]:
    """Yield what differs from what is in force, as events."""
    configured = service.configured
    settings_revision = revision(offered.settings)
    if settings_revision != configured.settings_revision:
        yield SettingsAdopted(settings_revision, offered.settings)
    if offered.faults and offered.faults != service.rejected:
        yield PolicyRejected(offered.origin, offered.faults, offered.commit)
    if offered.policy is not None:
        yield from _adopt_policy(service, offered, offered.policy)
    yield from _move_trigger(service.configured, offered)
    if offered.packages is not None:
        yield from _adopt_packages(service, offered.packages)
    if offered.dist is not None and offered.dist != service.dist:
        yield DistChanged(service.dist, offered.dist)


def _adopt_policy(service: Service, offered: Offered, policy: Policy) -> Iterator[ServiceEvent]:
    configured = service.configured
    name = revision(policy)
    # A policy mended to what is in force already is told, too: the rejection is over.
    if name != configured.policy_revision or service.rejected:
        changes = tuple(difference(configured.policy, policy))
        yield PolicyAdopted(name, policy, offered.origin, offered.commit, changes)


def _move_trigger(configured: Configured, offered: Offered) -> Iterator[TriggerChanged]:
    """Follow the policy, and Rawhide where the policy names that."""
    policy = offered.policy or configured.policy
    tag = policy.trigger_tag if policy else None
    wanted = offered.rawhide if tag == RAWHIDE else tag
    if wanted not in (None, configured.trigger_tag):
        yield TriggerChanged(configured.trigger_tag, wanted)


def _adopt_packages(service: Service, packages: PackageList) -> Iterator[ServiceEvent]:
    name = revision(packages)
    if name == service.configured.list_revision:
        return
    before, after = set(service.configured.packages.views), set(packages.views)
    first = not service.configured.list_revision
    yield PackageListAdopted(
        name,
        packages,
        added=() if first else tuple(sorted(after - before)),
        removed=tuple(sorted(before - after)),
    )


def difference(before: Policy | None, after: Policy) -> Iterator[str]:
    """Yield a line for each key of the policy that changed."""
    if before is None:
        return
    for field in Policy.__struct_fields__:
        old, new = getattr(before, field), getattr(after, field)
        if old != new:
            yield f"{field}: {old} → {new}"


def pause(service: Service, reason: str, until: datetime | None, now: datetime) -> Paused:
    """Pause, or pause for longer and for another reason; the end is recorded in UTC.

    Raises Invalid, or Refused where it would end before the pause in force: nobody may end
    another's pause unawares.
    """
    if not reason.strip():
        raise Invalid("a pause needs a reason", why="everybody will read it", do="give --reason")
    if until is not None and (until := utc(until)) <= now:
        raise Invalid(
            f"{until.isoformat()} is over already", do="give a time in the future, or no --until"
        )
    running = service.operator_pause
    if running is not None and until is not None and not _ends_by(running.until, until):
        raise Refused(
            f"the service is paused for longer already, by {running.by}: {running.reason}",
            why=f"until {minute(running.until)}" if running.until else "without an end",
            do="resume first, then pause anew",
        )
    return Paused(reason, until)


def _ends_by(running: datetime | None, until: datetime) -> bool:
    return running is not None and running <= until


def resume(service: Service, reason: str = "") -> Resumed:
    """Lift the operators' pause. Raises Refused where there is none, or the policy's stays."""
    if service.policy_pause_since is not None:
        raise Refused(
            "the policy's pause stays",
            why=f"configuration.control.pause is true since {minute(service.policy_pause_since)}",
            do="set it to false in the policy; the worker adopts that by itself",
        )
    if service.operator_pause is None:
        raise Refused("the service is not paused", do="see 'ebs status'")
    return Resumed(reason)


def expire_pause(service: Service, now: datetime) -> Iterator[ServiceEvent]:
    """Yield the end of a pause that ran out."""
    paused = service.operator_pause
    if paused is not None and paused.until is not None and paused.until <= now:
        yield PauseExpired()


LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def log_level(name: str) -> LogLevelSet:
    """Set a level by its name, in any case. Raises Invalid."""
    if name.upper() not in LOG_LEVELS:
        raise Invalid("that is no log level", do=f"give one of {', '.join(LOG_LEVELS)}")
    return LogLevelSet(name.upper())


LONGEST_NOTE: Final = 2_000
"""Characters that a note may have."""


def note(
    text: str, at: datetime, now: datetime, *, package: str | None = None, batch: int | None = None
) -> NoteAdded:
    """Pin a note to a time, and to a package or a batch. Raises Invalid."""
    if not text.strip() or len(text) > LONGEST_NOTE or not text.isprintable():
        raise Invalid(
            "this is no note",
            why=f"it must be one line of 1 to {LONGEST_NOTE:,} characters that can be printed",
            do="write another note for what does not fit",
        )
    if package is not None and batch is not None:
        raise Invalid("a note is about a package or about a batch", do="write two notes")
    if at > now:
        raise Invalid(f"{at.isoformat()} is yet to come", do="give a time that is over, or none")
    return NoteAdded(text, package, batch)
