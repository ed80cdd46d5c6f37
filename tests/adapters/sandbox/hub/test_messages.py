# SPDX-License-Identifier: GPL-3.0-or-later
"""What befalls messages on the bus."""

import pytest

from adapters.sandbox.hub import Bus, Mischief, World, release
from adapters.sandbox.hub.messages import Message
from adapters.sandbox.hub.tagging import phantoms

NAMES = [f"p{number}" for number in range(40)]


def carried(world: World, mischief: Mischief) -> list[Message]:
    """What arrives of the messages of forty taggings."""
    world.bus = Bus(mischief=mischief, seed=1)
    for name in NAMES:
        release(world, world.add_build(name, "1", "1"), "f42")
    world.bus.flush()
    return world.bus.sent


def names(messages: list[Message]) -> list[str]:
    """The packages that messages tell of."""
    return [message["body"]["name"] for message in messages]


def test_an_honest_bus_carries_all_in_order(world: World) -> None:
    """Without mischief each message arrives once, in order, with an id of its own."""
    found = carried(world, Mischief())

    assert names(found) == NAMES
    assert len({message["id"] for message in found}) == len(NAMES)


def test_people_are_named_in_order(world: World) -> None:
    """A message is the same byte for byte in every process: its headers are in an order."""
    world.bus = Bus()
    for user in ("aaron", "zoe"):
        release(world, world.build("bash-5.2-1.fc42"), "f41", user)
    headers = [[*message["headers"]] for message in world.bus.sent]
    people = [[h for h in keys if h.startswith("fedora_messaging_user_")] for keys in headers]

    assert people == [sorted(names) for names in people]
    assert people[0][0].endswith("aaron")
    assert people[1][1].endswith("zoe")


def test_messages_are_lost(world: World) -> None:
    """A share of the messages never arrives; all of them at 1."""
    assert set(names(carried(world, Mischief(drop=0.5)))) < set(NAMES)


def test_the_bus_may_be_dead(world: World) -> None:
    """Everything is lost, and Koji's state is as if nothing were."""
    assert carried(world, Mischief(drop=1.0)) == []
    assert len(world.listings.active) == 1 + len(NAMES)


def test_messages_are_repeated(world: World) -> None:
    """A repeated message has the id it had."""
    found = carried(world, Mischief(duplicate=0.5))

    assert len(found) > len(NAMES)
    assert len({message["id"] for message in found}) == len(NAMES)


@pytest.mark.parametrize("places", [1, 5, 100])
def test_messages_overtake_each_other(world: World, places: int) -> None:
    """Out of order, none is lost."""
    found = names(carried(world, Mischief(reorder=places)))

    assert found != NAMES
    assert sorted(found) == sorted(NAMES)


def test_messages_are_invented(world: World) -> None:
    """A phantom tells of a build in a tag that does not hold it."""
    found = carried(world, Mischief(phantom=0.5, phantoms=phantoms(world, ["f41", "f42"])))
    held = {(build, tag) for build, tag in world.listings.active}
    told = [(one["body"]["build_id"], one["body"]["tag_id"]) for one in found]

    assert {pair for pair in told if pair not in held}
    assert len({message["id"] for message in found}) == len(found)


def test_the_same_seed_is_the_same_mischief(world: World) -> None:
    """What a bus does to its messages can be repeated."""
    mischief = Mischief(drop=0.2, duplicate=0.2, reorder=3)
    twice = []
    for _ in range(2):
        bus = Bus(mischief=mischief, seed=7)
        for name in NAMES:
            bus.send({"body": {"name": name}})
        twice.append(bus.sent)

    assert twice[0] == twice[1]


def test_a_sink_gets_what_the_bus_delivers(world: World) -> None:
    """A scenario may send the messages wherever it likes."""
    arrived: list[Message] = []
    world.bus = Bus(arrived.append)
    release(world, world.add_build("zsh", "1", "1"), "f42")

    assert names(arrived) == ["zsh"]
    assert world.bus.sent == []
