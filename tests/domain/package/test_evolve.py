# SPDX-License-Identifier: GPL-3.0-or-later
"""How a package's events add up: nothing depends on which fact arrived last."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import pytest
from hypothesis import assume, settings
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.package import Package
from domain.package.events import (
    Outcome,
    Phantom,
    RequestLapsed,
    Tagged,
    TaggingConfirmed,
    Untagged,
)
from domain.package.state import Presence, Sighting
from domain.values import Moment, Place
from tests.domain.given import (
    BASH,
    Fact,
    built,
    cleared,
    commit,
    ended,
    given,
    happened,
    identified,
    in_destination,
    moment,
    nvr,
    rebuild,
    requested,
    rules,
    tagged,
    untagged,
)

BUILDS: Final = st.integers(min_value=1, max_value=3)
SECONDS: Final = st.integers(min_value=1, max_value=4)
TAGS: Final = st.sampled_from(["f41", "f42", "eln"])

TAGGINGS: Final = st.one_of(
    st.builds(tagged, BUILDS, SECONDS, TAGS, baseline=st.booleans()),
    st.builds(untagged, BUILDS, SECONDS, TAGS),
)
FACTS: Final = st.lists(TAGGINGS, min_size=1, max_size=8)
"""Few builds, seconds and tags, so that facts often meet."""


class Seen(NamedTuple):
    """What is known of a build in a tag, but for where in the log it stands."""

    tagged: frozenset[tuple[object, ...]]
    untagged: frozenset[tuple[object, ...]]
    latest: Moment | None
    present: bool
    gone: frozenset[Moment]


def seen(presence: Presence) -> Seen:
    """Return what is known of a presence."""
    return Seen(
        frozenset(map(apart_from_position, presence.tagged)),
        frozenset(map(apart_from_position, presence.untagged)),
        presence.latest.moment if presence.latest else None,
        presence.present,
        frozenset(sighting.moment for sighting in presence.gone),
    )


def apart_from_position(sighting: Sighting) -> tuple[object, ...]:
    """Return all of a sighting but its position."""
    return sighting.moment, sighting.baseline, sighting.told, sighting.denied


def everything(package: Package) -> dict[int, tuple[object, ...]]:
    """Return all that is known of a package's builds, but for positions."""
    return {
        build_id: (
            build.nvr,
            build.source,
            build.identified,
            package.place(build_id, "eln"),
            {tag: seen(presence) for tag, presence in build.tags.items()},
        )
        for build_id, build in package.builds.items()
    }


def event_of(fact: Fact) -> Tagged | Untagged:
    """Return the tagging or untagging."""
    assert isinstance(fact.event, Tagged | Untagged)
    return fact.event


def corrections(facts: Sequence[Fact], picks: Iterable[int | None]) -> list[Fact]:
    """Return Koji's answers about some facts: None denies one, a number dates it."""
    answers = []
    for number, (fact, pick) in enumerate(zip(facts, picks, strict=False), start=1):
        event = event_of(fact)
        about = (event.build_id, event.tag, moment(fact.at), isinstance(event, Untagged))
        if pick is None:
            answers.append(happened(BASH, Phantom(*about)))
        elif pick:
            dated = fact.at + pick / 10
            answers.append(happened(BASH, TaggingConfirmed(*about), dated, 100 + number))
    return answers


# --- any order ---------------------------------------------------------------------------------


@drawn(FACTS, st.data())
def test_any_permutation_of_facts_adds_up_to_the_same(
    facts: list[Fact], data: st.DataObject
) -> None:
    """Builds, places and presences are those of the facts, in whatever order they arrived."""
    shuffled = data.draw(st.permutations(facts))
    assert everything(given(*shuffled).bash) == everything(given(*facts).bash)


@drawn(FACTS, st.data())
def test_facts_again_change_nothing(facts: list[Fact], data: st.DataObject) -> None:
    """A fact recorded twice counts once."""
    again = data.draw(st.lists(st.sampled_from(facts)))
    assert everything(given(*facts, *again).bash) == everything(given(*facts).bash)


