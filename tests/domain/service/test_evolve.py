# SPDX-License-Identifier: GPL-3.0-or-later
"""How the service's events add up: pauses, configuration and what it changed, held plans."""

from collections.abc import Callable
from typing import Final

import pytest
from msgspec.structs import replace

from domain.admission.rules import rules_before, rules_of
from domain.envelope import Event
from domain.errors import Refused
from domain.policy import Override, Policy, Settings
from domain.service import Service
from domain.service.events import (
    Baselined,
    DistChanged,
    HeldBuild,
    MessageRejected,
    PackageListAdopted,
    Paused,
    PauseExpired,
    PlanApproved,
    PlanHeld,
    PlanLapsed,
    PlanRejected,
    PolicyAdopted,
    PolicyRejected,
    Resumed,
    SettingsAdopted,
    TriggerChanged,
)
from domain.service.state import Change, Pause
from tests.domain.given import DAY, Fact, configured, time
from tests.domain.service.given import adopted, after, said

F41: Final = configured("f41")


def policy(**fields: object) -> Policy:
    """Return the policy that is in force at the start, with other fields."""
    assert F41.policy is not None
    return replace(F41.policy, **fields)


def adopting(content: Policy, revision: str = "another") -> PolicyAdopted:
    """Return the event that adopts a policy."""
    return PolicyAdopted(revision, content, "git")


def started(*facts: Fact) -> Service:
    """Return the service that was configured with f41 at midnight, and after more."""
    return after(*adopted(F41, correlation="start"), *facts)


# --- pauses ------------------------------------------------------------------------------------


def test_a_pause_names_who_why_since_when_and_until() -> None:
    """An operator's pause is kept as it was said."""
    service = after(said(Paused("branching", time(500)), 10, by="ada"))
    assert service.pause == Pause("ada", "branching", time(10), time(500))


def test_a_pause_given_anew_began_when_it_began() -> None:
    """Another reason and end do not make a pause younger."""
    service = after(said(Paused("branching"), 10, by="ada"), said(Paused("f42"), 90, by="bob"))
    assert service.pause == Pause("bob", "f42", time(10), None)


@pytest.mark.parametrize("end", [Resumed(), PauseExpired()])
def test_what_ends_the_operators_pause_leaves_the_policys(end: Event) -> None:
    """The two pauses are apart: a resume, or the end of its time, lifts the operators' only."""
    paused = started(said(adopting(policy(pause=True)), 10), said(Paused("why"), 20, by="ada"))
    lifted = after(said(end, 30), start=paused)
    assert lifted.pause is not None
    assert (lifted.pause.by, lifted.pause.since) == ("policy", time(10))


def test_a_policy_that_pauses_no_longer_leaves_the_operators_pause() -> None:
    """Adopting `pause: false` lifts the policy's pause and nothing else."""
    paused = started(said(adopting(policy(pause=True)), 10), said(Paused("why"), 20, by="ada"))
    lifted = after(said(adopting(policy(pause=False)), 30), start=paused)
    assert lifted.policy_pause_since is None
    assert lifted.pause is not None
    assert lifted.pause.by == "ada"


def test_the_policys_pause_began_with_the_first_policy_that_pauses() -> None:
    """Another policy that pauses too goes on with the pause."""
    service = started(
        said(adopting(policy(pause=True)), 10),
        said(adopting(policy(pause=True, exclude=("x",))), 20),
    )
    assert service.policy_pause_since == time(10)


# --- what a change of configuration was --------------------------------------------------------


def before(service: Service, now: float = DAY) -> list[tuple[str, bool, bool]]:
    """Return of each change what was before it: the trigger, and whether bash was due."""
    return [
        (
            each.rules.trigger_tag,
            "bash" in each.rules.names.targets,
            each.rules.names.excluding("bash") is None,
        )
        for each in rules_before(service, time(now))
    ]


def changes(service: Service) -> list[Change]:
    """Return the changes since the first configuration."""
    return [change for change in service.changes if change.correlation != "start"]


def test_the_first_configuration_is_no_change() -> None:
    """Before it there was nothing that could have been due."""
    assert before(started()) == []


def test_what_one_operation_changes_is_one_change() -> None:
    """Trigger and list changed together are a change from what was before both."""
    service = started(
        said(TriggerChanged("f41", "f42"), 10, correlation="together"),
        said(PackageListAdopted("2", configured(listed=[]).packages), 10, correlation="together"),
    )
    assert before(service) == [("f41", True, True)]


def test_what_two_operations_change_are_two_changes() -> None:
    """Each change is remembered beside the later, oldest first."""
    service = started(
        said(PackageListAdopted("2", configured(listed=[]).packages), 10, correlation="one"),
        said(TriggerChanged("f41", "f42"), 20, correlation="two"),
    )
    assert before(service) == [("f41", True, True), ("f41", False, True)]
    assert [change.at for change in changes(service)] == [time(10), time(20)]


@pytest.mark.parametrize(
    "event",
    [
        TriggerChanged("f41", "f42"),
        PackageListAdopted("2", configured(listed=[]).packages),
        adopting(policy(exclude=("^bash$",))),
        adopting(policy(overrides={"ipa": Override("freeipa")})),
    ],
)
def test_trigger_list_excludes_and_overrides_make_builds_due(event: Event) -> None:
    """A change of any of these is one that the guard counts."""
    assert before(started(said(event, 10, correlation="later"))) == [("f41", True, True)]


