# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate: what passes, what the guard holds, what waits."""

import pytest

from domain.admission.gate import Passage, Recent, pass_gate, permitted
from domain.admission.plan import Plan
from domain.admission.rules import Before, Rules
from domain.policy import GuardLimits, Settings
from domain.service.events import HeldBuild
from domain.service.state import HeldPlan
from tests.domain.given import DAY, Given, given, requested, rules, tagged, time, untagged

LIMITS = GuardLimits(max_builds=3, max_builds_after_change=1)
SETTINGS = Settings(guard=LIMITS)


def names(count: int) -> list[str]:
    """Return names of packages."""
    return [f"package-{number}" for number in range(count)]


def tagged_each(count: int, tag: str = "f41", at: float = 10) -> Given:
    """Build 1 of each package was tagged."""
    return given(*(tagged(1, at, tag, package=name) for name in names(count)))


def plan_of(log: Given, *before: Before) -> Plan:
    """Return the plan with every package listed."""
    return log.plan(all_listed(log, "f42" if before else "f41"), before)


def all_listed(log: Given, trigger: str = "f41") -> Rules:
    """Return rules by which every package is a target."""
    return rules(trigger, listed=log.packages)


def passed(
    plan: Plan, held: tuple[HeldPlan, ...] = (), recent: Recent | None = None, now: float = DAY
) -> Passage:
    """Return what the gate makes of a plan."""
    return pass_gate(plan, held, recent or Recent(), SETTINGS, time(now))


def by_trigger(count: int) -> Plan:
    """Return a plan of builds that the trigger's move made due."""
    log = tagged_each(count, "f42")
    return plan_of(log, Before(all_listed(log, "f41"), time(DAY)))


# --- the guard ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "lately", "held"), [(3, 0, False), (4, 0, True), (1, 2, False), (1, 3, True)]
)
def test_more_than_max_builds_in_a_day_are_held(due: int, lately: int, held: bool) -> None:
    """The guard counts what was queued without approval in the last 24 hours too."""
    passage = passed(plan_of(tagged_each(due)), recent=Recent(builds=lately))
    assert bool(passage.hold) == held
    assert len(passage.queue) == (0 if held else due)


@pytest.mark.parametrize(("due", "lately", "held"), [(1, 0, False), (2, 0, True), (1, 1, True)])
def test_more_than_max_builds_after_change_are_held(due: int, lately: int, held: bool) -> None:
    """What is due only by a change has a limit of its own, over the same 24 hours."""
    passage = passed(by_trigger(due), recent=Recent(builds=lately, by_change=lately))
    assert bool(passage.hold) == held


def test_ordinary_work_passes_after_a_change_has_used_its_limit() -> None:
    """The limit after a change holds nothing that is not due by the change."""
    passage = passed(plan_of(tagged_each(1)), recent=Recent(builds=1, by_change=9))
    assert len(passage.queue) == 1


def test_nothing_due_is_never_held() -> None:
    """However much was queued, an empty plan is no plan to hold."""
    assert passed(plan_of(given()), recent=Recent(99, 99)) == Passage((), (), (), ())


def test_a_held_plan_says_why_and_is_named_by_its_builds() -> None:
    """The held list is frozen, sorted, and bears the name of the plan it was."""
    plan = plan_of(tagged_each(4))
    (hold,) = passed(plan).hold
    assert hold.plan == plan.name
    assert hold.builds == tuple(HeldBuild(name, 1, 0) for name in names(4))
    assert "guard.max_builds (3)" in hold.reason


def test_what_is_held_waits_and_is_not_held_again() -> None:
    """The next pass leaves a held list alone."""
    plan = plan_of(tagged_each(4))
    hold = passed(plan).hold
    again = passed(plan, held=hold)
    assert (again.queue, again.hold, len(again.waiting)) == ((), (), 4)


def test_later_arrivals_make_a_plan_of_their_own() -> None:
    """What arrives while a plan is held passes by itself, or is held by itself."""
    hold = passed(plan_of(tagged_each(4))).hold
    one_more = passed(plan_of(tagged_each(5)), held=hold)
    assert [due.judgement.package for due in one_more.queue] == ["package-4"]
    many_more = passed(plan_of(tagged_each(8)), held=hold)
    assert [len(held.builds) for held in many_more.hold] == [4]
    assert many_more.hold[0].plan != hold[0].plan


def test_a_newer_build_of_a_held_package_is_a_later_arrival() -> None:
    """A held list names builds, not packages."""
    log = tagged_each(4)
    hold = passed(plan_of(log)).hold
    newer = passed(plan_of(log.and_then(tagged(2, 20, package="package-0"))), held=hold)
    assert [due.judgement.build_id for due in newer.queue] == [2]


def test_a_manual_request_makes_a_plan_of_its_own() -> None:
    """A request passes while the ordinary plan beside it is held."""
    log = tagged_each(5).and_then(requested(package="package-2"))
    passage = passed(plan_of(log))
    assert [due.judgement.package for due in passage.queue] == ["package-2"]
    assert [len(hold.builds) for hold in passage.hold] == [4]


def test_a_manual_request_for_a_held_build_makes_a_plan_of_its_own() -> None:
    """A person who asks for one package of a held plan does not wait for the others."""
    log = tagged_each(4)
    hold = passed(plan_of(log)).hold
    asked = passed(plan_of(log.and_then(requested(package="package-2"))), held=hold)
    assert [due.judgement.package for due in asked.queue] == ["package-2"]


