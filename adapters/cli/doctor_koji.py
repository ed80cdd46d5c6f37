# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor looks at in Koji: hub, login, tags, target, dist, kojira and the clock."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

from adapters.cli.check import Check, Health
from adapters.config.static import Config
from adapters.ports import Clock
from adapters.ports.koji import BuildTarget, Koji, KojiError
from adapters.tables import iso
from domain.service.state import Service

STALE: Final = timedelta(days=1)
"""Kojira makes a repository minutes after its tag has changed, and ELN's changes every day."""

WORTH_A_WARNING: Final = timedelta(seconds=60)
TOO_FAR_OFF: Final = timedelta(minutes=10)
"""Beyond it what Koji dates and what we date can no longer be told apart."""


def koji_checks(koji: Koji | None, config: Config, service: Service, now: Clock) -> Iterator[Check]:
    """Yield what the hub looks like; once it fails to answer, nothing more is asked."""
    if koji is None:
        yield Check("koji", "ok", "offline, none is configured")
        return
    hub = _Hub(koji, config, service, now)
    for name, look in hub.looks.items():
        try:
            yield from look()
        except KojiError as error:
            yield Check(name, "fail", str(error), error.do)
            return


class _Hub:
    def __init__(self, koji: Koji, config: Config, service: Service, now: Clock) -> None:
        self._koji = koji
        self._config = config.koji
        self._service = service
        self._now = now
        self.looks: dict[str, Callable[[], Iterator[Check]]] = {
            "koji": self._answers,
            "koji login": self._login,
            "koji tags": self._tags,
            "build target": self._target,
            "koji clock": self._clock,
        }

    def _answers(self) -> Iterator[Check]:
        event = self._koji.last_event()
        name = self._config.url or self._config.profile
        yield Check("koji", "ok", f"{name}, at event {event.id} of {iso(event.ts)}")

    def _login(self) -> Iterator[Check]:
        user = self._koji.whoami()
        if user is None:
            found = "nobody is logged in, so nothing can be built"
            do = "give koji.user and koji.password_file, or koji.principal and koji.keytab"
            yield Check("koji login", "warn", found, do)
            return
        yield Check("koji login", "ok", f"{user.name}, id {user.id}")
        yield Check("koji permissions", "ok", ", ".join(self._koji.permissions()) or "none")

    def _tags(self) -> Iterator[Check]:
        trigger = self._service.configured.trigger_tag
        if trigger is not None:
            yield self._tag("trigger tag", trigger, "correct trigger_tag in the policy")
        yield self._tag("stable tag", self._config.stable_tag, "correct koji.stable_tag")

    def _tag(self, check: str, name: str, do: str) -> Check:
        tag = self._koji.tag(name)
        if tag is None:
            return Check(check, "fail", f"Koji has no tag {name}", do)
        return Check(check, "ok", f"{tag.name}, id {tag.id}")

    def _target(self) -> Iterator[Check]:
        name = self._config.build_target
        target = self._koji.build_target(name)
        if target is None:
            found = f"Koji has no target {name}"
            yield Check("build target", "fail", found, "correct koji.build_target")
            return
        found = f"{name}, from {target.build_tag.name} into {target.dest_tag.name}"
        yield Check("build target", "ok", found)
        yield self._dist(target)
        yield self._kojira(target)

    def _dist(self, target: BuildTarget) -> Check:
        dist, recorded = self._koji.dist(target.build_tag.id), self._service.dist
        if dist is None:
            found = f"{target.build_tag.name} has no rpm.macro.eln"
            return Check("dist", "warn", found, "ask Koji's administrators for it")
        if dist != recorded:
            found = f"{dist} by {target.build_tag.name}, on record is {recorded or 'none'}"
            return Check("dist", "warn", found, "ebs config adopt, or a worker")
        return Check("dist", "ok", dist)

    def _kojira(self, target: BuildTarget) -> Check:
        """Kojira itself cannot be asked: what it made last says whether it lives."""
        tag, do = target.build_tag, "ask Koji's administrators whether kojira runs"
        repo = self._koji.newest_repo(tag.id)
        if repo is None:
            return Check("kojira", "warn", f"{tag.name} has no repository to build with", do)
        found = f"the newest repository of {tag.name} is {repo.id}, of {iso(repo.created)}"
        if self._now() - repo.created > STALE:
            return Check("kojira", "warn", f"kojira may be dead: {found}", do)
        return Check("kojira", "ok", found)

    def _clock(self) -> Iterator[Check]:
        """The hub tells whole seconds: one more or less says nothing."""
        off = self._koji.hub_clock() - self._now()
        if abs(off) <= WORTH_A_WARNING:
            yield Check("koji clock", "ok", "ours agrees with the hub's")
            return
        way = "slow" if off > timedelta() else "fast"
        found = f"ours is {abs(off).total_seconds():.0f} s {way}"
        health: Health = "fail" if abs(off) > TOO_FAR_OFF else "warn"
        yield Check("koji clock", health, found, "let NTP set this machine's clock")
