# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging again: a verdict is recorded when it is new or has changed, and says what changed."""

import pytest

from domain.admission.judge import newest_in_tag
from domain.admission.rules import Rules
from domain.package.events import Outcome, Phantom, TaggingConfirmed
from tests.domain.given import (
    BASH,
    Fact,
    Given,
    built,
    cleared,
    commit,
    confirmed,
    end,
    ended,
    given,
    happened,
    identified,
    in_destination,
    lapse,
    moment,
    phantom,
    queue,
    rebuild,
    requested,
    retag,
    rules,
    skip,
    tagged,
    untagged,
)

REJECTED = given(tagged(1, 10)).decided().and_then(tagged(2, 20), ended(2, "rejected"))
"""Build 1 is queued; a person rejected build 2, which came after it."""


@pytest.mark.parametrize(
    "log",
    [
        given(tagged(1, 10)),
        given(tagged(1, 10), tagged(2, 20)),
        given(tagged(1, 10), untagged(1, 20)),
        given(tagged(1, 10), in_destination(commit(1))),
        given(tagged(1, 10, source=None)),
    ],
)
def test_a_second_pass_says_nothing(log: Given) -> None:
    """A verdict on record that did not change is not recorded again."""
    log.decided().when().then_nothing()


@pytest.mark.parametrize(
    "fact",
    [
        tagged(1, 50, "f43"),
        tagged(9, 5, "f40"),
        identified(1, commit(1)),
        in_destination("git+https://elsewhere#1"),
        cleared(),
    ],
)
def test_what_a_verdict_does_not_rest_on_leaves_it(fact: Fact) -> None:
    """News that changes no verdict adds none."""
    given(tagged(1, 10)).decided().and_then(fact).when().then_nothing()


def test_another_policy_revision_with_the_same_verdict_says_nothing() -> None:
    """A policy that changes nothing for a package leaves its verdict."""
    given(tagged(1, 10)).decided().when(rules(exclude=["zsh"])).then_nothing()


def test_a_queued_build_stays_queued_when_it_is_excluded() -> None:
    """A Queued is ended only by an outcome: not by an exclude, nor by the list."""
    log = given(tagged(1, 10)).decided()
    log.when(rules(exclude=["bash"])).then_nothing()
    log.when(rules(listed=[])).then_nothing()


def test_a_queued_build_is_overtaken_by_a_later_one_whatever_its_verdict() -> None:
    """A later build supersedes a queued one also where it is skipped: as without a pass between."""
    log = given(tagged(1, 10)).decided().and_then(tagged(2, 20, source=None), identified(2, None))
    log.when().then(end(1, "superseded"), skip(1, "superseded"), skip(2, "no-source"))


@pytest.mark.parametrize(
    "log",
    [
        pytest.param(REJECTED, id="rejected"),
        pytest.param(
            given(tagged(1, 10), tagged(2, 20))
            .decided()
            .and_then(ended(2), untagged(2, 30))
            .decided()
            .and_then(tagged(2, 40)),
            id="failed",
        ),
    ],
)
def test_a_queued_build_is_not_overtaken_by_one_that_failed_or_was_rejected(log: Given) -> None:
    """Where the newest build is to blame, what was queued before it is better than nothing."""
    log.when().then(skip(2, "failed-before"))
    log.decided().when().then_nothing()
    assert [attempt.build_id for attempt in log.decided().bash.queued] == [1]


def test_a_queued_build_is_overtaken_once_the_failure_was_cleared() -> None:
    """The newest build is due again, and what was queued before it ends."""
    log = REJECTED.decided()
    log.and_then(cleared()).when().then(end(1, "superseded"), queue(2), skip(1, "superseded"))


def test_a_queued_build_is_overtaken_by_one_after_the_failed_one() -> None:
    """A still newer build, which nobody blames, overtakes what is queued."""
    told = REJECTED.decided().and_then(tagged(3, 30)).when()
    told.then(end(1, "superseded"), queue(3), skip(1, "superseded"), skip(2, "superseded"))


def test_a_queued_build_stays_for_a_later_one_of_its_commit() -> None:
    """The later build is skipped because the commit is queued, so that stays queued."""
    log = given(tagged(1, 10)).decided().and_then(tagged(2, 20, source=commit(1)))
    log.when().then(retag(2, "same-source"))


def test_a_queued_build_untagged_ends_as_gone() -> None:
    """What left the trigger tag before it was submitted is gone, and its verdict changes."""
    log = given(tagged(1, 10)).decided().and_then(untagged(1, 20))
    told = log.when().then(end(1, "gone"), skip(1, "not-in-tag"))
    assert "not-in-tag" in (told.basis(1).changed or "")