@settings(max_examples=200)
@drawn(FACTS, st.lists(st.sampled_from([None, 0, 1, 2]), min_size=8, max_size=8), st.data())
def test_any_permutation_of_kojis_answers_adds_up_to_the_same(
    facts: list[Fact], picks: list[int | None], data: st.DataObject
) -> None:
    """Koji answers once about each tagging, and in whatever order, the answers add up the same."""
    assume(len(facts) == len(set(map(key_of, facts))))
    answers = corrections(facts, picks)
    shuffled = data.draw(st.permutations(answers))
    asked, asked_otherwise = given(*facts, *answers), given(*facts, *shuffled)
    assert everything(asked.bash) == everything(asked_otherwise.bash)


def key_of(fact: Fact) -> tuple[object, ...]:
    """Return what a tagging is known by."""
    event = event_of(fact)
    return type(event), event.build_id, event.tag, fact.at


@drawn(FACTS)
def test_a_source_may_be_named_at_any_time(facts: list[Fact]) -> None:
    """Whether a source came with the tagging or by Koji's answer makes no difference."""
    events = map(event_of, facts)
    known = {event.build_id for event in events if isinstance(event, Tagged)}
    bare = [without_source(fact) for fact in facts]
    answers = [identified(build_id, commit(build_id)) for build_id in known]
    assert everything(given(*bare, *answers).bash) == everything(given(*facts).bash)


def without_source(fact: Fact) -> Fact:
    """Return the same fact, the source not known."""
    event = event_of(fact)
    return fact._replace(event=replace(event, source=None)) if isinstance(event, Tagged) else fact


# --- place -------------------------------------------------------------------------------------


def place(*facts: Fact, build_id: int = 1) -> Place:
    """Return the place of a build after these."""
    return given(*facts).bash.place(build_id, "eln")


def at(seconds: float, event: int = 0, build_id: int = 1) -> Place:
    """Return the place of what was tagged then."""
    return Place(after_baseline=True, at=moment(seconds).at, event=event, build_id=build_id)


def test_a_copy_into_another_tag_never_moves_a_place() -> None:
    """The earliest over the tags counts."""
    assert place(tagged(1, 10), tagged(1, 50, "f42")) == at(10)
    assert place(tagged(1, 50, "f42"), tagged(1, 10)) == at(10)


def test_tagged_again_in_one_tag_moves_the_place() -> None:
    """The latest tagging in each tag counts."""
    assert place(tagged(1, 10), untagged(1, 20), tagged(1, 30)) == at(30)


def test_tagged_again_in_one_tag_stays_where_another_tag_has_it() -> None:
    """A build tagged again in one tag is as early as its other tags have it."""
    assert place(tagged(1, 10), tagged(1, 30), tagged(1, 20, "f42")) == at(20)


def test_the_stable_tag_gives_no_place() -> None:
    """What the stable tag holds is not ordered by it."""
    assert place(tagged(1, 5, "eln"), tagged(1, 10)) == at(10)


def test_a_baseline_build_comes_before_all_others() -> None:
    """What the baseline found comes first, whatever else is known of it."""
    assert place(tagged(1, 99, baseline=True), tagged(1, 10, "f42")) < at(0)


def test_a_denied_tagging_gives_no_place() -> None:
    """Neither a phantom, nor an untagging alone, comes after anything."""
    denied = place(tagged(1, 10), happened(BASH, Phantom(1, "f41", moment(10))))
    assert denied == place(untagged(1, 10))
    assert denied < at(0)


def test_a_confirmed_tagging_is_where_koji_has_it() -> None:
    """Koji's time and event make the place."""
    dated = happened(BASH, TaggingConfirmed(1, "f41", moment(10)), 9, 100)
    assert place(tagged(1, 10), dated) == at(9, 100)


# --- the rest ----------------------------------------------------------------------------------


def test_a_package_counts_its_events_and_knows_where_it_is() -> None:
    """Version and position are those of the last event."""
    log = given(tagged(1, 10), tagged(1, 10, package="zsh"), untagged(1, 20))
    assert (log.bash.version, log.bash.position) == (2, 3)
    assert (log.packages["zsh"].version, log.packages["zsh"].position) == (1, 2)


def test_a_build_is_known_by_the_name_it_first_had() -> None:
    """An untagging alone makes a build known, without a source."""
    build = given(untagged(1, 10)).bash.builds[1]
    assert (build.nvr, build.source, build.identified) == (nvr(1), None, False)


