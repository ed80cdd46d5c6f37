# SPDX-License-Identifier: GPL-3.0-or-later
"""The hub over HTTP, and what may go wrong with it."""

import threading
import time

import koji
import pytest
import requests

from adapters.sandbox.hub import Bus, Mishap, Server, World, release, running, tagging
from tests.adapters.sandbox.hub.conftest import LogIn, told

ENOUGH = 200
"""Calls in a second of the processor; at rest client and hub make 500 to 800."""


def test_nothing_is_left_of_a_hub(world: World) -> None:
    """Every thread ends with the hub, also those of connections still open."""
    before = set(threading.enumerate())
    with running(world) as url:
        session = koji.ClientSession(url)
        session.getAPIVersion()

    assert set(threading.enumerate()) == before


def test_calls_are_fast(log_in: LogIn) -> None:
    """A hub that answers slowly would be what is measured."""
    session = log_in()
    began = time.process_time()
    for _ in range(ENOUGH):
        session.getBuild("bash-5.2-1.fc42")

    assert time.process_time() - began < 1


@pytest.mark.parametrize("nth", [2, 3])
def test_an_answer_lost_before_the_call_was_done(log_in: LogIn, server: Server, nth: int) -> None:
    """The client sends it again, and it is done once."""
    server.trouble.at = {nth: Mishap.LOST_BEFORE}
    session = log_in("releng")
    session.tagBuildBypass("f41", "bash-5.2-1.fc42")

    assert len(session.listTags(build=1)) == 2


def test_an_answer_lost_after_the_call_was_done(log_in: LogIn, server: Server) -> None:
    """The client sends it again and is told RetryError, although it was done."""
    session = log_in("releng")
    server.trouble.at = {2: Mishap.LOST_AFTER}

    with pytest.raises(koji.RetryError, match="unable to retry call 0"):
        session.tagBuildBypass("f41", "bash-5.2-1.fc42")
    assert len(session.listTags(build=1)) == 2


def test_an_expired_session_is_renewed_by_the_client(log_in: LogIn, server: Server) -> None:
    """The client logs in again; as many calls as were made before are then out of sequence."""
    session = log_in()
    for _ in range(3):
        session.getAPIVersion()
    server.trouble.at = {5: Mishap.EXPIRED}

    for _ in range(2):
        with pytest.raises(koji.SequenceError):
            session.getAPIVersion()
    with pytest.raises(koji.RetryError):
        session.getAPIVersion()
    assert session.getAPIVersion() == 1


def test_an_expired_session_without_a_way_to_log_in(log_in: LogIn, server: Server) -> None:
    """A new session is the way out of all of it."""
    session = log_in()
    server.hub.sessions.expire()
    session.setSession(None)
    session.login()

    assert session.getLoggedInUser()["name"] == "ebs"


def test_a_hub_may_be_offline(log_in: LogIn, server: Server) -> None:
    """It answers, and says that it is out of order."""
    session = log_in()
    server.trouble.always = Mishap.OFFLINE

    with pytest.raises(koji.ServerOffline, match="planned outage"):
        session.getAPIVersion()


def test_something_before_the_hub_may_be_broken(log_in: LogIn, server: Server) -> None:
    """A proxy's 503 is no answer of the hub."""
    session = log_in()
    server.trouble.always = Mishap.BROKEN

    with pytest.raises(requests.HTTPError, match="503"):
        session.getAPIVersion()


def test_a_hub_may_be_gone_and_come_back(log_in: LogIn, server: Server) -> None:
    """Stopped it refuses; started again it is at the same address, with all that it knew."""
    session = log_in()
    server.stop()
    with pytest.raises(requests.ConnectionError):
        session.getAPIVersion()
    server.start()

    assert session.getLoggedInUser()["name"] == "ebs"


def test_a_hub_may_be_slow(log_in: LogIn, server: Server) -> None:
    """Slower than the client waits, it is a time-out."""
    session = log_in(timeout=0.2)
    server.trouble.seconds = 0.5

    with pytest.raises(requests.Timeout):
        session.getAPIVersion()


def test_every_request_is_counted(log_in: LogIn, server: Server) -> None:
    """Trouble can be had at each of them: the login is the first, a multicall is one."""
    session = log_in()
    with session.multicall() as calls:
        calls.getTag("f42")
        calls.getTag("f41")

    assert server.trouble.seen == ["login", "multiCall"]


def test_event_ids_may_be_committed_out_of_order(log_in: LogIn, world: World) -> None:
    """Rows of lower ids appear after one of a higher id, and their messages with them."""
    session = log_in("releng")
    build, user = world.build("bash-5.2-1.fc42"), world.user("releng")
    with world.hold() as held:
        tagging.tag_build(world, world.tag("f41"), build, user)
    release(world, world.add_build("zsh", "1", "1.fc42"), "f41")

    def seen() -> list[tuple[str, int]]:
        rows = session.queryHistory(tables=["tag_listing"], tag="f41")["tag_listing"]
        return sorted((row["name"], row["create_event"]) for row in rows)

    late = seen()
    listed = [row["name"] for row in session.listTagged("f41")]
    held.commit()

    assert [name for name, _ in late] == ["zsh"]
    assert listed == ["zsh"]
    assert [name for name, _ in seen()] == ["bash", "zsh"]
    assert seen()[0][1] < late[0][1]
    assert told(world) == ["tag f41", "tag f41"]


def test_who_hears_a_message_may_ask_at_once(log_in: LogIn, world: World) -> None:
    """A message is sent after its commit: a consumer that asks the hub about it is answered."""
    asking, acting = log_in("ebs", timeout=3), log_in("releng", timeout=3)
    heard = []
    world.bus = Bus(
        lambda message: heard.append(asking.listTags(build=message["body"]["build_id"]))
    )
    acting.tagBuildBypass("f41", "bash-5.2-1.fc42")

    assert [{tag["name"] for tag in tags} for tags in heard] == [{"f41", "f42"}]


def test_the_builders_work_although_nobody_asks(world: World, server: Server) -> None:
    """By a real clock a task ends by itself."""
    world._clock = time.time
    builders = server.hub.builders
    task = builders.tag([world.tag("f41").id, 1, False, None], world.user("releng"), 10)
    builders.world.lock.acquire()
    builders._due = [(0.0, 0, task, steps) for _, _, _, steps in builders._due]
    builders.world.lock.release()

    deadline = time.monotonic() + 5
    while task.started is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert task.started is not None
