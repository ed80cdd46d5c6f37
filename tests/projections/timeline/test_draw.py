# SPDX-License-Identifier: GPL-3.0-or-later
"""From events to marks: what lasts, what is open, what is folded, what led to what."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.batch.events import (
    AttemptStarted,
    BuildFinished,
    BuildRequested,
    BuildSubmitted,
    Finished,
    Held,
    Planned,
    SliceFinished,
    SliceStarted,
)
from domain.envelope import Event, Recorded
from domain.package.events import Queued, Tagged, TaggingConfirmed
from domain.policy import Policy
from domain.service.events import (
    GapFound,
    NoteAdded,
    Paused,
    PlanApproved,
    PlanHeld,
    PolicyAdopted,
    Resumed,
    TriggerChanged,
)
from domain.values import Moment
from projections.timeline import Wanted
from projections.timeline.table import PLACES, TRACKS, place_of
from tests.projections.timeline.given import (
    BUILDS,
    CASES,
    EXAMPLES,
    at,
    drawn,
    logs,
    marks,
    numbered,
    only,
    recorded,
    wanteds,
)

# --- every event has a place -------------------------------------------------------------------


def test_every_event_has_its_line_in_the_table() -> None:
    """A new event is told of as soon as it is in the catalogue: by one line."""
    assert {type(event) for event in EXAMPLES} == set(PLACES)


@pytest.mark.parametrize("event", CASES.values(), ids=CASES)
def test_every_event_alone_is_one_mark(event: Event) -> None:
    """It stands on a track that has an order, and is told in words."""
    timeline = drawn(recorded(1, event, 10))

    assert only(timeline).what
    assert only(timeline).positions == (1,)
    assert place_of(event).track in TRACKS


# --- what lasts --------------------------------------------------------------------------------


def test_a_span_has_beginning_and_end() -> None:
    """One mark of two events, with what was said at either."""
    mark = only(drawn(*numbered((Paused("branching"), 10), (Resumed("done"), 40))))

    assert (mark.shape, mark.tone, mark.positions) == ("span", "held", (1, 2))
    assert (mark.since, mark.until) == (at(10), at(40))
    assert mark.text == "paused: branching; resumed: done"
    assert (mark.begins_before, mark.ends_after) == (False, False)


def test_what_did_not_end_is_open() -> None:
    """It goes on after the window."""
    mark = only(drawn(recorded(1, Paused("branching"), 10)))

    assert (mark.until, mark.ends_after, mark.begins_before) == (None, True, False)


def test_what_began_before_the_window_is_open_there() -> None:
    """Its end in the window is its only event of the window."""
    before = [recorded(1, Paused("branching"), -600)]
    mark = only(drawn(recorded(2, Resumed(), 30), before=before))

    assert (mark.since, mark.until) == (at(-600), at(30))
    assert (mark.begins_before, mark.positions) == (True, (2,))


def test_what_lasts_throughout_is_shown() -> None:
    """With no event of the window at all."""
    timeline = drawn(before=[recorded(1, Paused("branching"), -600, actor="ada")])

    assert (only(timeline).begins_before, only(timeline).ends_after) == (True, True)
    assert only(timeline).actors == ("ada",)
    assert timeline.counts.total == 0


def test_what_was_over_before_the_window_is_not_of_it() -> None:
    """Nor is what only happened before it."""
    before = numbered((Paused("x"), -600), (Resumed(), -500), (TriggerChanged("f41", "f42"), -400))

    assert marks(drawn(before=before)) == []


def test_what_is_begun_anew_ends_what_lasted() -> None:
    """A pause for another reason is another mark, without a gap."""
    first, second = marks(drawn(*numbered((Paused("x"), 10), (Paused("y"), 20), (Resumed(), 30))))

    assert (first.until, second.since, second.until) == (at(20), at(20), at(30))


def test_an_end_of_what_never_began_is_a_point() -> None:
    """The log may be read from anywhere."""
    assert only(drawn(recorded(1, Resumed("done"), 10))).shape == "point"


def test_a_policy_pauses_and_lifts_its_pause() -> None:
    """Any other policy is a point."""
    events = (
        PolicyAdopted("a", Policy("f41"), "git"),
        PolicyAdopted("b", Policy("f41", pause=True), "git"),
        PolicyAdopted("c", Policy("f42"), "git"),
    )
    point, span = marks(drawn(*numbered((events[0], 1), (events[1], 2), (events[2], 9))))

    assert (point.shape, span.shape) == ("point", "span")
    assert (span.since, span.until, span.positions) == (at(2), at(9), (2, 3))


def test_a_held_plan_says_what_came_of_it() -> None:
    """Each plan by its name."""
    log = numbered(
        (PlanHeld("a", "too much", ()), 1),
        (PlanHeld("b", "too much", ()), 2),
        (PlanApproved("a", "all of it is new"), 9),
    )
    approved, held = marks(drawn(*log))

    assert (approved.tone, approved.what, approved.until) == (
        "good",
        "plan held, then approved",
        at(9),
    )
    assert (held.tone, held.what, held.ends_after) == ("held", "plan held", True)


def test_a_gap_is_a_band_from_when_until_when_something_was_missing() -> None:
    """Not a point when it was found."""
    mark = only(drawn(recorded(1, GapFound(at(5), at(45), {"f41": 3}), 50)))

    assert (mark.shape, mark.since, mark.until) == ("band", at(5), at(45))
    assert mark.text == "bus silent, known by catch-up only: 3 in f41"


def test_what_koji_did_not_do_lasts_until_it_is_tried_again() -> None:
    """A held batch is held until then, and may be so after the window."""
    mark = only(drawn(recorded(1, Held("the hub is away", at(90)), 30)))

    assert (mark.shape, mark.until, mark.ends_after) == ("band", at(90), True)


def test_what_goes_without_saying_joins_what_it_is_about() -> None:
    """Koji confirms a tagging: its event is of the same mark; alone it has one of its own."""
    confirmed = TaggingConfirmed(1, "f41", Moment(at(1)))
    log = numbered((Tagged(1, "bash-1-1", "f41"), 1), (confirmed, 2))

    assert only(drawn(*log)).text == "bash-1-1 tagged into f41"
    assert only(drawn(*log)).positions == (1, 2)
    assert only(drawn(*log[1:])).text == "bash build 1 confirmed by Koji"


def test_what_has_nothing_to_join_is_no_beginning() -> None:
    """An intent whose attempt is not known does not last."""
    log = numbered((BuildRequested((1,), at(0)), 1), (SliceFinished(10), 9))

    assert [(mark.shape, mark.until) for mark in marks(drawn(*log))] == [("point", None)] * 2


def test_a_batch_is_a_span_of_spans() -> None:
    """Slices, attempts with their number, builds with what came of them."""
    log = numbered(
        (Planned(BUILDS, "eln", "live"), 0),
        (SliceStarted(10), 1),
        (AttemptStarted(1, (1, 2)), 2),
        (BuildSubmitted(1, 11), 3),
        (BuildSubmitted(2, 12), 3),
        (BuildFinished(1, "built", 11, 101, "bash-1-1.eln141"), 8),
        (BuildFinished(2, "failed", 12, detail="no compiler"), 9),
        (AttemptStarted(2, (2,)), 10),
        (BuildSubmitted(2, 13), 11),
        (BuildFinished(2, "built", 13, 102, "zsh-2-1.eln141"), 19),
        (SliceFinished(10), 20),
        (Finished(2, 0), 21),
    )
    timeline = drawn(*log)
    found = {(track.name, mark.text): mark for _, track, mark in timeline.placed()}

    assert set(found) == {
        ("batch", "done, 2 built: 2 builds for eln"),
        ("slices", "slice 10"),
        ("attempts", "2 builds tried"),
        ("attempts", "1 build tried, attempt 2"),
        ("builds", "bash-1-1.fc41 built: bash-1-1.eln141"),
        ("builds", "zsh-2-1.fc41 failed: no compiler"),
        ("builds", "zsh-2-1.fc41 built, attempt 2: zsh-2-1.eln141"),
    }
    assert found["attempts", "2 builds tried"].until == at(10)
    assert found["attempts", "1 build tried, attempt 2"].until == at(20)
    assert {mark.tone for mark in found.values()} == {"good", "bad", "plain"}


# --- what led to what --------------------------------------------------------------------------


def test_a_mark_names_the_mark_that_led_to_it() -> None:
    """By the id of its cause, where that is an event of the window."""
    queued = next(event for event in EXAMPLES if isinstance(event, Queued))
    log = [
        recorded(1, PlanHeld("a", "too much", ()), 1),
        recorded(2, PlanApproved("a"), 2),
        *(recorded(n, queued, 3, causation="service@2") for n in (3, 4, 5)),
        recorded(6, queued, 40, causation="message-1"),
    ]
    plan, fold, other = marks(drawn(*log))

    assert (plan.number, fold.cause, fold.causation) == (1, 1, "service@2")
    assert (other.cause, other.causation) == (None, "message-1")


def test_a_note_stands_where_it_is_pinned() -> None:
    """Whenever it was recorded; it says what it is about."""
    log = [recorded(9, NoteAdded("a fix is under way", package="bash"), 20, actor="ada")]
    mark = only(drawn(*log))

    assert (mark.since, mark.actors, mark.tone) == (at(20), ("ada",), "note")
    assert mark.text == "note: bash: a fix is under way"


# --- whatever happens --------------------------------------------------------------------------


@given(log=logs(), wanted=wanteds, cut=st.integers(0, 20), unfold=st.booleans())
def test_every_event_is_counted_once(
    log: list[Recorded], wanted: Wanted, cut: int, unfold: bool
) -> None:
    """Shown, in a fold, or hidden: whatever happened before, and in whatever order."""
    before, window = log[:cut], log[cut:]
    timeline = drawn(*window, before=before, wanted=wanted, unfold=unfold)
    counted = Counter(position for mark in marks(timeline) for position in mark.positions)

    assert timeline.counts.total == len(window)
    assert set(counted.values()) <= {1}
    assert set(counted) <= {each.position for each in window}
    assert len(counted) == timeline.counts.shown + timeline.counts.folded
    assert [mark.number for mark in marks(timeline)] == list(range(1, len(marks(timeline)) + 1))


@given(log=logs(), wanted=wanteds)
def test_to_unfold_shows_no_other_events(log: list[Recorded], wanted: Wanted) -> None:
    """The same events, each with a mark or in a span of its own."""
    folded, unfolded = (drawn(*log, wanted=wanted, unfold=unfold) for unfold in (False, True))

    assert unfolded.counts.folded == 0
    assert unfolded.counts.hidden == folded.counts.hidden
    assert unfolded.figures == folded.figures
