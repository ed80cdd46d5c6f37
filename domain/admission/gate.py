# SPDX-License-Identifier: GPL-3.0-or-later
"""The one gate that all work passes: what of a plan is queued now, and what is held.

The guard counts over 24 hours, builds queued without approval included. What it holds is a frozen
list; later arrivals and manual requests make plans of their own.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.admission.judge import Decision
from domain.admission.plan import Due, Plan, plan_name
from domain.policy import GuardLimits, Settings
from domain.service.events import HeldBuild
from domain.service.state import HeldPlan


@dataclass(frozen=True, slots=True)
class Recent:
    """How many builds were queued without approval in the last 24 hours."""

    builds: int = 0
    by_change: int = 0

    def plus(self, due: Sequence[Due]) -> "Recent":
        """Return the count once these are queued too."""
        return Recent(self.builds + len(due), self.by_change + sum(d.by_change for d in due))


@dataclass(frozen=True, slots=True)
class Passage:
    """What the gate makes of a plan now.

    ``queue``: builds that pass. ``hold``: plans that the guard holds from now on. ``waiting``:
    builds that an earlier hold or the lull keeps back. ``lapsed``: held plans of which nothing is
    due.
    """

    queue: tuple[Due, ...]
    hold: tuple[HeldPlan, ...]
    waiting: tuple[Due, ...]
    lapsed: tuple[str, ...]
    lull: float = 0.0


def guard(due: Sequence[Due], recent: Recent, limits: GuardLimits) -> str | None:
    """Return why these may not be queued without approval, or None."""
    total = recent.plus(due)
    if due and total.builds > limits.max_builds:
        return (
            f"{total.builds} builds without approval in 24 hours, {len(due)} of them now, "
            f"are more than guard.max_builds ({limits.max_builds})"
        )
    if any(d.by_change for d in due) and total.by_change > limits.max_builds_after_change:
        return (
            f"{total.by_change} builds without approval in 24 hours, "
            f"{sum(d.by_change for d in due)} of them now, are due only by a change of trigger, "
            "list, policy or generation, more than guard.max_builds_after_change "
            f"({limits.max_builds_after_change})"
        )
    return None


def pass_gate(
    plan: Plan, held: Sequence[HeldPlan], recent: Recent, settings: Settings, now: datetime
) -> Passage:
    """Divide a plan's builds into those that pass, those to hold, and those that wait."""
    ordinary = _free(plan, held, requested=False)
    lull = seconds_of_lull(ordinary, settings, now)
    queue: list[Due] = []
    hold: list[HeldPlan] = []
    for requested in (False, True):
        group = _free(plan, held, requested=True) if requested else [] if lull else ordinary
        reason = guard(group, recent, settings.guard)
        if reason is None:
            queue += group
            recent = recent.plus(group)
        else:
            builds = tuple(sorted(due.key for due in group))
            name = plan_name(builds, plan.policy_revision)
            hold.append(HeldPlan(name, reason, builds, requested))
    passed = {due.key for due in queue}
    waiting = tuple(due for due in plan.due if due.key not in passed)
    return Passage(tuple(queue), tuple(hold), waiting, tuple(lapsed(held, plan)), lull)


def _free(plan: Plan, held: Sequence[HeldPlan], *, requested: bool) -> list[Due]:
    """Return what came by itself, or was asked for, and is not held as such already."""
    frozen = {build for hold in held if hold.requested == requested for build in hold.builds}
    asked = (due for due in plan.due if (due.judgement.request is not None) == requested)
    return [due for due in asked if due.key not in frozen]


def lapsed(held: Iterable[HeldPlan], plan: Plan) -> Iterable[str]:
    """Yield the held plans none of whose builds is due any longer."""
    due = {due.key for due in plan.due}
    return (hold.plan for hold in held if due.isdisjoint(hold.builds))


def seconds_of_lull(due: Sequence[Due], settings: Settings, now: datetime) -> float:
    """Return how long to wait for more: until no build came for a while, but not for ever.

    Koji's clock may be ahead of ours by a little; one that is ahead by more than
    the lull waits for nothing.
    """
    if not due:
        return 0.0
    ages = [abs((now - d.judgement.tagging.at).total_seconds()) for d in due]
    quiet, patience = settings.lull - min(ages), settings.longest_wait - max(ages)
    return max(0.0, min(quiet, patience))


def permitted(decision: Decision, queue: Collection[HeldBuild]) -> Decision:
    """Return what of a decision may be recorded while only ``queue`` passes.

    A build that is kept back overtakes nothing yet.
    """
    queued = [j for j in decision.judgements if j.queues]
    if all(HeldBuild(j.package, j.build_id, j.generation) in queue for j in queued):
        return decision
    overtaken = {e.attempt.build_id for e in decision.endings if e.outcome == "superseded"}
    return Decision(
        decision.package,
        tuple(e for e in decision.endings if e.outcome != "superseded"),
        tuple(j for j in decision.judgements if not j.queues and j.build_id not in overtaken),
        decision.lapsed,
    )
