# SPDX-License-Identifier: GPL-3.0-or-later
"""Side tags: whose they are, what they inherit, and what is left when they are gone."""

from contextlib import suppress
from typing import Any

import koji
import pytest

from adapters.sandbox.hub import VirtualClock, World, release, sidetags
from adapters.sandbox.hub.model import BuildState, TaskState
from tests.adapters.sandbox.hub.conftest import LogIn, source, told

BASH = "bash-5.2-1.fc42"


def made(session: Any) -> Any:
    """A side tag for ELN."""
    return session.createSideTag("eln-build")


def test_a_side_tag_is_built_in(world: World, log_in: LogIn, clock: VirtualClock) -> None:
    """It has a target of its name, and its packages and its dist from its base tag."""
    session = log_in()
    side = made(session)
    session.build(source("bash"), side["name"], {})
    clock.advance(200)

    (row,) = session.listTagged(side["id"])
    assert row["nvr"] == "bash-5.2-1.eln142"


def test_the_number_in_the_name_is_no_id(world: World, log_in: LogIn) -> None:
    """If somebody makes a tag at the same moment, the name has a number that is not the id's."""
    session = log_in()
    alone = made(session)
    world.crowded = True
    crowded = made(session)

    assert alone["name"] == f"eln-build-side-{alone['id']}"
    assert crowded["name"] == f"eln-build-side-{crowded['id'] - 1}"


def test_side_tags_are_listed_by_base_and_owner(world: World, log_in: LogIn) -> None:
    """Each is its owner's; one made twice is there twice; one that is removed is not there."""
    session = log_in()
    mine, again, other = made(session), made(session), made(log_in("releng"))
    session.removeSideTag(again["id"])

    def listed(**given: Any) -> list[int]:
        return [row["id"] for row in session.listSideTags(**given)]

    assert listed() == [mine["id"], other["id"]]
    assert listed(basetag="eln-build", user=world.user("ebs").id) == [mine["id"]]
    assert listed(basetag="eln") == []


def test_only_its_owner_tags_into_it(world: World, log_in: LogIn) -> None:
    """Who has no permission may tag into his own side tag, by a task, and into nobody else's."""
    world.add_user("other")
    side = made(log_in())
    log_in().tagBuild(side["id"], BASH)

    with pytest.raises(koji.ActionNotAllowed, match="policy violation"):
        log_in("other").tagBuild(side["id"], BASH)
    with pytest.raises(koji.ActionNotAllowed, match="tag permission required"):
        log_in().tagBuildBypass(side["id"], BASH)
    with pytest.raises(koji.ActionNotAllowed, match="not your sidetag"):
        log_in("other").removeSideTag(side["id"])


def test_a_removed_side_tag_leaves_its_builds(world: World, log_in: LogIn) -> None:
    """What it held is untagged without a word; its history is still there."""
    session, side = log_in(), made(log_in())
    release(world, world.build(BASH), side["name"])
    before = told(world)
    session.removeSideTag(side["id"])

    assert told(world) == before
    assert session.getTag(side["id"]) is None
    assert session.getBuildTarget(side["name"]) is None
    (row,) = session.queryHistory(tables=["tag_listing"], tag=side["id"])["tag_listing"]
    assert row["active"] is None
    with pytest.raises(koji.GenericError, match="No such tagInfo"):
        session.removeSideTag(side["id"])


@pytest.mark.parametrize(
    ("seconds", "states"), [(0.5, []), (1.5, []), (5, []), (60, [BuildState.COMPLETE])]
)
def test_a_build_survives_its_side_tag(
    world: World, log_in: LogIn, clock: VirtualClock, seconds: float, states: list[BuildState]
) -> None:
    """The task of a build whose side tag is removed fails, whatever it waits for or does."""
    session = log_in()
    side = made(session)
    task = session.build(source("bash"), side["name"], {})
    clock.advance(seconds)
    session.removeSideTag(side["id"])
    clock.advance(200)

    assert session.getTaskInfo(task)["state"] == TaskState.FAILED
    rows = session.listBuilds(taskID=task)
    assert [row["state"] for row in rows] == states
    assert all(one.state.over for one in world.tasks.values())


def test_a_side_tag_that_was_undone_is_not_there(world: World, log_in: LogIn) -> None:
    """One made by a request that fails afterwards is neither a tag nor a target."""
    session = log_in()
    with suppress(koji.GenericError), world.request():
        side = world.tag("eln-build")
        name = sidetags.create(world, side, world.user("ebs")).name
        raise koji.GenericError

    assert session.listSideTags() == []
    assert (session.getTag(name), session.getBuildTarget(name)) == (None, None)
