# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor looks at in Koji: hub, login, tags, target, dist, kojira and the clock."""

from collections.abc import Callable, Generator, Iterator
from datetime import timedelta
from typing import Final

from adapters.app import App, utc_now
from adapters.cli.checks.check import Check
from adapters.cli.checks.clock import compared
from adapters.config.static import Config
from adapters.ports import Clock
from adapters.ports.koji import BuildTarget, Koji, KojiError
from adapters.service.orphans import Orphans
from adapters.words import iso, some
from domain.service.state import Service

STALE: Final = timedelta(days=1)
"""Kojira makes a repository minutes after its tag has changed, and ELN's changes every day."""


def checks(koji: Koji | None, config: Config, app: App | None) -> Iterator[Check]:
    """Yield what the hub looks like, and what of ours is left over there."""
    service, clock = None, utc_now
    if app is not None:
        clock = app.clock
        with app.journal.look() as view:
            service = view.service
    try:
        answers = yield from koji_checks(koji, config, service, clock)
        if answers and koji is not None and app is not None:
            yield from _left_over(app, koji)
    finally:
        if koji is not None:
            koji.close()  # the session is that of the thread that looked


def koji_checks(
    koji: Koji | None, config: Config, service: Service | None, now: Clock
) -> Generator[Check, None, bool]:
    """Yield what the hub looks like; return whether it answered each time.

    Once it does not, nothing more is asked: each question waits as long as there is patience.
    Without a ``service`` it is not known what is on record.
    """
    if koji is None:
        yield Check("koji", "ok", "offline, none is configured")
        return False
    hub = _Hub(koji, config, service, now)
    for name, look in hub.looks.items():
        try:
            yield from look()
        except KojiError as error:
            yield Check(name, "fail", str(error), error.do)
            return False
    return True


class _Hub:
    def __init__(self, koji: Koji, config: Config, service: Service | None, now: Clock) -> None:
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
        trigger = self._service.configured.trigger_tag if self._service else None
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
        dist = self._koji.dist(target.build_tag.id)
        recorded = self._service.dist if self._service else dist
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
        yield compared("koji clock", "the hub's", self._koji.hub_clock(), self._now())


def _left_over(app: App, koji: Koji) -> Iterator[Check]:
    """Look for side tags that no batch owns; a hub that cannot say was told of above."""
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
