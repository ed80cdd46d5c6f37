# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the news is new: messages, and what a baseline finds."""

from typing import Any

import pytest
from msgspec.structs import replace

from domain.package import Package, PackageEvent
from domain.package.events import (
    DestinationSeen,
    Identified,
    Phantom,
    Tagged,
    TaggingConfirmed,
    Untagged,
)
from domain.package.observe import BaselineRow, Tagging, dist_of, observe, observe_baseline
from tests.domain.given import (
    BASH,
    Fact,
    commit,
    confirmed,
    given,
    happened,
    moment,
    nvr,
    queue,
    skip,
    tagged,
    untagged,
)

EMPTY = Package(BASH)


def news(at: float, event: int = 0, *, untag: bool = False, tag: str = "f41") -> Tagging:
    """Return a message, or a line of Koji's history, about build 1."""
    return Tagging(BASH, 1, nvr(1), tag, moment(at, event), untag=untag)


def row(
    build_id: int = 1, tag: str = "f41", *, source: str | None = "its commit", event: int = 0
) -> BaselineRow:
    """Return a line of a baseline."""
    known = commit(build_id) if source == "its commit" else source
    return BaselineRow(tag, BASH, build_id, nvr(build_id), known, event)


def seen(package: Package, line: BaselineRow, *, first: bool = False) -> list[PackageEvent]:
    """Return what a baseline adds."""
    return list(observe_baseline(package, line, stable_tag="eln", first=first))


# --- messages ----------------------------------------------------------------------------------


def test_a_tagging_nobody_told_of_is_recorded() -> None:
    """A new tagging is a fact."""
    assert observe(EMPTY, news(10)) == Tagged(1, nvr(1), "f41")


def test_an_untagging_nobody_told_of_is_recorded() -> None:
    """A new untagging is a fact, also of what was not known to be tagged."""
    assert observe(EMPTY, news(10, untag=True)) == Untagged(1, nvr(1), "f41")


@pytest.mark.parametrize(("fact", "untag"), [(tagged(1, 10), False), (untagged(1, 10), True)])
def test_the_same_message_again_is_nothing_new(fact: Fact, untag: bool) -> None:
    """What is on record is not recorded again."""
    assert observe(given(fact).bash, news(10, untag=untag)) is None


@pytest.mark.parametrize("other", [news(11), news(10, tag="f42"), news(10, untag=True)])
def test_another_time_tag_or_direction_is_new(other: Tagging) -> None:
    """A tagging is known by build, tag and moment."""
    assert observe(given(tagged(1, 10)).bash, other) is not None


@pytest.mark.parametrize("fields", [{"user": "ada"}, {"tag_id": 7}, {"nvr": "bash-2-2"}])
def test_two_tellings_of_one_tagging_have_one_key(fields: dict[str, Any]) -> None:
    """Who is said to have done it, or by which id the tag is known, makes no other fact."""
    other = replace(news(10), **fields)
    assert other != news(10)
    assert other.key == news(10).key
    assert observe(given(tagged(1, 10)).bash, other) is None


@pytest.mark.parametrize(
    "other",
    [
        news(11),
        news(10, 5),
        news(10, tag="f42"),
        news(10, untag=True),
        replace(news(10), build_id=2),
        replace(news(10), package="zsh"),
    ],
)
def test_two_taggings_have_two_keys(other: Tagging) -> None:
    """Package, build, tag, moment and direction make a tagging."""
    assert other.key != news(10).key


def test_the_message_of_a_confirmed_tagging_is_nothing_new() -> None:
    """A message delivered again after Koji dated its tagging otherwise tells nothing new."""
    log = given(tagged(1, 10), confirmed(1, message_at=10, at=9, koji_event=100, tag="f41"))
    assert observe(log.bash, news(10)) is None


def test_the_message_of_a_confirmed_untagging_is_nothing_new() -> None:
    """An untagging is dated by Koji as a tagging is, and its message known as well."""
    dated = TaggingConfirmed(1, "f41", moment(10), untag=True)
    log = given(untagged(1, 10), happened(BASH, dated, 9, 100))
    assert observe(log.bash, news(10, untag=True)) is None
    assert observe(log.bash, news(9, 100, untag=True)) is None
    assert observe(log.bash, news(9, 100)) is not None


@pytest.mark.parametrize("untag", [False, True])
def test_the_message_of_a_phantom_is_nothing_new(untag: bool) -> None:
    """What Koji denied stays denied when its message comes again."""
    fact = untagged(1, 10) if untag else tagged(1, 10)
    log = given(fact, happened(BASH, Phantom(1, "f41", moment(10), untag)))
    assert observe(log.bash, news(10, untag=untag)) is None


@pytest.mark.parametrize(("at", "new"), [(9, True), (10, False), (70, False), (4000, True)])
def test_a_late_message_is_nothing_new(at: float, new: bool) -> None:
    """Koji sends it when it has committed: what catch-up found by then is not told again.

    One from before the row, or hours after it, tells of another tagging.
    """
    known = given(tagged(1, 10.5, koji_event=100)).packages[BASH]
    assert (observe(known, news(at)) is not None) == new


def test_a_message_tells_of_one_row() -> None:
    """The row of a message that came in time is not that of the next message."""
    known = given(tagged(1, 10), confirmed(1, 10, 10.5, 100, "f41")).packages[BASH]
    assert observe(known, news(10)) is None
    assert observe(known, news(70)) is not None


