# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: what the gate would record now about all packages."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from domain.admission.judge import Decision, Judgement, decide
from domain.admission.rules import Before, Rules
from domain.package.state import Destination, Package
from domain.policy import REVISION_DIGITS
from domain.service.events import HeldBuild
from domain.service.state import CHANGE_COUNTS_FOR


class Subject(Struct, frozen=True, gc=False):
    """A package to be judged, with what the stable tag holds under its downstream name."""

    package: Package
    destinations: tuple[Destination, ...]


class Due(Struct, frozen=True, gc=False):
    """A build to be queued; ``by_change`` where it would not be but for the last change."""

    judgement: Judgement
    by_change: bool

    @property
    def key(self) -> HeldBuild:
        """What a plan's name and a held list know the build by."""
        judgement = self.judgement
        return HeldBuild(judgement.package, judgement.build_id, judgement.generation)


@dataclass(frozen=True, slots=True)
class Plan:
    """Every decision that is not on record, and which builds it would queue."""

    decisions: tuple[Decision, ...]
    due: tuple[Due, ...]
    policy_revision: str

    @property
    def name(self) -> str:
        """The plan's name; events that do not touch its queue leave it as it is."""
        return plan_name((due.key for due in self.due), self.policy_revision)

    def only(self, due: Iterable[Due]) -> "Plan":
        """Return the plan of the packages of these builds."""
        wanted = tuple(due)
        packages = {each.judgement.package for each in wanted}
        decisions = tuple(d for d in self.decisions if d.package.name in packages)
        return Plan(decisions, wanted, self.policy_revision)

    @property
    def judgements(self) -> Iterable[Judgement]:
        """Every verdict of the plan."""
        return (judgement for decision in self.decisions for judgement in decision.judgements)


def make_plan(subjects: Iterable[Subject], rules: Rules, before: tuple[Before, ...] = ()) -> Plan:
    """Judge every package; ``before`` are the rules before each recent change of them."""
    decisions = []
    due = []
    for subject in subjects:
        decision = decide(subject.package, subject.destinations, rules)
        if not decision.empty:
            decisions.append(decision)
            due += due_of(subject, decision.judgements, rules, before)
    return Plan(tuple(decisions), tuple(due), rules.policy_revision)


def due_of(
    subject: Subject, judgements: Iterable[Judgement], rules: Rules, before: tuple[Before, ...]
) -> list[Due]:
    """Return what the verdicts on a package queue."""
    return [
        Due(judgement, _by_change(subject, judgement, rules, before))
        for judgement in judgements
        if judgement.queues
    ]


class Unknown(Struct, frozen=True, order=True, gc=False):
    """A build whose source Koji has to tell before a verdict; ``stable``: in the stable tag."""

    package: str
    build_id: int
    stable: bool = False


class Settled(Struct, frozen=True, gc=False):
    """The part of a plan that rests on nothing provisional, and what the rest waits for.

    ``unknown``: sources to be looked up; ``unconfirmed``: packages of which messages alone told
    something.
    """

    plan: Plan
    unknown: tuple[Unknown, ...] = ()
    unconfirmed: tuple[str, ...] = ()


def settled(plan: Plan, twins: Mapping[str, Package], rules: Rules) -> Settled:
    """Divide a plan; ``twins`` are the packages downstream, by their names upstream."""
    sound: set[str] = set()
    unknown: set[Unknown] = set()
    unconfirmed: list[str] = []
    for decision in plan.decisions:
        package = decision.package
        twin = twins.get(package.name, package)
        missing = set(_unknown(decision, twin, rules))
        unknown |= missing
        if package.hints or twin.hints:
            unconfirmed.append(package.name)
        elif not missing:
            sound.add(package.name)
    decisions = tuple(d for d in plan.decisions if d.package.name in sound)
    due = tuple(due for due in plan.due if due.judgement.package in sound)
    whole = Plan(decisions, due, plan.policy_revision)
    return Settled(whole, tuple(sorted(unknown)), tuple(unconfirmed))


def _unknown(decision: Decision, twin: Package, rules: Rules) -> Iterator[Unknown]:
    """Yield the sources that the verdicts on a target rest on, and that nobody knows."""
    name = decision.package.name
    for judgement in decision.judgements:
        if judgement.provisional:
            yield Unknown(name, judgement.build_id)
    if name in rules.names.targets:
        yield from (Unknown(twin.name, b, stable=True) for b in twin.unseen(rules.stable_tag))


def plan_name(builds: Iterable[HeldBuild], policy_revision: str) -> str:
    """Return the first 12 hex digits of SHA-256 over the sorted builds and the policy revision."""
    content = msgspec.json.encode([sorted(builds), policy_revision])
    return sha256(content).hexdigest()[:REVISION_DIGITS]


def _by_change(
    subject: Subject, judgement: Judgement, rules: Rules, before: tuple[Before, ...]
) -> bool:
    """Whether the build is due only because of a recent change of configuration or generation.

    What is tagged long after a change is ordinary work, although the change made it due: each build
    straight into f43 owes its being due to the trigger's move to f43, months ago.
    """
    if judgement.request is not None:
        return False
    if subject.package.rebuild_at is not None:
        # Not the generation before: it may have been raised twice since anything was handled.
        calm = replace(
            subject.package, generation=_last_handled(subject.package, rules), rebuild_at=None
        )
        if not _queues(calm, subject, rules, judgement.build_id):
            return True
    return any(
        not _queues(subject.package, subject, earlier.rules, judgement.build_id)
        for earlier in before
        if _touched(judgement, rules, earlier)
    )


def _last_handled(package: Package, rules: Rules) -> int:
    """Return the last generation before the present one in which something was handled."""
    handled = (a.generation for a in package.ledger if a.handled and a.mode == rules.mode)
    return max((g for g in handled if g < package.generation), default=0)


def _touched(judgement: Judgement, rules: Rules, before: Before) -> bool:
    recent = rules.now - before.changed_at < CHANGE_COUNTS_FOR
    return recent or judgement.tagging.at <= before.changed_at


def _queues(package: Package, subject: Subject, rules: Rules, build_id: int) -> bool:
    decision = decide(package, subject.destinations, rules)
    return any(j.queues and j.build_id == build_id for j in decision.judgements)
