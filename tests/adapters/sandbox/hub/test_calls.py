# SPDX-License-Identifier: GPL-3.0-or-later
"""What the calls answer that recordings of single calls cannot show: order, history, loss."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from xmlrpc.client import Fault

import koji
import pytest

from adapters.sandbox.hub import VirtualClock, World, release, tagging
from adapters.sandbox.hub.model import Config
from tests.adapters.sandbox.hub.conftest import LogIn, source


def nvrs(rows: list[dict[str, Any]]) -> list[str]:
    """The NVRs of rows, in their order."""
    return [row["nvr"] for row in rows]


def history(session: Any, **given: Any) -> Any:
    """The rows of tag_listing, or their number."""
    return session.queryHistory(tables=["tag_listing"], **given)["tag_listing"]


def test_the_build_tagged_last_comes_first(world: World, log_in: LogIn) -> None:
    """In a tag the order is that of tagging, not of versions, and ``latest`` goes by it."""
    release(world, world.add_build("bash", "9.9", "1.fc42"), "f42")
    release(world, world.build("bash-5.2-1.fc42"), "f42")
    session = log_in()

    assert nvrs(session.listTagged("f42")) == ["bash-5.2-1.fc42", "bash-9.9-1.fc42"]
    assert nvrs(session.listTagged("f42", latest=True)) == ["bash-5.2-1.fc42"]


def test_a_clone_has_the_latest_builds_unless_told(world: World, log_in: LogIn) -> None:
    """A snapshot copies what was tagged last of each package, and all of them when asked."""
    release(world, world.add_build("bash", "9.9", "1.fc42"), "f42")
    session = log_in("releng")
    session.snapshotTag("f42", "f43")
    session.snapshotTag("f42", "f44", latest_only=False)
    session.snapshotTag("f42", "f45", builds=False)

    assert nvrs(session.listTagged("f43")) == ["bash-9.9-1.fc42"]
    assert nvrs(session.listTagged("f44")) == ["bash-9.9-1.fc42", "bash-5.2-1.fc42"]
    assert session.listTagged("f45") == []


def test_a_tag_comes_before_its_parents(world: World, log_in: LogIn) -> None:
    """Inherited builds follow those of the tag itself."""
    release(world, world.add_build("bash", "1", "1.eln"), "eln")
    release(world, world.add_build("bash", "0", "1.eln"), "eln-updates-candidate")
    session = log_in()

    found = session.listTagged("eln-updates-candidate", inherit=True)
    assert nvrs(found) == ["bash-0-1.eln", "bash-1-1.eln"]
    assert nvrs(session.listTagged("eln-updates-candidate")) == ["bash-0-1.eln"]


def test_a_build_of_an_unlisted_package_is_tagged_and_not_listed(
    world: World, log_in: LogIn
) -> None:
    """A massTag asks for no package list, but listTagged goes by it; the history shows the row."""
    session = log_in("releng")
    session.massTag("f41", ["bash-5.2-1.fc42"])

    assert session.listTagged("f41") == []
    assert [row["active"] for row in history(session, tag="f41")] == [True]


def test_history_survives_a_tag(world: World, log_in: LogIn) -> None:
    """Rows of a deleted tag are found by its name, those of a renamed one by the new name."""
    session = log_in()
    tagging.rename(world, world.tag("f42"), "f42-old")
    assert [row["tag.name"] for row in history(session, tag="f42-old")] == ["f42-old"]

    tagging.delete_tag(world, world.tag("f42-old"), world.user("releng"))
    assert session.getTag("f42-old") is None
    assert [row["active"] for row in history(session, tag="f42-old")] == [None]


def test_history_is_unsorted_unless_asked(world: World, log_in: LogIn) -> None:
    """Rows come in no order; ``queryOpts`` sorts, counts and cuts them."""
    for number in range(20):
        release(world, world.add_build(f"p{number}", "1", "1"), "f41")
    session = log_in()
    events = [row["create_event"] for row in history(session, tag="f41")]
    ordered = history(session, tag="f41", queryOpts={"order": "create_event", "limit": 3})

    assert events != sorted(events)
    assert [row["create_event"] for row in ordered] == sorted(events)[:3]
    assert history(session, tag="f41", queryOpts={"countOnly": True}) == 20


def test_history_after_an_event_shows_both_ends(world: World, log_in: LogIn) -> None:
    """A row revoked after the event is shown although it was made before."""
    session = log_in()
    event = session.getLastEvent()["id"]
    build = world.build("bash-5.2-1.fc42")
    tagging.untag_build(world, world.tag("f42"), build, world.user("releng"))
    (row,) = history(session, tag="f42", afterEvent=event)

    assert (row["_created_after_event"], row["_revoked_after_event"]) == (False, True)


def test_a_tag_is_told_as_it_was(world: World, log_in: LogIn) -> None:
    """The macro that tells the dist can be asked for as of an event; it may be a number."""
    session, event = log_in(), world.last_event()
    tag = world.tag("eln-build")
    assert tag.config is not None
    changed = Config(parents=tag.config.parents, extra={"rpm.macro.eln": "143"})
    tagging.configure(world, tag, changed)

    assert session.getBuildConfig("eln-build")["extra"] == {"rpm.macro.eln": "143"}
    assert session.getBuildConfig("eln-build", event=event)["extra"] == {"rpm.macro.eln": 142}


def test_an_error_within_a_call_is_a_plain_fault(log_in: LogIn) -> None:
    """What the hub did not expect is sent as a fault of code 1."""
    with pytest.raises(Fault) as caught:
        log_in().listBuilds(createdAfter="yesterday")

    assert caught.value.faultCode == 1


def test_sessions_of_many_threads_do_not_meet(world: World, log_in: LogIn) -> None:
    """With a session a thread, calls at the same time are answered each by itself."""

    def ask(number: int) -> list[str]:
        session = log_in()
        return [session.getTag(name)["name"] for name in ("f41", "f42")] * number

    with ThreadPoolExecutor(8) as pool:
        assert set(map(tuple, pool.map(ask, [1] * 8))) == {("f41", "f42")}


def test_a_build_is_asked_for_and_followed(
    world: World, log_in: LogIn, clock: VirtualClock
) -> None:
    """From ``build()`` to the tag by the calls of the worker alone, on the scenario's clock."""
    session = log_in()
    task = session.build(source("bash"), "eln", {}, priority=5)
    states = []
    for _ in range(4):
        states.append(koji.TASK_STATES[session.getTaskInfo([task])[0]["state"]])
        clock.advance(30)
    (build,) = session.listBuilds(taskID=task)

    assert states == ["FREE", "OPEN", "OPEN", "CLOSED"]
    assert session.getTaskInfo(task, request=True)["request"] == [source("bash"), "eln", {}]
    assert session.getTaskInfo(task)["priority"] == 25
    assert [tag["name"] for tag in session.listTags(build=build["build_id"])] == [
        "eln-updates-candidate"
    ]
