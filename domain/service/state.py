# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service's events add up to: pause, configuration, baseline, held plans."""

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from domain.policy import PackageList, Policy, Settings
from domain.service.events import AlertKind, HeldBuild

STREAM: Final = "service"
"""The id of the service's stream."""


class Baseline(Struct, frozen=True, array_like=True, gc=False):
    """The last baseline taken, and of which tags."""

    taken_at: datetime
    koji_event: int
    position: int
    tags: tuple[str, ...] = ()


class CaughtUp(Struct, frozen=True, array_like=True, gc=False):
    """Up to which Koji event the tag history was read, as of when, and the ids of which tags.

    Of the one that was the ``trigger`` then, all of it.
    """

    upto: int
    as_of: datetime
    tags: dict[str, int]
    position: int
    trigger: str | None = None


class Pause(Struct, frozen=True, array_like=True, gc=False):
    """Why nothing is queued; ``until`` is None where only a person ends it."""

    by: str
    reason: str
    since: datetime
    until: datetime | None


class Configured(Struct, frozen=True, array_like=True, gc=False):
    """All that people configure and that takes part in decisions, with its revisions' names."""

    policy: Policy | None = None
    policy_revision: str = ""
    packages: PackageList = PackageList()
    list_revision: str = ""
    settings: Settings = Settings()
    settings_revision: str = ""
    trigger_tag: str | None = None


class Change(Struct, frozen=True, array_like=True, gc=False):
    """A change of what makes builds due, made by one operation: what was before, and when.

    ``kinds`` says what it changed: the trigger, the list, or what narrows it.
    """

    before: Configured
    at: datetime
    correlation: str
    kinds: tuple[str, ...]


CHANGE_COUNTS_FOR: Final = timedelta(hours=24)
"""For how long a change of configuration is remembered beside a later one."""


class HeldPlan(Struct, frozen=True, array_like=True, gc=False):
    """A frozen list of builds that waits for a person."""

    plan: str
    reason: str
    builds: tuple[HeldBuild, ...]
    requested: bool = False


class Alert(Struct, frozen=True, array_like=True, gc=False):
    """Something that is amiss, and when what it is about last was, or will be."""

    kind: AlertKind
    at: datetime


class Digested(Struct, frozen=True, array_like=True, gc=False):
    """Up to when, and which position, the last digest of a period reaches."""

    until: datetime
    position: int


class Refusal(Struct, frozen=True, array_like=True, gc=False):
    """A notice that a channel refused for good, of the event at a position, and why."""

    at: datetime
    notice: str
    position: int
    reason: str


class Progress(Struct, frozen=True, array_like=True, gc=False):
    """How far a channel has told what happened, since it was adopted at the position ``begun``.

    ``position`` is that of the last event told of, ``notices`` what was told of it; ``digests`` are
    the last of each period. ``refused``: what was refused since something was last taken over.
    """

    since: datetime
    begun: int
    position: int
    notices: tuple[str, ...] = ()
    digests: dict[str, Digested] = {}
    refused: Refusal | None = None


class Service(Struct, frozen=True, array_like=True, gc=False):
    """All that matters of the service's stream, which has ``version`` events up to ``position``.

    ``changes`` are those of the day up to the last one, and the last of each kind, oldest first.
    ``rejected`` holds the faults of the last policy refused, so that it is recorded only once.
    ``channels``: what is told, and how far; it grows by channels, not by what they tell.
    """

    version: int = 0
    position: int = 0
    baseline: Baseline | None = None
    operator_pause: Pause | None = None
    policy_pause_since: datetime | None = None
    configured: Configured = Configured()
    changes: tuple[Change, ...] = ()
    dist: str | None = None
    held: tuple[HeldPlan, ...] = ()
    rejected: tuple[str, ...] = ()
    caught_up: CaughtUp | None = None
    alerts: tuple[Alert, ...] = ()
    channels: dict[str, Progress] = {}

    @property
    def pause(self) -> Pause | None:
        """The pause in force: an operator's, else the policy's."""
        if self.operator_pause is not None:
            return self.operator_pause
        if self.policy_pause_since is not None:
            return Pause("policy", "pause: true in the policy", self.policy_pause_since, None)
        return None

    def held_plan(self, plan: str) -> HeldPlan | None:
        """Return the held plan of that name."""
        return next((held for held in self.held if held.plan == plan), None)
