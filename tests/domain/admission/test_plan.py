# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: its name, and which of its builds are due only by a change."""

from dataclasses import replace

import pytest

from domain.admission.plan import Plan, Unknown, plan_name, settled
from domain.admission.rules import Before, Rules, rules_before, rules_of
from domain.service.events import HeldBuild, PolicyAdopted, SettingsAdopted, TriggerChanged
from domain.service.state import Service
from tests.domain.given import (
    DAY,
    Fact,
    built,
    commit,
    configured,
    confirmed,
    given,
    identified,
    in_destination,
    rebuild,
    requested,
    rules,
    tagged,
    time,
)
from tests.domain.service.given import adopted, after

CHANGED_AT = DAY


def by_change(plan: Plan) -> list[tuple[int, bool]]:
    """Return each build of the plan and whether a change made it due."""
    return [(due.judgement.build_id, due.by_change) for due in plan.due]


def before(in_force: Rules, at: float = CHANGED_AT) -> tuple[Before, ...]:
    """Return the rules before a change."""
    return (Before(in_force, time(at)),)


# --- the name ----------------------------------------------------------------------------------


def test_the_name_is_twelve_digits_over_the_sorted_queue_and_the_revision() -> None:
    """The first 12 hex digits of SHA-256; the order of the list does not matter."""
    builds = [HeldBuild("zsh", 2, 0), HeldBuild("bash", 1, 0)]
    name = plan_name(builds, "revision")
    assert name == plan_name(reversed(builds), "revision")
    assert len(name) == 12
    assert int(name, 16) >= 0


@pytest.mark.parametrize(
    "other",
    [
        plan_name([HeldBuild("bash", 2, 0)], "revision"),
        plan_name([HeldBuild("bash", 1, 1)], "revision"),
        plan_name([HeldBuild("zsh", 1, 0)], "revision"),
        plan_name([HeldBuild("bash", 1, 0)], "another"),
        plan_name([], "revision"),
    ],
)
def test_the_name_changes_with_any_of_its_parts(other: str) -> None:
    """Package, build, generation and policy revision each make another plan."""
    assert plan_name([HeldBuild("bash", 1, 0)], "revision") != other


@pytest.mark.parametrize(
    "fact",
    [
        tagged(1, 50, "f43"),
        tagged(9, 5),
        in_destination("git+https://elsewhere#1"),
        tagged(5, 10, package="not-listed"),
    ],
)
def test_unrelated_events_do_not_change_the_name(fact: Fact) -> None:
    """What does not touch the queue does not touch the name."""
    log = given(tagged(1, 10))
    assert log.and_then(fact).plan(rules()).name == log.plan(rules()).name


def test_another_policy_revision_is_another_plan() -> None:
    """The same queue under another policy has another name."""
    log = given(tagged(1, 10))
    assert log.plan(rules()).name != log.plan(rules(exclude=["zsh"])).name


# --- what a change makes due -------------------------------------------------------------------


def test_what_the_trigger_makes_due_is_due_by_the_change() -> None:
    """A build that is in the new trigger tag only is due by the trigger's change."""
    log = given(tagged(1, 10, "f42"))
    assert by_change(log.plan(rules("f42"), before(rules("f41")))) == [(1, True)]


def test_what_is_due_either_way_is_not_due_by_the_change() -> None:
    """A build in both tags would be due without the change too."""
    log = given(tagged(1, 10), tagged(1, 20, "f42"))
    assert by_change(log.plan(rules("f42"), before(rules("f41")))) == [(1, False)]


@pytest.mark.parametrize("was", [rules(listed=[]), rules(exclude=["bash"])])
def test_what_list_or_policy_make_due_is_due_by_the_change(was: Rules) -> None:
    """A package listed, or no longer excluded, is due by the change."""
    assert by_change(given(tagged(1, 10)).plan(rules(), before(was))) == [(1, True)]


def test_what_a_rebuild_makes_due_is_due_by_the_change() -> None:
    """A raised generation is a change that the guard counts."""
    log = given(in_destination(commit(1)), tagged(1, 10)).decided().and_then(rebuild(1, at=50))
    assert by_change(log.plan(rules())) == [(1, True)]


def test_a_new_build_after_a_rebuild_is_ordinary() -> None:
    """What would be due in the generation before is not due by the rebuild."""
    log = given(in_destination(commit(1)), tagged(1, 10)).decided().and_then(rebuild(1, at=50))
    log = log.decided().and_then(built(1, generation=1), tagged(2, 100))
    assert by_change(log.plan(rules())) == [(2, False)]


def test_what_a_person_asks_for_is_not_due_by_the_change() -> None:
    """A manual request owes its being due to the person."""
    log = given(tagged(1, 10, "f42"), requested())
    assert by_change(log.plan(rules("f42"), before(rules("f41")))) == [(1, False)]


