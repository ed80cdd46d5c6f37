# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages of the simulated hub have the shape of those recorded, kind by kind."""

from typing import Any

import pytest
from fedora_messaging import message as fedora

from adapters.sandbox.hub.messages import Message, as_line
from tests.contracts.koji.play import SIDE, Play, playing
from tests.contracts.koji.recorded import messages
from tests.contracts.koji.shape import shape

EVERYTHING = "flow2/015-15-snapshotTag-clone-f42-to-f43"
KINDS = (
    "build.promote", "build.state.change", "package.list.change", "repo.done", "repo.init", "tag",
    "task.state.change", "untag",
)  # fmt: skip
TREES = ("task", "info")
FREE = ("fedora_messaging_rpm_", "fedora_messaging_user_")


@pytest.fixture(scope="module")
def sent() -> list[Message]:
    """Messages of every kind that the hub sends."""
    with playing(EVERYTHING) as play:
        everything_happens(play)
        assert play.world.bus is not None
        return play.world.bus.sent


def everything_happens(play: Play) -> None:
    """A build, a failed one, one cancelled, a scratch build, a draft, a clone, an untagging."""
    for name, options in (("good1", {}), ("bad1", {}), ("good2", {"scratch": True})):
        play.build("ebs", f"{name}#{'aaa':1<40}", SIDE, options)
    play.build("ebs", f"good1#{'ccc':1<40}", SIDE, {"draft": True, "wait_repo": True})
    play.of("ebs").promoteBuild(next(b.id for b in play.world.builds.values() if b.draft))
    play.of("ebs").cancelTask(play.build("ebs", f"slow1#{'bbb':1<40}", SIDE))
    play.of("releng").snapshotTag(SIDE, "f43")
    play.of("ebs").untagBuild(SIDE, "good1-1.0-2731.eln150")


def kind(message: Message) -> str:
    """What a message tells of."""
    return str(message["topic"]).split("buildsys.")[1]


def outline(message: Message) -> Any:
    """The shape of a message, its headers without names, its tasks each by each."""
    headers = {key: 0 for key in message["headers"] if not key.startswith(FREE)}
    body = {key: value for key, value in message["body"].items() if key not in TREES}
    return shape({**message, "headers": headers, "body": body}), frozenset(message["body"])


def tasks(tree: dict[str, Any] | None) -> list[dict[str, Any]]:
    """A tree of tasks, as a list."""
    return [] if tree is None else [tree, *(t for child in tree["children"] for t in tasks(child))]


def trees(found: list[Message]) -> list[dict[str, Any]]:
    """Every task that messages tell of."""
    return [
        task
        for message in found
        for key in TREES
        for task in tasks(message["body"].get(key))
        if task["method"] != "waitrepo"
    ]


@pytest.mark.parametrize("name", KINDS)
def test_a_message_has_a_recorded_shape(name: str, sent: list[Message]) -> None:
    """Each message has the keys and types of one recorded, around its task."""
    recorded = {outline(message) for message in messages() if kind(message) == name}
    found = [message for message in sent if kind(message) == name]

    assert found
    assert {outline(message) for message in found} <= recorded


def test_the_tasks_in_a_message_have_recorded_shapes(sent: list[Message]) -> None:
    """Each task of a tree has the keys of one recorded, and its result, if any, as well."""
    recorded, found = trees(messages()), trees(sent)

    assert {frozenset(task) for task in found} <= {frozenset(task) for task in recorded}
    assert results(found) <= results(recorded)


def results(found: list[dict[str, Any]]) -> set[frozenset[str]]:
    """The keys of what tasks resulted in."""
    return {frozenset(task["result"]) for task in found if task["result"] is not None}


def test_only_recorded_kinds_are_sent(sent: list[Message]) -> None:
    """No message is of a kind that nobody recorded."""
    assert {kind(message) for message in sent} == set(KINDS)


def test_fedora_messaging_reads_every_message(sent: list[Message]) -> None:
    """Each message is valid by the schema it names."""
    for one in sent:
        for read in fedora.loads(as_line(one).decode()):
            read.validate()
