# SPDX-License-Identifier: GPL-3.0-or-later
"""What people and configuration may do to the service."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import pytest
from msgspec.structs import replace

from domain.admission.rules import rules_before
from domain.envelope import Event
from domain.errors import Invalid, Refused
from domain.policy import Override, PackageList, Policy, revision
from domain.service import Service
from domain.service.decide import (
    RAWHIDE,
    Offered,
    adopt,
    difference,
    expire_pause,
    note,
    pause,
    resume,
)
from domain.service.events import (
    DistChanged,
    NoteAdded,
    PackageListAdopted,
    Paused,
    PauseExpired,
    PolicyAdopted,
    PolicyRejected,
    Resumed,
    SettingsAdopted,
    TriggerChanged,
)
from tests.domain.given import Fact, configured, time
from tests.domain.service.given import adopted, after, said

F41: Final = configured("f41")
SETTINGS: Final = F41.settings


def policy(**fields: object) -> Policy:
    """Return the policy that is in force at the start, with other fields."""
    assert F41.policy is not None
    return replace(F41.policy, **fields)


def started(*facts: Fact) -> Service:
    """Return the service that was configured with f41, and after more."""
    return after(*adopted(F41), *facts)


def following(tag: str) -> Service:
    """Return the service whose policy follows Rawhide, which was that tag at last."""
    wanted = policy(trigger_tag=RAWHIDE)
    return started(
        said(PolicyAdopted(revision(wanted), wanted, "git"), correlation="rawhide"),
        said(TriggerChanged("f41", tag), correlation="rawhide"),
    )


def offered(service: Service | None = None, **fields: Any) -> list[Event]:
    """Return what is adopted of an offer that differs in these fields."""
    offer = Offered(**{"settings": SETTINGS, "origin": "git", "commit": "c0ffee", **fields})
    return list(adopt(service or started(), offer))


# --- adopting ----------------------------------------------------------------------------------


def test_what_is_in_force_is_not_adopted_again() -> None:
    """The same content under whatever commit is no news."""
    assert offered(policy=F41.policy, packages=F41.packages, commit="another") == []


def test_what_could_not_be_read_stays_as_it_is() -> None:
    """Without policy, list or dist at hand the old ones stay."""
    assert offered(policy=None, packages=None, dist=None) == []


def test_an_empty_service_adopts_all_it_is_offered() -> None:
    """Each part is an event with its whole content and its revision's name."""
    events = offered(Service(), policy=F41.policy, packages=F41.packages, dist="eln141")
    assert events == [
        SettingsAdopted(revision(SETTINGS), SETTINGS),
        PolicyAdopted(F41.policy_revision, policy(), "git", "c0ffee"),
        TriggerChanged(None, "f41"),
        PackageListAdopted(F41.list_revision, F41.packages),
        DistChanged(None, "eln141"),
    ]


def test_what_was_adopted_is_in_force() -> None:
    """Adopted, an offer leaves nothing to adopt."""
    wanted = configured("f42", listed=["zsh"], exclude=["x"], mode="shadow")
    offer = Offered(wanted.settings, wanted.policy, wanted.packages, dist="eln142")
    service = started(*map(said, adopt(started(), offer)))
    assert service.configured == wanted
    assert list(adopt(service, offer)) == []


def test_another_policy_is_adopted_with_its_difference() -> None:
    """A person reads what changed, key by key."""
    (event,) = offered(policy=policy(exclude=("^x",), pause=True))
    assert isinstance(event, PolicyAdopted)
    assert event.difference == ("pause: False → True", "exclude: () → ('^x',)")


def test_the_first_policy_differs_from_nothing() -> None:
    """Where there was no policy there is no difference to read."""
    assert list(difference(None, policy())) == []


def test_a_policy_with_another_tag_moves_the_trigger() -> None:
    """The trigger's move is an event of its own, in the same operation."""
    *_, moved = offered(policy=policy(trigger_tag="f42"))
    assert moved == TriggerChanged("f41", "f42")


def test_rawhide_is_no_tag() -> None:
    """`rawhide` is resolved elsewhere: while Bodhi names no tag, the one in force stays."""
    events = offered(policy=policy(trigger_tag=RAWHIDE))
    assert [event.topic for event in events] == ["policy-adopted"]


