# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of the hub: ids, events, time, and what is undone."""

import time
from contextlib import suppress

import koji
import pytest

from adapters.sandbox.hub import Bus, VirtualClock, World, release, tagging
from tests.adapters.sandbox.hub.conftest import told

MANY = 24_376


def test_a_tag_made_again_has_its_old_id(world: World) -> None:
    """Deleted and made again under its name, a tag gets the id it had."""
    tag = world.tag("f41")
    tagging.delete_tag(world, tag, world.user("releng"))

    with pytest.raises(KeyError):
        world.tag("f41")
    assert world.add_tag("f41").id == tag.id


def test_a_renamed_tag_keeps_its_id(world: World) -> None:
    """A renamed tag is known by its id and its new name, not by the old one."""
    tag = world.tag("f42")
    tagging.rename(world, tag, "f42-old")

    assert world.tag("f42-old") is tag
    with pytest.raises(KeyError):
        world.tag("f42")


def test_a_request_that_fails_leaves_nothing(world: World) -> None:
    """What a request did before it failed is undone, and no message of it is sent."""
    build, releng = world.build("bash-5.2-1.fc42"), world.user("releng")
    with suppress(koji.TagError), world.request():
        tagging.tag_build(world, world.tag("f41"), build, releng)
        tagging.untag_build(world, world.tag("f42"), build, releng)
        tagging.untag_build(world, world.tag("eln"), build, releng)

    assert [row.tag.name for row in world.listings.active.values()] == ["f42"]
    assert world.listings.by_tag[world.tag("f41").id] == []
    assert told(world) == []


def test_a_build_of_a_request_that_fails_is_not_found(world: World) -> None:
    """A build that was undone is known neither by its task nor as the first of its source."""
    with suppress(koji.TagError), world.request():
        world.add_build("zsh", "1", "1", source="git", task_id=7)
        raise koji.TagError
    assert world.build_of(7) is None
    assert "git" not in world.made_of

    again = world.add_build("zsh", "1", "1", source="git", task_id=8)
    world.add_build("zsh", "1", "2", source="git", task_id=9)
    assert world.build_of(8) is again
    assert world.made_of["git"] == again.id


def test_a_savepoint_that_fails_is_still_told_of(world: World) -> None:
    """In a multicall the messages of a call that was undone are sent: phantoms."""
    build, tag = world.build("bash-5.2-1.fc42"), world.tag("f41")

    with world.request(), suppress(koji.TagError), world.savepoint():
        tagging.tag_build(world, tag, build, world.user("releng"))
        tagging.tag_build(world, tag, build, world.user("releng"))

    assert (build.id, tag.id) not in world.listings.active
    assert told(world) == ["tag f41"]


def test_a_moved_build_changes_tags_by_one_event(world: World) -> None:
    """The end of the one row and the start of the other bear the same event."""
    build, user = world.build("bash-5.2-1.fc42"), world.user("releng")
    tagging.tag_build(world, world.tag("f41"), build, user, fromtag=world.tag("f42"))

    old, new = world.listings.by_build[build.id]
    assert old.revoke_event == new.create_event
    assert told(world) == ["untag f42", "tag f41"]


def test_what_happened_earlier_has_its_own_time(world: World, clock: VirtualClock) -> None:
    """A moment given is the time of all that is done meanwhile, and only of that."""
    with world.at(5.0):
        event = world.event()

    assert world.events[event] == 5.0
    assert world.now() == clock()


def test_a_scenario_of_a_whole_distribution_loads_quickly() -> None:
    """24,376 builds, listed and tagged, are there within two seconds."""
    world = World(VirtualClock())
    world.add_tag("f42")
    began = time.process_time()
    for number in range(MANY):
        release(world, world.add_build(f"p{number}", "1", "1.fc42", source="git"), "f42")

    assert time.process_time() - began < 2
    assert len(world.listings.active) == MANY


def test_nothing_is_said_without_a_bus(world: World) -> None:
    """A scenario that sets up its past makes no messages."""
    world.bus = None
    release(world, world.add_build("zsh", "1", "1.fc42"), "f42")
    world.bus = Bus()

    assert told(world) == []
