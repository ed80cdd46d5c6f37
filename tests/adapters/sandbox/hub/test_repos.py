# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories: which one a build is made with, and what becomes of a request for one."""

from typing import Any

import pytest

from adapters.sandbox.hub import Ending, Outcome, Pace, Server, VirtualClock, World, release
from adapters.sandbox.hub.model import TaskState
from tests.adapters.sandbox.hub.conftest import LogIn, source, told

BASH = "bash-5.2-1.fc42"
MADE = 31.0
"""Seconds until a repository is there that was asked for."""


@pytest.fixture
def side(log_in: LogIn) -> Any:
    """A side tag, without a repository."""
    return log_in().createSideTag("eln-build")


def asked(session: Any, tag: Any, **given: Any) -> int:
    """A request for a repository of a tag."""
    number: int = session.repo.request(tag["id"], **given)["request"]["id"]
    return number


def repo_of(session: Any, task: int) -> int:
    """The repository that a build was made with."""
    children = session.getTaskChildren(task, request=True)
    number: int = next(c for c in children if c["method"] == "buildArch")["request"][-1]["repo_id"]
    return number


def test_a_repository_is_made_when_asked_for(
    world: World, log_in: LogIn, side: Any, clock: VirtualClock
) -> None:
    """Pending, then with a task, then there; asked twice, it is made once, and both are told."""
    session = log_in()
    number = asked(session, side, min_event="last")
    again = session.repo.request(side["id"], min_event="last")
    assert (again["request"]["id"], again["duplicate"]) == (number, True)

    states = []
    for _ in range(3):
        found = session.repo.checkRequest(number)
        states.append((found["request"]["active"], "task" in found, found["repo"] is not None))
        clock.advance(MADE / 2)
    assert states == [(True, False, False), (True, True, False), (False, False, True)]
    there = session.repo.request(side["id"], min_event="last")
    assert (there["repo"]["id"], there["request"]) == (session.getRepo(side["id"])["id"], None)
    assert told(world) == [f"repo.init {side['name']}", f"repo.done {side['name']}"]


def test_a_request_fails_when_its_tasks_do(
    server: Server, log_in: LogIn, side: Any, clock: VirtualClock
) -> None:
    """After four tasks that failed it is over, without a repository; another may be asked for."""
    server.hub.builders.kojira.outcome = lambda request: Outcome(Ending.FAILED)
    session = log_in()
    number = asked(session, side)
    clock.advance(3 * MADE)
    assert session.repo.checkRequest(number)["request"]["active"] is True
    clock.advance(2 * MADE)

    found = session.repo.checkRequest(number)
    assert (found["repo"], found["request"]["active"], found["request"]["tries"]) == (
        None,
        False,
        4,
    )
    assert asked(session, side) != number


def test_a_request_may_never_end(
    server: Server, log_in: LogIn, side: Any, clock: VirtualClock
) -> None:
    """A task that hangs is cancelled, and the request tried again."""
    server.hub.builders.kojira.outcome = lambda request: Outcome(
        Ending.COMPLETE if request.tries else Ending.NEVER
    )
    session = log_in()
    number = asked(session, side)
    clock.advance(86_400)
    task = session.repo.checkRequest(number)["task"]
    assert task["state"] == TaskState.OPEN

    log_in("releng").cancelTask(task["id"])
    clock.advance(86_400)
    assert session.repo.checkRequest(number)["repo"] is not None


def test_a_build_may_miss_what_was_just_tagged(
    world: World, log_in: LogIn, side: Any, clock: VirtualClock
) -> None:
    """Not told to wait, it takes a repository up to an hour older than the tag's last change."""
    session = log_in()
    old = world.add_repo(side["name"])
    release(world, world.build(BASH), side["name"])
    stale, fresh = (
        session.build(source("bash", commit), side["name"], options)
        for commit, options in (("aaa", {}), ("bbb", {"wait_repo": True}))
    )
    clock.advance(200)

    assert repo_of(session, stale) == old.id
    assert repo_of(session, fresh) == session.getRepo(side["id"])["id"] != old.id
    assert [c["method"] for c in session.getTaskChildren(fresh)][-1] == "waitrepo"


def test_after_an_hour_a_repository_is_too_old(
    world: World, log_in: LogIn, side: Any, clock: VirtualClock
) -> None:
    """A change of more than an hour ago is in the repository of whatever build."""
    session = log_in()
    old = world.add_repo(side["name"])
    release(world, world.build(BASH), side["name"])
    clock.advance(2 * 3600)
    task = session.build(source("bash", "aaa"), side["name"], {})
    clock.advance(200)

    assert repo_of(session, task) != old.id


def test_a_build_waits_for_builds(
    server: Server, world: World, log_in: LogIn, side: Any, clock: VirtualClock
) -> None:
    """It begins once they are in a repository of its tag."""
    server.hub.builders.outcome = lambda task: Outcome(pace=Pace(srpm=1, arch=1))
    session = log_in()
    task = session.build(source("bash"), side["name"], {"wait_builds": [BASH]})
    clock.advance(86_400)
    assert session.getTaskInfo(task)["state"] == TaskState.OPEN

    release(world, world.build(BASH), side["name"])
    clock.advance(200)
    assert session.getTaskInfo(task)["state"] == TaskState.CLOSED