@pytest.mark.parametrize(
    "event",
    [
        SettingsAdopted("2", Settings(lull=5, failure_expiry=60)),
        adopting(policy(pause=True)),
        adopting(policy(status_interval=5, ordering=(("^bash$", 1),))),
        DistChanged("eln141", "eln142"),
        PolicyRejected("git", ("line 3: no such key",)),
    ],
)
def test_what_makes_nothing_due_is_no_change(event: Event) -> None:
    """Settings, a pause, the order of building: the guard counts nothing by them."""
    assert before(started(said(event, 10, correlation="later"))) == []


@pytest.mark.parametrize(("later", "kept"), [(DAY - 1, 2), (DAY, 1)])
def test_a_change_is_remembered_for_a_day_beside_a_later_one(later: float, kept: int) -> None:
    """The last change is kept for ever, those of its kind before it while they are of a day."""
    service = started(
        said(TriggerChanged("f41", "f42"), 10, correlation="one"),
        said(TriggerChanged("f42", "f43"), 10 + later, correlation="two"),
    )
    assert len(changes(service)) == kept


def test_the_last_change_of_each_kind_is_remembered() -> None:
    """A list that changes every other day hides no change of the trigger, however old that is."""
    service = started(
        said(TriggerChanged("f41", "f42"), 10, correlation="moved"),
        said(adopting(policy(exclude=("x",))), 20, correlation="narrowed"),
        *(
            said(PackageListAdopted(f"{n}", configured().packages), n * DAY, correlation=f"{n}")
            for n in range(2, 9)
        ),
    )
    assert [change.kinds for change in changes(service)] == [("trigger",), ("policy",), ("list",)]
    assert [change.correlation for change in changes(service)] == ["moved", "narrowed", "8"]


# --- the rules in force ------------------------------------------------------------------------


def test_the_rules_are_those_adopted_last() -> None:
    """Trigger, list, policy, settings and dist are what the last events say."""
    f42 = configured("f42", listed=["zsh"], exclude=["z"], mode="shadow", failure_expiry=60)
    service = started(*adopted(f42, 10), said(DistChanged(None, "eln142"), 20))
    rules = rules_of(service, time(30))
    assert (rules.trigger_tag, rules.stable_tag, rules.dist) == ("f42", "eln", "eln142")
    assert (rules.mode, rules.failure_expiry, rules.now) == ("shadow", 60, time(30))
    assert (rules.names.targets, rules.names.excluding("zsh")) == ({"zsh": "zsh"}, "z")
    named = (rules.policy_revision, rules.list_revision, rules.settings_revision)
    assert named == (f42.policy_revision, f42.list_revision, f42.settings_revision)


@pytest.mark.parametrize(
    ("service", "what"), [(Service(), "no policy"), (after(said(adopting(policy()))), "'f41'")]
)
def test_nothing_can_be_decided_without_policy_and_trigger(service: Service, what: str) -> None:
    """What is missing is said, and what to do about it."""
    with pytest.raises(Refused, match=what) as refused:
        rules_of(service, time(0))
    assert refused.value.do


# --- held plans, and the rest ------------------------------------------------------------------

HELD: Final = PlanHeld("0123456789ab", "too many", (HeldBuild("bash", 1, 0),))


def test_a_held_plan_is_found_by_its_name() -> None:
    """A held plan is kept as it was frozen."""
    service = after(said(HELD), said(PlanHeld("ba9876543210", "too many", ())))
    held = service.held_plan(HELD.plan)
    assert held is not None
    assert (held.plan, held.reason, held.builds) == (HELD.plan, HELD.reason, HELD.builds)
    assert not held.requested
    assert service.held_plan("another") is None


def test_a_held_plan_keeps_whether_it_was_asked_for() -> None:
    """A hold of what came by itself, and one of what was asked for, are told apart."""
    (held,) = after(said(replace(HELD, requested=True))).held
    assert held.requested


@pytest.mark.parametrize("end", [PlanApproved, lambda plan: PlanRejected(plan, "no"), PlanLapsed])
def test_a_held_plan_ends_by_a_person_or_when_nothing_is_due(end: Callable[[str], Event]) -> None:
    """Only the plan that is named is over."""
    other = PlanHeld("ba9876543210", "too many", ())
    service = after(said(HELD), said(other), said(end(HELD.plan)))
    assert [held.plan for held in service.held] == [other.plan]


def test_the_last_baseline_is_kept() -> None:
    """When it was taken, at which event of Koji's, and where the log has it."""
    service = after(*(said(Baselined(time(at), {"f41": 1}, "digest", at)) for at in (5, 9)))
    assert service.baseline is not None
    assert (service.baseline.taken_at, service.baseline.koji_event) == (time(9), 9)
    assert service.baseline.position == 2


def test_a_rejected_policy_is_remembered_until_one_is_adopted() -> None:
    """The one before stays in force meanwhile."""
    service = started(said(PolicyRejected("git", ("line 3",)), 10))
    assert (service.rejected, service.configured) == (("line 3",), F41)
    assert after(said(adopting(policy())), start=service).rejected == ()


def test_a_rejected_message_changes_nothing_but_the_count() -> None:
    """What could not be read is on record and no more."""
    service = after(said(MessageRejected("id", "file:3", "no JSON")))
    assert service == Service(version=1, position=1)