def test_a_built_build_untagged_keeps_its_verdict() -> None:
    """A Queued that was built stands, wherever the build went."""
    given(tagged(1, 10)).decided().and_then(built(1), untagged(1, 20)).when().then_nothing()


def test_a_build_of_another_mode_is_not_ended() -> None:
    """A pass in one mode ends nothing of another."""
    log = given(tagged(1, 10)).decided(rules(mode="shadow")).and_then(untagged(1, 20))
    log.when(rules(mode="live")).then(skip(1, "not-in-tag"))


@pytest.mark.parametrize(
    ("log", "in_force", "names"),
    [
        (given(tagged(1, 10)).decided(rules(exclude=["bash"])), rules(), "excluded"),
        (given(tagged(1, 10)).decided(rules(listed=[])), rules(), "not-targeted"),
        (given(tagged(1, 10)).decided().and_then(ended(1)), rules(), "failed-before"),
        (
            given(tagged(1, 10)).decided().and_then(ended(1)).decided().and_then(cleared()),
            rules(),
            "failed-before",
        ),
    ],
)
def test_a_changed_verdict_names_what_changed_it(log: Given, in_force: Rules, names: str) -> None:
    """A second verdict on the same tagging says what began or ceased to hold."""
    changed = [e.basis.changed for _, e in log.when(in_force).events if e.topic != "ended"]
    assert any(names in (text or "") for text in changed)


def test_a_first_verdict_names_no_change() -> None:
    """Nothing changed where there was no verdict."""
    assert given(tagged(1, 10)).when().basis(1).changed is None


def test_a_new_tagging_gets_a_verdict_of_its_own() -> None:
    """Each tagging (build, tag, Koji event) has a verdict; a new one is no change of the old."""
    log = given(tagged(1, 10)).decided().and_then(built(1), untagged(1, 20), tagged(1, 30))
    told = log.when().then(retag(1, "already-built"))
    assert told.basis(1).changed is None


def test_a_confirmed_tagging_keeps_its_verdict() -> None:
    """That Koji dates a tagging otherwise makes no other tagging of it: its verdict stands."""
    log = given(tagged(1, 10)).decided()
    log.and_then(confirmed(1, message_at=10, at=9, koji_event=100, tag="f41")).when().then_nothing()


def test_an_identified_source_may_change_a_provisional_verdict_that_is_no_queued() -> None:
    """A skip is judged again when the source becomes known."""
    log = given(tagged(2, 20)).decided().and_then(built(2), untagged(2, 25))
    log = log.and_then(tagged(1, 10, source=None)).decided()
    told = log.and_then(identified(1, commit(2))).when().then(retag(1, "same-source"))
    assert not told.basis(1).provisional


def test_a_provisional_queued_learns_its_source() -> None:
    """What was queued without a source counts by it once Koji named it."""
    log = given(tagged(1, 10, source=None)).decided().and_then(identified(1, commit(1)), built(1))
    log.and_then(tagged(2, 20, source=commit(1))).when().then(retag(2, "same-source"))


def test_the_queued_of_the_generation_before_is_superseded() -> None:
    """A rebuild queues the build in the new generation and ends the one that waits in the old."""
    log = given(tagged(1, 10)).decided().and_then(rebuild(1, at=20))
    log.when().then(end(1, "superseded"), queue(1))


def test_a_skipped_build_long_gone_is_not_judged_again() -> None:
    """What left the trigger tag is no candidate; its skip stands."""
    log = given(tagged(1, 10), in_destination(commit(1))).decided().and_then(untagged(1, 20))
    log.when().then_nothing()


@pytest.mark.parametrize("how", ["superseded", "gone"])
def test_a_queued_is_recorded_anew_after_its_attempt_ended(how: Outcome) -> None:
    """The same verdict on the same tagging is news once what it queued has ended without blame."""
    told = given(tagged(1, 10)).decided().and_then(ended(1, how)).when().then(queue(1))
    assert told.basis(1).round == 1


@pytest.mark.parametrize("ended_as", [["gone"], ["failed"], ["failed", "superseded"]])
def test_the_round_is_one_more_than_the_last_attempt(ended_as: list[Outcome]) -> None:
    """However an attempt ended, the next of the build has a round of its own in the fence."""
    log = given(tagged(1, 10))
    for how in ended_as:
        log = log.decided().and_then(ended(1, how), cleared())
    assert log.when().basis(1).round == len(ended_as)


