# SPDX-License-Identifier: GPL-3.0-or-later
"""What is planned happens in its order, and the bus delivers it nearly so."""

import json
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from adapters.sandbox.hub import Bus, VirtualClock, World, release
from adapters.sandbox.scenario import DISORDER, REPEATED
from adapters.sandbox.timeline import Timeline

NOON = datetime(2024, 8, 13, 12, tzinfo=UTC)
MANY = 200


@pytest.fixture
def world() -> World:
    """A hub with a tag, and builds to be tagged."""
    made = World(VirtualClock(0.0))
    made.add_tag("f42")
    for number in range(MANY):
        made.add_build(f"p{number}", "1", "1")
    return made


@pytest.fixture
def timeline(world: World) -> Timeline:
    """Nothing is planned yet."""
    clock = world._clock
    assert isinstance(clock, VirtualClock)
    made = Timeline(world, clock, Random(1))
    world.bus = Bus(made.hear)
    return made


def plan(timeline: Timeline, world: World, number: int, minutes: int) -> None:
    """Plan that a build is tagged so long after noon."""
    build = world.build(f"p{number}-1-1")
    timeline.plan(NOON + timedelta(minutes=minutes), release, world, build, "f42")


def test_what_is_earlier_happens_first(timeline: Timeline, world: World) -> None:
    """By its time, not by when it was planned; at the same time the first one planned is first."""
    for number, minutes in enumerate([9, 3, 5, 3]):
        plan(timeline, world, number, minutes)
    timeline.unfold()
    rows = list(world.listings.active.values())

    assert [row.build.name for row in rows] == ["p1", "p3", "p2", "p0"]
    assert [world.events[row.create_event] - NOON.timestamp() for row in rows] == [
        180.0, 180.0, 300.0, 540.0,
    ]  # fmt: skip
    assert world.now() == NOON.timestamp() + 540


def test_others_go_on_meanwhile(world: World) -> None:
    """What else is due by the time of an act is done before it."""
    clock, seen = world._clock, []
    assert isinstance(clock, VirtualClock)
    timeline = Timeline(world, clock, Random(1), lambda: seen.append((clock(), rows(world))))
    world.bus = Bus(timeline.hear)
    for number, minutes in enumerate([3, 5]):
        plan(timeline, world, number, minutes)
    timeline.unfold()

    assert seen == [(NOON.timestamp() + 180, 0), (NOON.timestamp() + 300, 1)]


def rows(world: World) -> int:
    """How many builds are tagged."""
    return len(world.listings.active)


def test_what_was_delivered_is_not_delivered_again(timeline: Timeline, world: World) -> None:
    """Each time only what was planned since happens and is delivered."""
    plan(timeline, world, 0, 1)
    assert len(set(timeline.unfold())) == 1
    assert timeline.unfold() == ()


def test_the_bus_is_nearly_in_order(timeline: Timeline, world: World) -> None:
    """No message overtakes more than so many others, and every so manieth comes twice."""
    for number in range(MANY):
        plan(timeline, world, number, number)
    delivered = [json.loads(line)["body"]["build_id"] for line in timeline.unfold()]
    first = list(dict.fromkeys(delivered))

    assert len(delivered) - len(first) == MANY // REPEATED
    assert first != sorted(first)
    assert all(abs(place + 1 - number) <= DISORDER for place, number in enumerate(first))