def test_rawhide_is_the_tag_that_bodhi_names() -> None:
    """With `rawhide` in the policy the trigger is that tag; named again, it is no news."""
    *_, moved = offered(policy=policy(trigger_tag=RAWHIDE), rawhide="f42")
    assert moved == TriggerChanged("f41", "f42")

    service = following("f42")
    assert offered(service, policy=policy(trigger_tag=RAWHIDE), rawhide="f42") == []


@pytest.mark.parametrize("read", [True, False])
def test_rawhide_may_move_while_the_policy_stays(read: bool) -> None:
    """Rawhide is another tag after branching; then the policy need not even have been read."""
    again = policy(trigger_tag=RAWHIDE) if read else None
    assert offered(following("f41"), policy=again, rawhide="f42") == [TriggerChanged("f41", "f42")]


@pytest.mark.parametrize("read", [True, False])
def test_bodhi_has_no_say_where_the_policy_names_a_tag(read: bool) -> None:
    """A tag in the policy is meant, wherever Rawhide is; so is one that replaces `rawhide`."""
    assert offered(policy=policy() if read else None, rawhide="f42") == []
    *_, moved = offered(following("f42"), policy=policy(), rawhide="f42")
    assert moved == TriggerChanged("f42", "f41")


def test_a_rawhide_that_moves_is_a_change_that_the_guard_knows() -> None:
    """What only the move made due is counted apart from what is due anyhow."""
    before = following("f41")
    moved = [said(event, correlation="a look") for event in offered(before, rawhide="f42")]
    service = after(*moved, start=before)

    assert service.configured.trigger_tag == "f42"
    assert service.changes[-1].kinds == ("trigger",)
    assert rules_before(service, time(1))[-1].rules.trigger_tag == "f41"


def test_rawhide_needs_a_policy() -> None:
    """Before a policy was adopted there is nothing that could mean Rawhide."""
    assert TriggerChanged not in map(type, offered(Service(), rawhide="f42"))


def test_another_list_is_adopted_whole_and_says_what_it_adds_and_removes() -> None:
    """The list is stored whole; the difference is for people."""
    packages = PackageList({"zsh": "eln", "awk": "eln-extras"})
    assert offered(packages=packages) == [
        PackageListAdopted(revision(packages), packages, ("awk", "zsh"), ("bash",))
    ]


def test_a_faulty_policy_is_rejected_once() -> None:
    """A fault is recorded when it is new, and the old policy stays."""
    faults = ("line 3: no such key",)
    (event,) = offered(faults=faults)
    assert event == PolicyRejected("git", faults, "c0ffee")
    service = started(said(event))
    assert offered(service, faults=faults) == []
    assert len(offered(service, faults=("line 4: no such key",))) == 1


def test_a_policy_mended_by_going_back_is_no_longer_rejected() -> None:
    """Once the policy in force is what is offered again, no fault of another is remembered."""
    service = started(said(PolicyRejected("git", ("line 3: no such key",))))
    assert after(*map(said, offered(service, policy=F41.policy)), start=service).rejected == ()


def test_the_dist_is_recorded_when_it_differs() -> None:
    """What is observed again is no news."""
    service = started(said(DistChanged(None, "eln141")))
    assert offered(service, dist="eln141") == []
    assert offered(service, dist="eln142") == [DistChanged("eln141", "eln142")]


def test_overrides_are_read_in_a_difference() -> None:
    """A changed override shows the names."""
    (line,) = difference(policy(), policy(overrides={"ipa": Override("freeipa")}))
    assert "freeipa" in line


# --- pause and resume --------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["", " ", "\n\t"])
def test_a_pause_needs_a_reason(reason: str) -> None:
    """Everybody will read it."""
    with pytest.raises(Invalid, match="reason"):
        pause(started(), reason, None, time(0))


@pytest.mark.parametrize("until", [-1, 0])
def test_a_pause_ends_in_the_future(until: float) -> None:
    """What is over already is no pause."""
    with pytest.raises(Invalid, match="over already"):
        pause(started(), "branching", time(until), time(0))


def test_a_pause_may_end_by_itself_or_not() -> None:
    """With a time or without."""
    assert pause(started(), "branching", time(1), time(0)) == Paused("branching", time(1))
    assert pause(started(), "branching", None, time(0)) == Paused("branching")


