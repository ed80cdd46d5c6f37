# SPDX-License-Identifier: GPL-3.0-or-later
"""What a pass of the gate would do on a view of the log."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from adapters.service.journal import Draft, View, package_draft
from adapters.service.operation import Operation
from domain.admission.gate import Passage, pass_gate, permitted
from domain.admission.plan import (
    Due,
    Plan,
    Settled,
    Subject,
    Unknown,
    make_plan,
    settled,
)
from domain.admission.rules import Rules, rules_before, rules_of
from domain.admission.verdicts import Occasion, verdicts
from domain.envelope import Envelope, Event, Recorded
from domain.errors import Refused
from domain.package.state import Destination, Package
from domain.service import STREAM, Service, evolve
from domain.service.events import HeldBuild
from domain.service.state import HeldPlan, Pause
from domain.values import minute
from projections.recent import queued_lately

NOTHING = Plan((), (), "")
NO_PASSAGE = Passage((), (), (), ())


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a pass of the gate would do now.

    ``blocked``: why nothing at all is decided (pause, no baseline, no policy), empty where it is.
    ``unknown`` and ``unconfirmed``: what Koji has to tell first; what rests on it is not in the
    plan.
    """

    position: int
    service: Service
    rules: Rules | None
    plan: Plan
    passage: Passage
    blocked: str = ""
    unknown: tuple[Unknown, ...] = ()
    unconfirmed: tuple[str, ...] = ()

    @property
    def holds(self) -> tuple[HeldPlan, ...]:
        """The plans that the guard holds, or would hold now."""
        lapsed = self.passage.lapsed
        kept = tuple(held for held in self.service.held if held.plan not in lapsed)
        return (*kept, *(hold for hold in self.passage.hold if hold not in kept))

    @property
    def name(self) -> str:
        """The plan that a person may have to approve, else the one of all that is due."""
        return self.holds[-1].plan if self.holds else self.plan.name

    @property
    def held_builds(self) -> Mapping[int, str]:
        """The plan of each due build that is held, as what came by itself or was asked for."""
        plans = {(hold.requested, each): hold.plan for hold in self.holds for each in hold.builds}
        keys = (((due.judgement.request is not None, due.key), due) for due in self.plan.due)
        return {due.judgement.build_id: plans[key] for key, due in keys if key in plans}

    @property
    def lulled(self) -> int:
        """How many due builds wait for nothing but the end of the lull."""
        held = self.held_builds
        return sum(due.judgement.build_id not in held for due in self.passage.waiting)

    @property
    def held_reason(self) -> str | None:
        """Why something is not decided until a person acts; None where nothing waits for one."""
        reasons = [self.blocked, *(f"guard: {hold.reason}" for hold in self.holds)]
        return "; ".join(reason for reason in reasons if reason) or None


def look_ahead(view: View, service: Service, now: datetime, *, online: bool) -> Outlook:
    """Judge every package on the view as the service would be configured.

    ``online``: there is a hub to ask, so that nothing rests on what is provisional.
    """
    try:
        rules = rules_of(service, now)
    except Refused as error:
        return Outlook(view.position, service, None, NOTHING, NO_PASSAGE, str(error))
    plan = make_plan(subjects(view, rules), rules, rules_before(service, now))
    sound = settled(plan, _twins(view, rules), rules) if online else Settled(plan)
    compared = _built_beside(view, rules) if online else ()
    settings = service.configured.settings
    recent = queued_lately(view.cursor, now, settings.mode, view.position)
    passage = pass_gate(sound.plan, service.held, recent, settings, now)
    return Outlook(
        position=view.position,
        service=service,
        rules=rules,
        plan=sound.plan,
        passage=passage,
        blocked=_blocked(service),
        unknown=tuple(sorted({*sound.unknown, *compared})),
        unconfirmed=sound.unconfirmed,
    )


def subjects(view: View, rules: Rules) -> Iterator[Subject]:
    """Yield every package, each with what the stable tag holds under its downstream name."""
    packages = view.everything()
    for name, package in packages.items():
        downstream = rules.names.targets.get(name, name)
        twin = package if downstream == name else packages.get(downstream)
        yield Subject(package, _destinations(twin))


def _twins(view: View, rules: Rules) -> Mapping[str, Package]:
    """Return what has another name downstream, by its name upstream."""
    packages = view.everything()
    renamed = ((up, down) for up, down in rules.names.targets.items() if up != down)
    return {up: packages.get(down) or Package(down) for up, down in renamed}


def _built_beside(view: View, rules: Rules) -> Iterator[Unknown]:
    """Yield what others brought into the stable tag, although no verdict rests on it.

    In the shadow of another service all of it is compared: what was queued in the shadow is decided
    before the other has it. Else it may be what waits to be built.
    """
    packages, names = view.everything(), rules.names
    if rules.mode == "shadow":
        compared = [*names.targets.values()]
    else:
        compared = [names.downstream(each.name) for each in packages.values() if each.queued]
    for name in compared:
        unseen = packages[name].unseen(rules.stable_tag) if name in packages else ()
        yield from (Unknown(name, build_id, stable=True) for build_id in unseen)


def imagine(service: Service, events: Iterable[Event], operation: Operation) -> Service:
    """Return the service as it would be after events that are not recorded."""
    for event in events:
        envelope = Envelope(STREAM, service.version + 1, operation.meta(), event)
        service = evolve(service, Recorded(service.position, envelope))
    return service


def unpaused(service: Service) -> Service:
    """Return the service as it would be had no operator paused it."""
    return replace(service, operator_pause=None)


def drafts(
    outlook: Outlook, queue: Iterable[Due], operation: Operation, approval: str | None = None
) -> Iterator[Draft]:
    """Yield the verdicts of every package, with only ``queue`` being queued."""
    if outlook.rules is None:
        return
    passing = frozenset(due.key for due in queue)
    occasion = Occasion(
        rules=outlook.rules,
        computed_at=outlook.position,
        plan=outlook.plan.name,
        approval=approval,
        by_change=frozenset(due.key for due in outlook.plan.due if due.by_change),
    )
    meta = operation.meta(causation=approval or "")
    for decision in outlook.plan.decisions:
        name = decision.package.name
        twin = outlook.rules.names.downstream(name)
        for event in verdicts(permitted(decision, passing), occasion):
            yield package_draft(name, event, meta, twin)


def still_due(plan: Plan, builds: Iterable[HeldBuild]) -> list[Due]:
    """Return which of a held plan's builds are due today."""
    frozen = frozenset(builds)
    return [due for due in plan.due if due.key in frozen]


def _destinations(package: Package | None) -> tuple[Destination, ...]:
    return package.destinations if package else ()


def _blocked(service: Service) -> str:
    if service.baseline is None:
        return "no baseline was taken yet: run 'ebs baseline'"
    pause = service.pause
    return f"paused by {pause.by}: {pause.reason}{_until(pause)}" if pause else ""


def _until(pause: Pause) -> str:
    return f" (until {minute(pause.until)})" if pause.until else ""