def test_the_round_counts_the_source_and_one_generation_and_mode() -> None:
    """Another build of the commit goes on counting; a new generation or mode starts at 0."""
    log = given(tagged(1, 10)).decided().and_then(ended(1), cleared())
    twin = log.and_then(tagged(2, 20, source=commit(1)))
    assert twin.when().basis(2).round == 1
    assert log.when(rules(mode="shadow")).basis(1).round == 0
    assert log.and_then(rebuild(1, 30)).when().basis(1).round == 0


@pytest.mark.parametrize("how", [[], [built(1)]], ids=["queued", "built"])
@pytest.mark.parametrize(
    "again",
    [tagged(1, 20), tagged(2, 20, source=commit(1))],
    ids=["build", "source"],
)
def test_nothing_follows_what_is_queued_or_built_in_a_round(how: list[Fact], again: Fact) -> None:
    """Queued a second time by a fault of ours, it would be in the same round: the fence sees it."""
    log = given(tagged(1, 10)).decided().and_then(*how, again)
    faulty = rules().without_rows(4, 5, 7)
    (queued,) = [event for _, event in log.when(faulty).events if event.topic == "queued"]
    assert queued.basis.round == 0


@pytest.mark.parametrize("how", [[], [built(1)]], ids=["queued", "built"])
def test_what_a_person_asks_for_follows_what_is_queued_or_built(how: list[Fact]) -> None:
    """A forced request queues what was queued or built in a round of its own."""
    log = given(tagged(1, 10)).decided().and_then(*how, requested(1, force=True))
    assert log.when().basis(1).round == 1


# --- requests ----------------------------------------------------------------------------------


def test_a_request_lapses_when_a_newer_build_comes() -> None:
    """A request is for the build that was the newest then, and forces none that comes later."""
    log = given(tagged(1, 10), in_destination(commit(1)), in_destination(commit(2))).decided()
    log = log.and_then(requested(1, force=True), tagged(2, 20))
    log.when().then(lapse(1), skip(1, "superseded"), retag(2, "already-in-destination"))
    log.decided().when().then_nothing()


def test_a_request_lapses_when_its_build_leaves_the_tag() -> None:
    """What is in the tag no longer cannot be asked for; whatever is newest then was not."""
    log = given(tagged(1, 10), tagged(2, 20), in_destination(commit(1))).decided()
    log = log.and_then(built(2), requested(2, force=True), untagged(2, 30))
    log.when().then(lapse(2), retag(1, "already-in-destination"))


def test_a_request_lapses_where_nothing_is_in_the_tag() -> None:
    """There is no newest build that it could be for."""
    log = given(tagged(1, 10)).decided().and_then(built(1), requested(1), untagged(1, 30))
    log.when().then(lapse(1))


def test_a_lapse_is_said_once() -> None:
    """A request that lapsed is not on record as open any longer."""
    log = given(tagged(1, 10), tagged(2, 20)).decided().and_then(requested(1))
    log.when().then(lapse(1))
    log.decided().when().then_nothing()


def test_the_newest_in_the_tag_is_what_a_request_is_for() -> None:
    """The latest place counts; of an empty tag there is none."""
    log = given(tagged(1, 10), tagged(2, 20), tagged(3, 30), untagged(3, 40), tagged(4, 50, "f42"))
    assert newest_in_tag(log.bash, rules()) == 2
    assert newest_in_tag(log.bash, rules("f43")) is None


# --- the rest ----------------------------------------------------------------------------------


def test_a_phantom_is_skipped_once() -> None:
    """A tagging that Koji denies keeps its one verdict."""
    log = given(tagged(1, 10), phantom(1, message_at=10)).decided()
    log.when().then_nothing()


def test_a_denied_untagging_leaves_the_build_in_the_tag() -> None:
    """An untagging that Koji's history does not have took nothing out of the tag."""
    denied = happened(BASH, Phantom(1, "f41", moment(20), untag=True))
    given(tagged(1, 10), untagged(1, 20), denied).when().then(queue(1))


def test_the_last_untagging_counts_as_koji_dates_it() -> None:
    """An untagging that seemed later than the tagging may be dated before it."""
    dated = happened(BASH, TaggingConfirmed(1, "f41", moment(20), untag=True), 9, 100)
    given(tagged(1, 10), untagged(1, 20), dated).when().then(queue(1))


def test_a_package_without_news_is_no_part_of_the_plan() -> None:
    """A plan holds only decisions that are not on record."""
    assert given(tagged(1, 10)).decided().plan(rules()).decisions == ()
