# SPDX-License-Identifier: GPL-3.0-or-later
"""What would have been queued under another policy, or without a part of the machinery.

The recorded facts are taken as they came. Where the log has a decision about a package, the verdict
function takes one, on what it would have decided before. What only it would have queued counts as
built from then on, for nobody knows how it would have ended.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.admission.judge import decide
from domain.admission.rules import Rules
from domain.admission.table import RETAG_ROWS
from domain.admission.verdicts import Occasion, verdicts
from domain.envelope import Envelope, Event, Recorded
from domain.package import Package, evolve, name_of, stream
from domain.package.events import Built, Ended, Queued
from domain.policy import Policy, Settings, revision
from domain.service import Service
from domain.service.decide import RAWHIDE
from domain.service.events import HeldBuild, PlanHeld
from domain.service.evolve import Configuring
from domain.values import DAWN
from projections.durations import Durations, Length
from projections.past import Past
from projections.points import Span
from projections.replay import Decided, Run, is_decision

Part = Literal["retag", "guard", "pause"]
"""Of the machinery: rows 4 to 7 of the table, what the guard holds, every pause."""


@dataclass(frozen=True, slots=True)
class Premise:
    """What is otherwise within the ``span``; before it all is as recorded.

    Whether the ``policy`` pauses is not looked at.
    """

    span: Span
    policy: Policy | None = None
    without: frozenset[Part] = frozenset()


class Change(Struct, frozen=True):
    """A package of which more, or fewer, builds would have been queued than were.

    ``task`` is how long one of it takes, None where no task at all is on record.
    """

    package: str
    more: int
    fewer: int
    task: Length | None


class Imagined(Struct, frozen=True):
    """How many builds were queued on record, how many would have been, and where that differs."""

    recorded: int
    queued: int
    changes: tuple[Change, ...]


def imagine(events: Iterable[Recorded], premise: Premise) -> Imagined:
    """Return what would have been queued; of the log, everything up to the end of the span."""
    what_if = WhatIf(premise)
    for recorded in events:
        what_if.take(recorded)
    return what_if.result()


class WhatIf:
    """Takes the log event by event, up to the end of the span, and counts what would be queued."""

    def __init__(self, premise: Premise) -> None:
        self._premise = premise
        self._past = Past(frozenset(RETAG_ROWS if "retag" in premise.without else ()))
        self._lull = _Lull()
        self._durations = Durations()
        self._balance: Counter[HeldBuild] = Counter()
        self._recorded = self._queued = 0
        self._run: Run | None = None
        self._latest: Recorded | None = None

    def take(self, recorded: Recorded) -> None:
        """Go on by one event."""
        self._durations.take(recorded)
        if recorded.position <= self._premise.span.after:
            self._past.take(recorded)
            return
        self._past.rule(self._reformed(self._past.service))
        self._latest = recorded
        event, name = recorded.envelope.event, name_of(recorded.envelope.originator_id)
        if "pause" in self._premise.without:
            self._go_on_paused(recorded)
        if is_decision(event) and name is not None:
            self._decide(name, event, recorded)
        elif isinstance(event, PlanHeld) and "guard" in self._premise.without:
            self._judge([build.package for build in event.builds], recorded)
        elif not self._not_to_be(event):
            self._past.take(recorded)

    def result(self) -> Imagined:
        """Return what came of it; where it is still paused, a last pass is made."""
        if self._latest is not None:
            self._judge(filter(self._confirmed, self._lull.names), self._latest)
        more, fewer = Counter[str](), Counter[str]()
        for build, count in self._balance.items():
            (more if count > 0 else fewer)[build.package] += abs(count)
        usual = self._durations.usual
        changes = (
            Change(name, more[name], fewer[name], self._durations.of(name) or usual)
            for name in sorted({*more, *fewer})
        )
        return Imagined(self._recorded, self._queued, tuple(changes))

    def _reformed(self, service: Service) -> Service:
        """Return the service under the other policy, from when there was any."""
        policy, configured = self._premise.policy, service.configured
        if policy is None or configured.policy is None:
            return service
        tag = configured.trigger_tag if policy.trigger_tag == RAWHIDE else policy.trigger_tag
        if configured.policy is policy and configured.trigger_tag == tag:
            return service
        other = replace(
            configured, policy=policy, policy_revision=revision(policy), trigger_tag=tag
        )
        return replace(service, configured=other)

    def _not_to_be(self, event: Event) -> bool:
        """Whether it would not have happened: nobody rejects what was not held."""
        rejected = isinstance(event, Ended) and event.outcome == "rejected"
        return rejected and "guard" in self._premise.without

    # --- deciding ------------------------------------------------------------------------------

    def _decide(self, name: str, event: Decided, recorded: Recorded) -> None:
        """Take a decision where there is one on record, once for all events that tell it."""
        if self._run is None or not self._run.goes_on(recorded):
            self._run = Run(self._past, recorded)
            self._judge([name], recorded)
        if isinstance(event, Queued):
            self._recorded += 1
            self._count(HeldBuild(name, event.build_id, event.basis.generation), -1)

    def _go_on_paused(self, recorded: Recorded) -> None:
        """While it was paused, decide when a pass would have been made: when a lull was over.

        What Koji did not confirm by then waits until it does, as it would have.
        """
        service = self._past.service
        if service.pause is None:
            self._lull = _Lull()
            return
        at = recorded.envelope.meta.occurred_at
        if waiting := self._lull.over(at, service.configured.settings):
            self._judge(filter(self._confirmed, waiting), recorded)
        name = name_of(recorded.envelope.originator_id)
        if name is not None and not is_decision(recorded.envelope.event):
            self._lull.touch([name], at)
        elif isinstance(recorded.envelope.event, Configuring):
            self._lull.touch(self._past.packages, at)

    def _confirmed(self, name: str) -> bool:
        """Whether Koji has told all that a verdict needs, where it was ever asked."""
        service, package = self._past.service, self._past.package(name)
        here = (b for b in package.builds.values() if service.configured.trigger_tag in b.tags)
        told = not package.hints and all(build.identified for build in here)
        return told or service.caught_up is None

    def _judge(self, names: Iterable[str], recorded: Recorded) -> None:
        """Take the decisions about packages that are not taken yet."""
        past = self._past
        if past.service.baseline is None or past.service.configured.policy is None:
            return
        rules = past.rules(recorded.envelope.meta.occurred_at).rules
        for name in names:
            package = self._handled(past.package(name), recorded)
            past.packages[name] = self._decided(package, rules, recorded)

    def _decided(self, package: Package, rules: Rules, recorded: Recorded) -> Package:
        subject = self._past.subject(package, rules)
        decision = decide(package, subject.destinations, rules)
        for event in verdicts(decision, Occasion(rules, recorded.position, "")):
            package = _told(package, event, recorded)
            if isinstance(event, Queued):
                self._queued += 1
                self._count(HeldBuild(package.name, event.build_id, event.basis.generation), 1)
        return package

    def _handled(self, package: Package, recorded: Recorded) -> Package:
        """Return the package with all built that would have been queued and never was."""
        for attempt in package.queued:
            if self._balance[HeldBuild(package.name, attempt.build_id, attempt.generation)] > 0:
                built = Built(attempt.build_id, attempt.mode, attempt.generation)
                package = _told(package, built, recorded)
        return package

    def _count(self, build: HeldBuild, by: int) -> None:
        """What is queued in both, sooner or later, is no difference."""
        self._balance[build] += by
        if not self._balance[build]:
            del self._balance[build]


class _Lull:
    """The packages of which something was heard, and whether nothing came for a while."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._first = self._last = DAWN

    def touch(self, names: Iterable[str], at: datetime) -> None:
        if not self.names:
            self._first = at
        self.names.update(names)
        self._last = max(self._last, at)

    def over(self, at: datetime, settings: Settings) -> set[str]:
        """Return what need not wait any longer, once."""
        quiet, waited = (at - self._last).total_seconds(), (at - self._first).total_seconds()
        if quiet < settings.lull and waited < settings.longest_wait:
            return set()
        names, self.names = self.names, set()
        return names


def _told(package: Package, event: Event, recorded: Recorded) -> Package:
    """Return the package after an event that is not on record, in the place of one that is."""
    envelope = Envelope(stream(package.name), package.version + 1, recorded.envelope.meta, event)
    return evolve(package, Recorded(recorded.position, envelope, recorded.recorded_at))