@pytest.mark.parametrize(("at", "new"), [(10, False), (60, True)])
def test_what_the_baseline_saw_is_not_told_again(at: float, new: bool) -> None:
    """A message from before a baseline of Koji's tells of what that found."""
    known = given(tagged(1, 50, baseline=True, koji_event=100)).packages[BASH]
    assert (observe(known, news(at)) is not None) == new


# --- baselines ---------------------------------------------------------------------------------


def test_the_first_baseline_marks_what_it_finds() -> None:
    """A build in the trigger tag is a fact like any other, with its source and its mark."""
    expected = Tagged(1, nvr(1), "f41", source=commit(1), baseline=True)
    assert seen(EMPTY, row(), first=True) == [expected]


def test_what_the_first_baseline_finds_comes_before_all_else() -> None:
    """Baseline builds come first: what was tagged since then is later, whatever the clocks say."""
    log = given(tagged(1, 100, baseline=True), tagged(2, 10))
    log.when().then(skip(1, "superseded"), queue(2))


def test_baseline_builds_are_ordered_by_kojis_events() -> None:
    """Among themselves the builds of a baseline are in the order of their tagging."""
    log = given(
        tagged(2, 100, baseline=True, koji_event=5), tagged(1, 100, baseline=True, koji_event=6)
    )
    log.when().then(skip(2, "superseded"), queue(1))


def test_the_first_baseline_orders_what_a_message_told_of_before() -> None:
    """Facts recorded before the first baseline do not come after the builds that only it found."""
    log = given(tagged(1, 10))
    facts = [
        happened(BASH, event, 100, line.create_event or 0)
        for line in (row(1, event=5), row(2, event=6))
        for event in seen(log.bash, line, first=True)
    ]
    log.and_then(*facts).when().then(skip(1, "superseded"), queue(2))


def test_a_second_baseline_adds_what_was_missed() -> None:
    """A build whose message was lost is a fact then, without the mark of the first."""
    assert seen(EMPTY, row()) == [Tagged(1, nvr(1), "f41", source=commit(1))]


def test_a_second_baseline_adds_what_was_tagged_again_unseen() -> None:
    """A build on record as untagged, yet found in the tag, was tagged again."""
    log = given(tagged(1, 10), untagged(1, 20))
    assert seen(log.bash, row()) == [Tagged(1, nvr(1), "f41", source=commit(1))]


def test_a_second_baseline_does_not_repeat_what_is_known() -> None:
    """A build known to be in the tag, with its source, is no news."""
    assert seen(given(tagged(1, 10)).bash, row()) == []


def test_a_second_baseline_names_a_source_that_was_not_known() -> None:
    """The source of a known build is news where nobody knew it."""
    log = given(tagged(1, 10, source=None))
    assert seen(log.bash, row()) == [Identified(1, commit(1))]


def test_a_second_baseline_removes_no_source() -> None:
    """A line without a source takes none away: a baseline adds facts and removes none."""
    assert seen(given(tagged(1, 10)).bash, row(source=None)) == []


def test_a_second_baseline_removes_no_build() -> None:
    """A build that the baseline does not list stays as it is: there is no line to say otherwise."""
    log = given(tagged(1, 10), tagged(2, 20))
    assert seen(log.bash, row(2)) == []
    assert log.bash.builds[1].tags["f41"].present


def test_a_build_of_the_stable_tag_is_a_destination() -> None:
    """What the stable tag holds is seen once, with the dist of its release."""
    line = BaselineRow("eln", BASH, 9, "bash-1-1.eln142", commit(1))
    expected = DestinationSeen(9, "bash-1-1.eln142", commit(1), "eln142")
    assert seen(EMPTY, line) == [expected]
    assert seen(given(happened(BASH, expected)).bash, line) == []


def test_a_build_of_the_stable_tag_without_source_tells_nothing() -> None:
    """An imported downstream build can match no commit."""
    assert seen(EMPTY, row(tag="eln", source=None)) == []


@pytest.mark.parametrize("first", [True, False])
def test_an_imported_build_of_a_baseline_has_no_source(first: bool) -> None:
    """A line without a source says that Koji has none, not that nobody knows it yet."""
    facts = seen(EMPTY, row(source=None), first=first)
    given(*(happened(BASH, fact, 10) for fact in facts)).when().then(skip(1, "no-source"))
    assert facts == [Tagged(1, nvr(1), "f41", baseline=first), Identified(1, None)]


def test_what_was_imported_is_said_once() -> None:
    """A baseline that finds an imported build again has nothing to add."""
    log = given(*(happened(BASH, fact, 10) for fact in seen(EMPTY, row(source=None))))
    assert seen(log.bash, row(source=None)) == []


@pytest.mark.parametrize(
    ("name", "dist"),
    [
        ("bash-5.2-1.eln142", "eln142"),
        ("bash-5.2-1.eln142.1", "eln142"),
        ("bash-5.2-1.fc42", None),
        ("elng-1-1.elnx", None),
    ],
)
def test_the_dist_is_read_from_a_release(name: str, dist: str | None) -> None:
    """What nobody observed is read from the NVR; a release without an ELN dist has none."""
    assert dist_of(name) == dist
