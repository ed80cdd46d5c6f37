# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging again: a verdict is recorded when it is new or has changed, and says what changed."""

import pytest

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
    moment,
    phantom,
    queue,
    rebuild,
    retag,
    rules,
    skip,
    tagged,
    untagged,
)


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
def test_the_round_is_the_number_of_earlier_attempts(ended_as: list[Outcome]) -> None:
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