def test_many_manual_requests_are_guarded_too() -> None:
    """All work passes one gate: requests are counted like anything else."""
    log = tagged_each(4).and_then(*(requested(package=name) for name in names(4)))
    passage = passed(plan_of(log))
    assert (passage.queue, len(passage.hold)) == ((), 1)


def test_a_held_request_waits_and_is_not_held_again() -> None:
    """The next pass leaves a held list of requests alone, however many there are."""
    log = tagged_each(4).and_then(*(requested(package=name) for name in names(4)))
    (hold,) = passed(plan_of(log)).hold
    again = passed(plan_of(log), held=(hold,))
    assert hold.requested
    assert (again.queue, again.hold, again.lapsed, len(again.waiting)) == ((), (), (), 4)


def test_a_request_after_a_held_one_makes_a_plan_of_its_own() -> None:
    """A person who asks later does not wait for those who asked before."""
    log = tagged_each(5).and_then(*(requested(package=name) for name in names(4)))
    ordinary, asked = passed(plan_of(log), recent=Recent(builds=3)).hold
    assert (ordinary.requested, asked.requested) == (False, True)
    more = log.and_then(requested(package="package-4"))
    passage = passed(plan_of(more), held=(ordinary, asked))
    assert [due.judgement.package for due in passage.queue] == ["package-4"]


def test_ordinary_work_of_the_same_pass_counts_for_the_requests() -> None:
    """The builds queued first in a pass are counted for those after them."""
    log = tagged_each(4).and_then(requested(package="package-0"))
    passage = passed(plan_of(log))
    assert len(passage.queue) == 3
    assert [hold.builds for hold in passage.hold] == [(HeldBuild("package-0", 1, 0),)]


def test_a_held_plan_lapses_when_none_of_it_is_due() -> None:
    """A held plan of which nothing is due any longer is over."""
    log = tagged_each(4)
    hold = passed(plan_of(log)).hold
    gone = [untagged(1, 20, package=name) for name in names(4)]
    assert passed(plan_of(log.and_then(*gone[:3])), held=hold).lapsed == ()
    assert passed(plan_of(log.and_then(*gone)), held=hold).lapsed == (hold[0].plan,)


# --- the lull ----------------------------------------------------------------------------------


def waits(*tagged_at: float, now: float) -> float:
    """Return for how long the gate waits for more."""
    facts = (tagged(1, at, package=f"package-{n}") for n, at in enumerate(tagged_at))
    return passed(plan_of(given(*facts)), now=now).lull


def test_a_build_waits_until_none_came_for_a_lull() -> None:
    """The lull is counted from the youngest."""
    assert waits(0, 50, now=70) == 40
    assert waits(0, 50, now=110) == 0


def test_nothing_waits_longer_than_the_longest_wait() -> None:
    """However many come, the oldest does not wait for ever."""
    assert waits(0, 880, now=890) == 10
    assert waits(0, 899, now=900) == 0


def test_a_clock_a_little_behind_kojis_waits_no_longer() -> None:
    """A tagging of the near future waits its lull; one of the far future waits for nothing."""
    assert 0 <= waits(10, now=5) <= 60
    assert waits(10_000, now=5) == 0


def test_during_the_lull_all_ordinary_builds_wait() -> None:
    """What waits is neither queued nor held."""
    passage = passed(plan_of(tagged_each(4)), now=20)
    assert (passage.queue, passage.hold, len(passage.waiting)) == ((), (), 4)


def test_a_manual_request_does_not_wait_for_the_lull() -> None:
    """A person waits for no more messages."""
    log = tagged_each(2).and_then(requested(package="package-1"))
    passage = passed(plan_of(log), now=20)
    assert [due.judgement.package for due in passage.queue] == ["package-1"]


# --- what may be recorded meanwhile ------------------------------------------------------------


def test_all_of_a_decision_is_permitted_when_its_build_passes() -> None:
    """Nothing is kept back where the queued build passes."""
    (decision,) = given(tagged(1, 10), tagged(2, 20)).plan(rules()).decisions
    assert permitted(decision, {HeldBuild("bash", 2, 0)}) == decision


def test_skips_are_recorded_while_the_build_waits() -> None:
    """A held build is not queued; the skips beside it are recorded."""
    (decision,) = given(tagged(1, 10), tagged(2, 20)).plan(rules()).decisions
    assert [j.build_id for j in permitted(decision, set()).judgements] == [1]


def test_a_build_kept_back_overtakes_nothing() -> None:
    """What is queued already stays queued while its successor is held."""
    log = given(tagged(1, 10)).decided().and_then(tagged(2, 20))
    (decision,) = log.plan(rules()).decisions
    kept = permitted(decision, set())
    assert (kept.endings, kept.judgements) == ((), ())


def test_a_request_lapses_also_while_its_successor_waits() -> None:
    """What was asked for is overtaken whether or not its successor passes."""
    log = given(tagged(1, 10)).decided().and_then(requested(1, force=True), tagged(2, 20))
    (decision,) = log.plan(rules()).decisions
    kept = permitted(decision, set())
    assert kept.lapsed is not None
    assert kept.lapsed.build_id == 1


def test_what_is_gone_ends_also_while_its_successor_waits() -> None:
    """A queued build that left the tag ends as gone, whatever is held."""
    log = given(tagged(1, 10)).decided().and_then(tagged(2, 20), untagged(1, 30))
    (decision,) = log.plan(rules()).decisions
    assert [ending.outcome for ending in permitted(decision, set()).endings] == ["gone"]