def test_a_pause_ends_in_utc_wherever_it_was_asked_for() -> None:
    """All who tell of it name the hour and a Z; a time that no clock gets to is refused."""
    asked = time(1).astimezone(timezone(timedelta(hours=2)))
    recorded = pause(started(), "branching", asked, time(0)).until

    assert recorded is not None
    assert (recorded, recorded.tzinfo) == (asked, UTC)
    with pytest.raises(Invalid, match="no time"):
        pause(started(), "x", datetime.max.replace(tzinfo=timezone(-timedelta(hours=2))), time(0))


@pytest.mark.parametrize(
    ("running", "until", "refused"),
    [
        (time(100), time(99), True),
        (time(100), time(100), False),
        (time(100), time(101), False),
        (time(100), None, False),
        (None, time(10**6), True),
        (None, None, False),
    ],
)
def test_a_pause_is_replaced_by_one_that_lasts_as_long_only(
    running: datetime | None, until: datetime | None, refused: bool
) -> None:
    """Nobody ends another's pause unawares: a shorter one is refused, and says whose is running."""
    service = started(said(Paused("branching", running), by="ada"))
    if not refused:
        assert pause(service, "f42", until, time(1)) == Paused("f42", until)
        return
    with pytest.raises(Refused, match="by ada: branching") as told:
        pause(service, "f42", until, time(1))
    assert ("2024-08-13 00:01Z" if running else "without an end") in told.value.why


def test_the_policys_pause_is_no_pause_to_replace() -> None:
    """The policy's pause and the operators' are apart: one may end before the other."""
    service = started(said(PolicyAdopted("another", policy(pause=True), "git")))
    assert pause(service, "branching", time(9), time(1)) == Paused("branching", time(9))


def test_a_resume_lifts_the_operators_pause() -> None:
    """The reason is kept."""
    assert resume(started(said(Paused("why"))), "branched") == Resumed("branched")


def test_a_resume_is_refused_where_nothing_is_paused() -> None:
    """There is nothing to lift."""
    with pytest.raises(Refused, match="not paused"):
        resume(started())


@pytest.mark.parametrize("also", [[], [said(Paused("why"))]])
def test_a_resume_is_refused_while_the_policys_pause_stays(also: list[Fact]) -> None:
    """The policy's pause ends by the policy only, whether an operator paused too or not."""
    adopting = PolicyAdopted("another", policy(pause=True), "git")
    with pytest.raises(Refused, match="the policy's pause stays") as refused:
        resume(started(said(adopting), *also))
    assert "2024-08-13 00:00Z" in refused.value.why


@pytest.mark.parametrize(
    ("now", "events"), [(9, []), (10, [PauseExpired()]), (99, [PauseExpired()])]
)
def test_a_pause_expires_at_its_end(now: float, events: list[Event]) -> None:
    """Whoever looks after the end records it, once."""
    service = started(said(Paused("why", time(10))))
    assert list(expire_pause(service, time(now))) == events
    assert list(expire_pause(after(*map(said, events), start=service), time(now))) == []


@pytest.mark.parametrize("facts", [[], [said(Paused("why"))]])
def test_what_has_no_end_does_not_expire(facts: list[Fact]) -> None:
    """Only a person lifts a pause without an end."""
    assert list(expire_pause(started(*facts), time(10**9))) == []


# --- notes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", " ", "x" * 2_001, "two\nlines", "\x1b[31mred", "turned \u202e"]
)
def test_a_note_is_a_line_that_can_be_shown(text: str) -> None:
    """Not empty, not endless, and nothing in it steers a terminal."""
    with pytest.raises(Invalid):
        note(text, time(0), time(1))


def test_a_note_is_about_one_thing() -> None:
    """A package or a batch or neither."""
    assert note("x" * 2_000, time(0), time(0)) == NoteAdded("x" * 2_000)
    assert note("x", time(0), time(1), package="bash") == NoteAdded("x", "bash")
    with pytest.raises(Invalid):
        note("x", time(0), time(1), package="bash", batch=7)


def test_a_note_is_about_the_past() -> None:
    """Nobody knows what is to come."""
    with pytest.raises(Invalid, match="yet to come"):
        note("x", time(2), time(1))