def test_a_build_long_after_the_change_is_ordinary() -> None:
    """A day after a change, what is tagged since then is ordinary work."""
    log = given(tagged(1, CHANGED_AT + 10, "f42"))
    late = rules("f42", now=CHANGED_AT + DAY)
    assert by_change(log.plan(late, before(rules("f41")))) == [(1, False)]


def test_what_waited_since_before_the_change_stays_due_by_it() -> None:
    """However long it waits, what was tagged before the change is due by it."""
    log = given(tagged(1, CHANGED_AT - 10, "f42"))
    late = rules("f42", now=CHANGED_AT + 9 * DAY)
    assert by_change(log.plan(late, before(rules("f41")))) == [(1, True)]


# --- which changes count ------------------------------------------------------------------


def moved_to_f42() -> Service:
    """The trigger moved from f41 to f42 in one operation."""
    f41, f42 = configured("f41").policy, configured("f42").policy
    assert f41 is not None
    assert f42 is not None
    return after(
        *adopted(configured("f41"), correlation="start"),
        Fact("service", PolicyAdopted("2", f42, "git"), at=100, correlation="moved"),
        Fact("service", TriggerChanged("f41", "f42"), at=100, correlation="moved"),
    )


def due_by_change(service: Service) -> list[tuple[int, bool]]:
    """Return what of a build that is in f42 only is due by a change."""
    now = time(500)
    log = given(tagged(1, 50, "f42"))
    return by_change(log.plan(rules_of(service, now), rules_before(service, now)))


def test_one_operation_is_one_change() -> None:
    """Policy and trigger adopted together are one change, and before it was f41."""
    assert due_by_change(moved_to_f42()) == [(1, True)]


def test_other_settings_do_not_hide_a_change_of_the_trigger() -> None:
    """The last change is one of trigger, list, policy or generation, not of settings."""
    settings = configured("f42").settings
    service = after(
        Fact("service", SettingsAdopted("x", settings), at=200, correlation="later"),
        start=moved_to_f42(),
    )
    assert due_by_change(service) == [(1, True)]


def test_lifting_the_policys_pause_does_not_hide_a_change_of_the_trigger() -> None:
    """`pause: false` makes nothing due: the trigger's move before it is still the change."""
    policy = configured("f42").policy
    assert policy is not None
    service = after(
        Fact("service", PolicyAdopted("3", policy, "git"), at=200, correlation="unpause"),
        start=moved_to_f42(),
    )
    assert due_by_change(service) == [(1, True)]


def test_only_keeps_the_packages_of_the_builds_named() -> None:
    """A plan cut down to some builds bears the decisions of their packages only."""
    both = rules(listed=["bash", "zsh"])
    plan = given(tagged(1, 10), tagged(2, 10, package="zsh")).plan(both)
    only = plan.only(plan.due[:1])
    assert [decision.package.name for decision in only.decisions] == ["bash"]
    assert only.name == replace(plan, due=plan.due[:1]).name


# --- what is settled ---------------------------------------------------------------------------


def test_what_needs_a_source_waits_for_it() -> None:
    """A verdict that rests on a source nobody knows is not in the settled plan; it is named."""
    plan = given(tagged(1, 10, source=None)).plan(rules())
    sound = settled(plan, {}, rules())

    assert (sound.plan.decisions, sound.plan.due) == ((), ())
    assert sound.unknown == (Unknown("bash", 1),)


def test_what_only_messages_told_waits_for_koji() -> None:
    """A tagging without an event number may be a phantom; confirmed, its package is decided."""
    hint = given(tagged(1, 10))
    assert settled(hint.plan(rules()), {}, rules()).unconfirmed == ("bash",)

    known = hint.and_then(confirmed(1, 10, 10.5, 100, "f41"))
    sound = settled(known.plan(rules()), {}, rules())
    assert [due.judgement.build_id for due in sound.plan.due] == [1]
    assert sound.unconfirmed == ()


def test_what_eln_has_is_looked_up_first() -> None:
    """A downstream build in the stable tag may be of the same source: its own is asked for."""
    known = given(tagged(1, 10, koji_event=100), tagged(9, 20, "eln", source=None, koji_event=200))
    assert settled(known.plan(rules()), {}, rules()).unknown == (Unknown("bash", 9, stable=True),)

    seen = known.and_then(identified(9, None))
    assert settled(seen.plan(rules()), {}, rules()).unknown == ()


def test_the_package_downstream_counts() -> None:
    """What is called otherwise downstream waits for what is known, or not, under that name."""
    plan = given(tagged(1, 10, koji_event=100)).plan(rules())
    twin = given(tagged(9, 20, "eln", package="ipa")).packages["ipa"]
    sound = settled(plan, {"bash": twin}, rules())

    assert sound.unconfirmed == ("bash",)
    assert sound.unknown == (Unknown("ipa", 9, stable=True),)
