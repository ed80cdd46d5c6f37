# SPDX-License-Identifier: GPL-3.0-or-later
"""Rawhide and ELN on the hub: how builds come into their tags, and under which names."""

from datetime import UTC, datetime

import pytest

from adapters.sandbox.hub import Builders, Bus, VirtualClock, World
from adapters.sandbox.hub.model import TaskState
from adapters.sandbox.rawhide import Rawhide, recipe
from adapters.sandbox.vendored import SourcePackage
from tests.adapters.sandbox.hub.conftest import told

BASH, FREEIPA = SourcePackage("bash", "5.2", "1"), SourcePackage("freeipa", "4.12", "3")
START, END = datetime(2024, 8, 1, tzinfo=UTC), datetime(2024, 8, 9, tzinfo=UTC)


@pytest.fixture
def clock() -> VirtualClock:
    """The hub's clock."""
    return VirtualClock(END.timestamp())


@pytest.fixture
def rawhide(clock: VirtualClock) -> Rawhide:
    """Two packages, both built for Rawhide, and one of them for ELN."""
    made = Rawhide(World(clock), [BASH, FREEIPA], ["bash", "freeipa"], dist=142)
    made.past("f41", [BASH, FREEIPA], [FREEIPA], START, END)
    made.world.bus = Bus()
    return made


def test_the_past_is_in_order_and_silent(rawhide: Rawhide) -> None:
    """Builds come first, ELN's after them, all in the time given; no message tells of it."""
    world = rawhide.world
    rows = [*world.listings.active.values()]
    times = [world.events[row.create_event] for row in rows]

    assert [row.build.nvr for row in rows] == [
        "bash-5.2-1.fc41",
        "freeipa-4.12-3.fc41",
        "ipa-4.12-3.eln142",
    ]
    assert START.timestamp() < times[0] < times[1] < times[2] < END.timestamp()
    assert told(world) == []


def test_a_build_waits_for_its_tests(rawhide: Rawhide) -> None:
    """It is tagged where it waits and moved from there: two events, three messages."""
    before = rawhide.world.last_event()
    build = rawhide.build(BASH, "f41")

    assert build.nvr == "bash-5.2-1.1.fc41"
    assert told(rawhide.world) == [
        "tag f41-updates-candidate",
        "untag f41-updates-candidate",
        "tag f41",
    ]
    assert rawhide.world.last_event() - before == len(["made", "tagged", "moved"])


def test_the_newest_is_the_one_made_last(rawhide: Rawhide) -> None:
    """Of those in the tag, whichever was tagged last; what is not in it does not count."""
    old = rawhide.last("bash")
    new = rawhide.build(BASH, "f41")
    rawhide.untag(old, "f41")
    rawhide.tag(old, "f41")
    assert rawhide.newest("f41", "bash") is new

    rawhide.untag(new, "f41")
    assert rawhide.newest("f41", "bash") is old
    assert rawhide.newest("f42", "bash") is None
    assert rawhide.newest("f41", "zsh") is None


def test_eln_builds_it_under_its_own_name(rawhide: Rawhide, clock: VirtualClock) -> None:
    """What is called otherwise in ELN is listed and built there so, with the dist of now."""
    rawhide.raise_dist(143)
    builders = Builders(rawhide.world, recipe=recipe)
    upstream = rawhide.last("freeipa")
    task = builders.build([upstream.source, "eln", {}], rawhide.world.user("ebs"), 20)
    clock.advance(1_000)
    builders.work()

    assert task.state is TaskState.CLOSED
    assert rawhide.world.build("ipa-4.12-3.eln143").source == upstream.source
    assert told(rawhide.world)[-1] == "tag eln-updates-candidate"
