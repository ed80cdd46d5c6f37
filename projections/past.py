# SPDX-License-Identifier: GPL-3.0-or-later
"""The past, gone through once more: packages and rules as they were at each position.

What is kept grows with the number of packages, not with that of events.
"""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from domain.admission.plan import Subject
from domain.admission.rules import Before, Rules, rules_before, rules_of
from domain.envelope import Recorded
from domain.errors import Invalid
from domain.package import Package, name_of
from domain.package import evolve as evolve_package
from domain.service import STREAM, Service
from domain.service import evolve as evolve_service


class Ruling(NamedTuple):
    """The rules in force, and those before each recent change."""

    rules: Rules
    before: tuple[Before, ...]

    def at(self, now: datetime) -> "Ruling":
        """Return the same as it is at another time."""
        before = (replace(each, rules=replace(each.rules, now=now)) for each in self.before)
        return Ruling(replace(self.rules, now=now), tuple(before))


class Past:
    """The state as of the last event taken; ``ruled_at`` is where the rules last changed."""

    def __init__(self, off: frozenset[int] = frozenset()) -> None:
        self.packages: dict[str, Package] = {}
        self.service = Service()
        self.ruled_at = 0
        self._rules = _Rules(off)

    def take(self, recorded: Recorded) -> None:
        """Go on by one event; those of batches are not looked at.

        Raises Invalid for one that cannot follow what is before it, as a forger may put it there.
        """
        stream = recorded.envelope.originator_id
        if (name := name_of(stream)) is not None:
            package = self.packages.get(name) or Package(name)
            try:
                self.packages[name] = evolve_package(package, recorded)
            except KeyError as error:
                raise _unfit(recorded, error) from error
        elif stream == STREAM:
            self.rule(evolve_service(self.service, recorded))

    def rule(self, service: Service) -> None:
        """Be ruled otherwise, where the configuration is another one."""
        before, self.service = self.service, service
        if service.configured is not before.configured or service.dist != before.dist:
            self.ruled_at = service.position

    def package(self, name: str) -> Package:
        """Return a package, an empty one where it has no history."""
        return self.packages.get(name) or Package(name)

    def subject(self, package: Package, rules: Rules) -> Subject:
        """Return a package as it is judged, with what was seen of it downstream."""
        downstream = rules.names.downstream(package.name)
        twin = package if downstream == package.name else self.packages.get(downstream)
        return Subject(package, twin.destinations if twin else ())

    def rules(self, now: datetime) -> Ruling:
        """Return the rules in force. Raises Refused where there are none."""
        return self._rules.at(self.service, now)


def _unfit(recorded: Recorded, error: KeyError) -> Invalid:
    return Invalid(
        f"{recorded.envelope.id} at position {recorded.position} does not follow what is before it",
        why=f"nothing is known of {error}",
        do="run 'ebs verify': the log was changed",
    )


class _Rules:
    """Compiles rules once, for a mass of verdicts is judged by the same."""

    def __init__(self, off: frozenset[int]) -> None:
        self._off = off
        self._service: Service | None = None
        self._ruling: Ruling

    def at(self, service: Service, now: datetime) -> Ruling:
        if service is not self._service:
            if self._service is None or _ruling(service) != _ruling(self._service):
                self._ruling = self._compiled(service, now)
            self._service = service
        if now != self._ruling.rules.now:
            self._ruling = self._ruling.at(now)
        return self._ruling

    def _compiled(self, service: Service, now: datetime) -> Ruling:
        rules = rules_of(service, now).without_rows(*self._off)
        return Ruling(rules, rules_before(service, now))


def _ruling(service: Service) -> tuple[object, ...]:
    """Return what of the service's state rules; by identity, for it never changes in place."""
    return id(service.configured), service.dist, id(service.changes)
