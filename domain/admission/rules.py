# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verdict depends on apart from the package itself."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.errors import Refused
from domain.policy import Names
from domain.service.state import Configured, Service
from domain.values import Mode


@dataclass(frozen=True, slots=True)
class Rules:
    """The configuration in force at ``now``, compiled for asking about every package.

    ``failure_expiry`` in seconds, 0 for never. ``off``: rows of the table that are switched off,
    for questions of the kind 'what would EBS have done'.
    """

    names: Names
    trigger_tag: str
    stable_tag: str
    dist: str | None
    mode: Mode
    failure_expiry: int
    policy_revision: str
    list_revision: str
    settings_revision: str
    now: datetime
    off: frozenset[int] = frozenset()

    def at(self, now: datetime) -> "Rules":
        """Return the same rules at another time."""
        return replace(self, now=now)

    def without_rows(self, *rows: int) -> "Rules":
        """Return these rules with some rows of the table switched off."""
        return replace(self, off=frozenset(rows))


def rules_of(service: Service, now: datetime) -> Rules:
    """Return the rules in force. Raises Refused where none can be: no policy, or no trigger tag."""
    return compile_rules(service.configured, service.dist, now)


@dataclass(frozen=True, slots=True)
class Before:
    """The rules before a change of configuration, and when it was made."""

    rules: Rules
    changed_at: datetime


def rules_before(service: Service, now: datetime) -> tuple[Before, ...]:
    """Return the rules before each recent change; those before there were any are left out."""
    return tuple(
        Before(compile_rules(change.before, service.dist, now), change.at)
        for change in service.changes
        if change.before.policy is not None and change.before.trigger_tag is not None
    )


def compile_rules(configured: Configured, dist: str | None, now: datetime) -> Rules:
    """Compile a configuration. Raises Refused where it has no policy or no trigger tag."""
    if configured.policy is None:
        raise Refused(
            "nothing can be decided",
            why="no policy was adopted yet",
            do="name one with EBS_POLICY or --policy and run 'ebs config adopt'",
        )
    if configured.trigger_tag is None:
        raise Refused(
            "nothing can be decided",
            why=f"the trigger tag {configured.policy.trigger_tag!r} is not resolved yet",
            do="name a tag such as f42 as trigger_tag in the policy",
        )
    return Rules(
        names=Names(configured.policy, configured.packages.views),
        trigger_tag=configured.trigger_tag,
        stable_tag=configured.settings.stable_tag,
        dist=dist,
        mode=configured.settings.mode,
        failure_expiry=configured.settings.failure_expiry,
        policy_revision=configured.policy_revision,
        list_revision=configured.list_revision,
        settings_revision=configured.settings_revision,
        now=now,
    )
