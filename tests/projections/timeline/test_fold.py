# SPDX-License-Identifier: GPL-3.0-or-later
"""What is alike is one mark with its count, until somebody wants to see each."""

from domain.package.events import Built, Ended, Tagged
from domain.service.events import CatchUpDone, MessageRejected
from tests.projections.timeline.given import at, drawn, marks, numbered, only, recorded, tagged


def test_a_run_of_alike_is_one_mark_with_its_count() -> None:
    """It bears the names of the first of the packages."""
    timeline = drawn(*tagged(1812))
    mark = only(timeline)

    assert mark.title == "1,812 builds tagged into f42"
    assert (mark.count, len(mark.positions)) == (1812, 1812)
    assert mark.subjects[:2] == ("package-0", "package-1")
    assert (timeline.counts.shown, timeline.counts.folded) == (0, 1812)


def test_unfolded_each_is_a_mark() -> None:
    """On demand."""
    timeline = drawn(*tagged(30), unfold=True)

    assert len(marks(timeline)) == timeline.counts.shown == 30
    assert marks(timeline)[0].title == "package-0-1-1 tagged into f42"


def test_a_few_are_told_one_by_one() -> None:
    """A run is at least three."""
    assert [mark.count for mark in marks(drawn(*tagged(2)))] == [1, 1]


def test_what_lies_apart_is_no_run() -> None:
    """The morning's builds are not the evening's."""
    found = marks(drawn(*tagged(5), *tagged(5, start=6, minutes=50)))

    assert [mark.count for mark in found] == [5, 5]


def test_what_was_before_the_window_lies_at_its_edge() -> None:
    """Learned in it, it is of it; however far apart it was, there it is one run."""
    log = [recorded(n, Tagged(n, f"b-{n}-1", "f42"), -600 * n) for n in range(1, 5)]
    mark = only(drawn(*log))

    assert (mark.count, mark.begins_before) == (4, True)


def test_what_differs_is_not_folded_together() -> None:
    """A failed build does not hide among those that were built."""
    outcomes = [Built(n, "live", 0) for n in range(5)] + [Ended(9, "live", 0, "failed")]
    found = marks(drawn(*numbered(*[(event, 5) for event in outcomes])))

    assert {(mark.title, mark.tone) for mark in found} == {
        ("5 builds rebuilt", "good"),
        ("bash build 9 failed", "bad"),
    }


def test_what_is_no_build_is_counted_in_times() -> None:
    """Catch-ups are done so many times."""
    log = numbered(*[(CatchUpDone({}, 1, at(0)), n) for n in range(9)])

    assert only(drawn(*log)).title == "catch-up, 9 times"

    log = numbered(*[(MessageRejected(str(n), "bus", "no JSON"), n) for n in range(9)])
    assert only(drawn(*log)).title == "message rejected, 9 times"