def test_koji_may_say_that_there_is_no_source() -> None:
    """No source is an answer too."""
    build = given(tagged(1, 10, source=None), identified(1, None)).bash.builds[1]
    assert (build.source, build.identified) == (None, True)


def test_a_tagging_without_source_takes_none_away() -> None:
    """A tagging that bears no source leaves the one that is known."""
    assert given(tagged(1, 10), tagged(1, 20, source=None)).bash.builds[1].source == commit(1)


def test_an_outcome_ends_the_open_attempt_of_its_generation_and_mode() -> None:
    """An outcome is of one build, mode and generation; what ended stays as it ended."""
    log = given(tagged(1, 10)).decided()
    for other in (built(2), built(1, generation=1), built(1, mode="shadow")):
        assert log.and_then(other).bash.queued == log.bash.queued
    done = log.and_then(built(1, at=50), ended(1, at=60)).bash
    (attempt,) = done.ledger
    assert (attempt.outcome, attempt.ended_at, attempt.ended_position) == ("built", moment(50), 3)


def test_what_a_person_rejected_enters_the_ledger_ended() -> None:
    """A rejected build was never queued; the rejection itself is its evidence."""
    (attempt,) = given(tagged(1, 10), ended(1, "rejected", at=20)).bash.ledger
    assert (attempt.outcome, attempt.position, attempt.ended_position) == ("rejected", 2, 2)
    assert attempt.ended_at == moment(20)


def test_clearing_touches_only_what_is_to_blame() -> None:
    """What is queued, built, superseded or gone is not cleared."""
    log = given(tagged(1, 10)).decided().and_then(ended(1, "gone"))
    log = log.decided().and_then(ended(1)).and_then(cleared())
    assert [attempt.cleared for attempt in log.bash.ledger] == [False, True]


def test_a_source_named_later_is_the_ledgers_too() -> None:
    """What was queued without a source counts by the one that Koji named."""
    log = given(tagged(1, 10, source=None)).decided().and_then(identified(1, commit(1)))
    assert [attempt.source for attempt in log.bash.ledger] == [commit(1)]


def test_each_mode_has_a_verdict_of_its_own() -> None:
    """A tagging bears the last verdict of every mode."""
    log = given(tagged(1, 10)).decided().decided(rules(mode="shadow")).and_then(built(1))
    standings = log.bash.builds[1].tags["f41"].standings
    assert sorted(standing.mode for standing in standings) == ["live", "shadow"]


def test_a_request_waits_for_its_answer() -> None:
    """The last request is open until the verdict that names it."""
    asked = given(tagged(1, 10)).decided().and_then(requested(), requested(force=True))
    assert asked.bash.request is not None
    request = asked.bash.request
    assert (request.id, request.build_id, request.force) == ("package:bash@4", 1, True)
    assert asked.decided().bash.request is None


def test_a_request_lapses() -> None:
    """A request whose build was overtaken is open no longer."""
    asked = given(tagged(1, 10), requested(1))
    lapsed = happened(BASH, RequestLapsed(1, "package:bash@2"))
    assert asked.and_then(lapsed).bash.request is None


@pytest.mark.parametrize(("outcome", "waits"), [("rejected", False), ("failed", True)])
def test_a_rejection_ends_the_request(outcome: Outcome, waits: bool) -> None:
    """What a person rejects is no longer asked for; another outcome answers no request."""
    log = given(tagged(1, 10)).decided().and_then(requested(1, force=True))
    assert (log.and_then(ended(1, outcome)).bash.request is not None) is waits


def test_a_rebuild_raises_the_generation() -> None:
    """The generation and the moment it was asked at are kept."""
    package = given(tagged(1, 10), rebuild(1, at=50)).bash
    assert (package.generation, package.rebuild_at) == (1, moment(50))


def test_destinations_are_kept_with_their_dist_and_moment() -> None:
    """All that the stable tag was seen to hold is kept, for it has held it ever since."""
    log = given(in_destination("a", 10), in_destination("b", 20, "eln142", build_id=901))
    kept = [(d.source, d.build_id, d.dist, d.at) for d in log.bash.destinations]
    assert kept == [("a", 900, "eln141", moment(10)), ("b", 901, "eln142", moment(20))]
