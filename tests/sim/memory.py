# SPDX-License-Identifier: GPL-3.0-or-later
"""The service in memory: the domain's functions and nothing else, quick enough for any number."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from domain.admission.gate import Recent, pass_gate, permitted
from domain.admission.plan import Plan, Subject, make_plan
from domain.admission.rules import rules_before, rules_of
from domain.admission.verdicts import Occasion, verdicts
from domain.envelope import Envelope, Event, Meta, Recorded
from domain.package import Package, stream
from domain.package import evolve as evolve_package
from domain.package.events import (
    Built,
    DestinationSeen,
    Ended,
    Identified,
)
from domain.package.observe import BaselineRow, Tagging, observe, observe_baseline
from domain.package.state import Attempt
from domain.policy import GuardLimits, PackageList, Policy, Settings
from domain.service import STREAM, Service
from domain.service import evolve as evolve_service
from domain.service.decide import Offered, adopt
from domain.service.events import Baselined
from domain.values import Moment

DAWN = datetime(2024, 8, 13, tzinfo=UTC)
EVENING = Moment(DAWN + timedelta(days=1))
UNGUARDED = Settings(lull=0, guard=GuardLimits(max_builds=10**9, max_builds_after_change=10**9))


def moment(seconds: int) -> Moment:
    """Return a moment of the day, as a message tells it."""
    return Moment(DAWN + timedelta(seconds=seconds))


@dataclass(frozen=True)
class Baseline:
    """What f41 and eln hold at a moment."""

    rows: tuple[BaselineRow, ...]
    at: Moment


@dataclass(frozen=True)
class Source:
    """Koji's answer about a build, given as soon as the build is known."""

    package: str
    build_id: int
    source: str | None


@dataclass(frozen=True)
class InDestination:
    """A downstream build of a source appears in the stable tag."""

    package: str
    build_id: int
    source: str
    at: Moment


Fact = Tagging | Source | InDestination | Baseline


class World:
    """A service with a log in memory."""

    def __init__(self, names: Iterable[str], exclude: tuple[str, ...] = ()) -> None:
        self.log: list[Recorded] = []
        self.packages: dict[str, Package] = {}
        self.service = Service()
        self._answers: dict[tuple[str, int], str | None] = {}
        self._names = PackageList(dict.fromkeys(names, "eln"))
        self._exclude = exclude
        self.paused = False
        self._operations = count()
        self._correlation = ""
        self.trigger("f41")

    # --- what people do ------------------------------------------------------------------------

    def trigger(self, tag: str, at: Moment = EVENING) -> None:
        """Adopt a policy with another trigger tag."""
        policy = Policy(trigger_tag=tag, exclude=self._exclude)
        self._adopt(Offered(settings=UNGUARDED, policy=policy, packages=self._names), at)

    def adopt(self, settings: Settings) -> None:
        """Adopt other settings."""
        self._adopt(Offered(settings=settings), EVENING)

    def _adopt(self, offered: Offered, at: Moment) -> None:
        self._begin()
        for event in list(adopt(self.service, offered)):
            self._record(STREAM, event, at)

    # --- what becomes known --------------------------------------------------------------------

    def hear(self, facts: Iterable[Fact]) -> None:
        """Record of these facts what is new."""
        self._begin()
        for fact in facts:
            match fact:
                case Tagging():
                    event = observe(self.package(fact.package), fact)
                    self._tell(fact.package, event, fact.moment)
                    self._identify(fact.package, fact.build_id)
                case Source():
                    self._answers[fact.package, fact.build_id] = fact.source
                    self._identify(fact.package, fact.build_id)
                case InDestination():
                    self._see(fact)
                case Baseline():
                    self._take(fact)

    def _see(self, fact: InDestination) -> None:
        if all(seen.build_id != fact.build_id for seen in self.package(fact.package).destinations):
            event = DestinationSeen(fact.build_id, f"{fact.package}-1-1.eln1", fact.source)
            self._tell(fact.package, event, fact.at)

    def _take(self, baseline: Baseline) -> None:
        first = self.service.baseline is None
        for row in baseline.rows:
            known = self.package(row.package)
            for event in list(observe_baseline(known, row, stable_tag="eln", first=first)):
                self._tell(row.package, event, baseline.at)
        self._record(STREAM, Baselined(baseline.at.at, {}, ""), baseline.at)

    def _identify(self, name: str, build_id: int) -> None:
        build = self.package(name).builds.get(build_id)
        if build is None or (name, build_id) not in self._answers:
            return
        source = self._answers[name, build_id]
        if not build.identified or build.source != source:
            self._tell(name, Identified(build_id, source), EVENING)

    # --- what is decided -----------------------------------------------------------------------

    def plan(self) -> Plan:
        """Judge every package."""
        rules = rules_of(self.service, EVENING.at)
        subjects = [Subject(p, p.destinations) for p in self.packages.values()]
        return make_plan(subjects, rules, rules_before(self.service, EVENING.at))

    def gate(self) -> list[Recorded]:
        """Make a pass, unless something forbids it; return what it recorded."""
        if self.paused or self.service.baseline is None:
            return []
        plan, position = self.plan(), len(self.log)
        passage = pass_gate(plan, (), Recent(), UNGUARDED, EVENING.at)
        passing = frozenset(due.key for due in passage.queue)
        by_change = frozenset(due.key for due in plan.due if due.by_change)
        rules = rules_of(self.service, EVENING.at)
        occasion = Occasion(rules, position, plan.name, by_change=by_change)
        self._begin()
        for decision in plan.decisions:
            for event in verdicts(permitted(decision, passing), occasion):
                self._tell(decision.package.name, event, EVENING)
        return self.log[position:]

    def finish(self, name: str, attempt: Attempt, *, well: bool) -> None:
        """Let a rebuild end."""
        self._begin()
        if well:
            built = Built(attempt.build_id, attempt.mode, attempt.generation)
            self._tell(name, built, EVENING)
        else:
            failed = Ended(attempt.build_id, attempt.mode, attempt.generation, "failed")
            self._tell(name, failed, EVENING)

    # --- what is on record ---------------------------------------------------------------------

    def package(self, name: str) -> Package:
        """Return a package, an empty one where it has no history."""
        return self.packages.get(name) or Package(name)

    def _begin(self) -> None:
        """Begin another operation: what it records belongs together."""
        self._correlation = str(next(self._operations))

    def _tell(self, name: str, event: Event | None, at: Moment) -> None:
        if event is not None:
            self._record(stream(name), event, at)

    def _record(self, stream_id: str, event: Event, at: Moment) -> None:
        meta = Meta(at.at, "service", self._correlation, koji_event=at.event)
        own = stream_id == STREAM
        name = stream_id.removeprefix("package:")
        version = self.service.version if own else self.package(name).version
        envelope = Envelope(stream_id, version + 1, meta, event)
        recorded = Recorded(len(self.log) + 1, envelope)
        self.log.append(recorded)
        if own:
            self.service = evolve_service(self.service, recorded)
        else:
            self.packages[name] = evolve_package(self.package(name), recorded)
