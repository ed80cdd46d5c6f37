# SPDX-License-Identifier: GPL-3.0-or-later
"""Timelines are read from the log by what a window needs, and nothing else."""

from datetime import datetime, timedelta

import pytest

from adapters.service import timelines
from adapters.service.timelines import Pinned
from domain.batch.events import AttemptStarted, BuildSubmitted, Finished, Planned, PlannedBuild
from domain.errors import Refused
from domain.service.events import PlanHeld
from projections.points import Span
from projections.timeline import Mark, Wanted
from tests.adapters.service.given import World
from tests.domain.given import Fact, tagged
from tests.domain.service.given import said

BATCH = "batch:7"
BUILDS = (PlannedBuild("bash", 1, "bash-1-1.fc41", "git+https://src.example/bash#1"),)


def drawn(
    world: World,
    after: int,
    upto: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Pinned:
    """Return the timeline of a span, up to the end of the log where none is named."""
    span = Span(after, world.log.head() if upto is None else upto)
    return world.app.timelines.draw(span, Wanted(), since=since, until=until)


def marks(pinned: Pinned) -> dict[str, Mark]:
    """Return the marks by what they say."""
    return {mark.text: mark for _, _, mark in pinned.timeline.placed()}


def test_what_was_going_on_is_known(world: World) -> None:
    """A pause, a held plan, a batch with its attempt and builds, all from before the window."""
    world.app.operators.pause("branching", None, world.by())
    world.hear(
        said(PlanHeld("a", "too much", ()), 1),
        Fact(BATCH, Planned(BUILDS, "eln", "live"), 2),
        Fact(BATCH, AttemptStarted(2, (1,)), 3),
        Fact(BATCH, BuildSubmitted(1, 11), 4),
    )
    head = world.log.head()
    world.hear(tagged(9, 5))
    found = marks(drawn(world, head))

    lasting = {text for text, mark in found.items() if mark.ends_after and not mark.positions}
    assert lasting == {
        "paused: branching",
        "plan held: a: too much",
        "under way: 1 build for eln",
        "1 build tried, attempt 2",
        "bash-1-1.fc41 building, attempt 2",
    }


def test_what_was_over_is_not_told(world: World) -> None:
    """A pause that was lifted, a batch that was finished."""
    world.app.operators.pause("branching", None, world.by())
    world.app.operators.resume(world.by())
    world.hear(Fact(BATCH, Planned(BUILDS, "eln", "live"), 2), Fact(BATCH, Finished(1, 0), 3))
    head = world.log.head()
    world.hear(tagged(9, 5))

    assert [*marks(drawn(world, head))] == ["bash-1-9.fc42 tagged into f41"]


def test_a_note_is_told_whenever_it_was_written(world: World) -> None:
    """Pinned into the window after it, it is of the window; pinned elsewhere, it is not."""
    begun, head = world.clock(), world.log.head()
    world.at(begun + timedelta(hours=1))
    world.app.operators.pause("branching", None, world.by())
    upto = world.log.head()
    world.at(begun + timedelta(hours=9))
    world.app.operators.note("seen", world.by(), at=begun + timedelta(minutes=30))
    world.app.operators.note("not seen", world.by())
    pinned = drawn(world, head, upto, begun, begun + timedelta(hours=2))

    assert [*marks(pinned)] == ["note: seen", "paused: branching"]
    assert pinned.timeline.counts.total == 2


def test_a_window_without_times_is_bounded_by_what_was_soon_known(world: World) -> None:
    """A fact that happened long ago does not stretch it, it is shown at its edge."""
    head, now = world.log.head(), world.clock()
    world.app.operators.pause("branching", None, world.by())
    world.hear(tagged(1, -9_999_999)._replace(via="catch-up"))
    window = drawn(world, head).timeline.window

    assert (window.since, window.until) == (now, now)
    assert marks(drawn(world, head))[
        "bash-1-1.fc42 tagged into f41, which no message told"
    ].begins_before


def test_of_nothing_there_is_an_empty_timeline(world: World) -> None:
    """Between two positions where nothing was recorded."""
    assert marks(drawn(world, 0, 0)) == {}


def test_it_says_what_it_was_read_from(world: World) -> None:
    """The head of the log and its digest, by which everything before is pinned."""
    pinned = drawn(world, 0, 2)

    assert pinned.head == world.log.head() > 2
    assert pinned.digest == world.log.digest(pinned.head).hex()


def test_a_window_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit into memory is refused before it is read."""
    monkeypatch.setattr(timelines, "MOST", 2)

    with pytest.raises(Refused, match="too many"):
        drawn(world, 0, 3)
