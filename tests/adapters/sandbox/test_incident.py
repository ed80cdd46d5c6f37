# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario: what it is made of, and that its messages are Koji's."""

import json
import time
from collections import Counter
from collections.abc import Iterable

import pytest
from fedora_messaging.message import Message, loads
from koji_fedoramessaging_messages.tag import (  # type: ignore[import-untyped]
    TagV1,
    UntagV1,
)

from adapters.bus import messages
from adapters.sandbox import incident, vendored
from adapters.sandbox import scenario as times
from adapters.sandbox.hub import World, tagging
from adapters.sandbox.hub.model import TaskState
from adapters.sandbox.rawhide import SERVICE
from adapters.sandbox.scenario import Scenario
from domain.package.observe import Tagging
from tests.sim import sample

RECORDED_KEYS = {"body", "headers", "id", "priority", "queue", "topic"}
"""Of a dumped message, as a real hub's were recorded."""

RECORDED_BODY = {
    "base_url",
    "build_id",
    "instance",
    "name",
    "owner",
    "release",
    "tag",
    "tag_id",
    "user",
    "version",
}


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    """The whole incident."""
    return incident.incident(vendored.fedora(), vendored.eln())


@pytest.fixture(scope="module")
def small() -> Scenario:
    """The incident on a sample."""
    return sample.scenario()


def lines(scenario: Scenario) -> list[bytes]:
    """Return all messages, as they are delivered."""
    return [*scenario.ordinary, *scenario.paused, *scenario.retag, *scenario.branched]


def told(delivered: tuple[bytes, ...]) -> set[Tagging]:
    """Return what messages tell."""
    return {heard.tagging for heard in map(messages.read, delivered) if heard.tagging is not None}


def read(line: bytes) -> Message:
    """Read a message as its consumers do."""
    [message] = loads(line.decode())
    return message


def held(world: World, tag: str) -> set[str]:
    """The NVRs that a tag of the hub holds."""
    return {row.build.nvr for row in tagging.tagged(world, world.tag(tag))}


def dist(world: World, event: int | None = None) -> object:
    """The macro of ELN's build tag, now or as it was."""
    macro, _ = tagging.inherited(world, world.tag("eln-build"), event)["rpm.macro.eln"]
    return macro


def happened(world: World, since: int) -> Counter[tuple[str, int, int, bool]]:
    """What the hub's history has after an event: a build tagged or untagged, in which second."""
    rows = [row for rows in world.listings.by_tag.values() for row in rows]
    made = [(row, row.create_event, False) for row in rows]
    ended = [(row, row.revoke_event, True) for row in rows if row.revoke_event]
    return Counter(
        (row.tag.name, row.build.id, int(world.events[event]), untag)
        for row, event, untag in [*made, *ended]
        if event > since
    )


def said(lines: Iterable[bytes]) -> Counter[tuple[str, int, int, bool]]:
    """What different messages tell of it."""
    once = {heard.id: heard.tagging for heard in map(messages.read, lines)}
    return Counter(
        (t.tag, t.build_id, int(t.moment.at.timestamp()), t.untag) for t in once.values() if t
    )


def test_the_hub_is_as_each_phase_left_it() -> None:
    """Told phase by phase, the hub holds what was told so far, at the time of it."""
    story = sample.story()
    world = story.world
    baseline = story.baseline()
    f41 = {json.loads(line)["nvr"] for line in baseline[1:] if b'"f41"' in line}
    assert (held(world, "f41"), held(world, "f42"), dist(world)) == (f41, set(), 141)
    assert world.now() == times.BASELINE.timestamp()

    story.ordinary()
    assert len(held(world, "f41") - f41) == 9
    assert world.now() < times.TRIGGER.timestamp()
    story.paused()
    assert held(world, "f42") == set()
    assert world.now() < times.RETAG.timestamp()
    story.retag()
    assert held(world, "f41") < held(world, "f42")
    assert (len(held(world, "f41")), dist(world)) == (story.retagged, 141)
    before = world.last_event()
    story.branched()
    assert (dist(world), dist(world, before)) == (142, 141)
    assert world.now() < times.RESUME.timestamp()


def test_the_messages_tell_what_the_hub_did() -> None:
    """Since the baseline each tagging and untagging of the hub has its message, and no other."""
    story = sample.story()
    head, *_ = story.baseline()
    lines = [*story.ordinary(), *story.paused(), *story.retag(), *story.branched()]

    assert said(lines) == happened(story.world, json.loads(head)["koji_event"])


def test_the_baseline_is_what_the_hub_holds() -> None:
    """Its lines are the builds of f41 and eln, each with the source that the hub knows."""
    story = sample.story()
    head, *lines = map(json.loads, story.baseline())
    world = story.world
    rows = [(row["tag"], row["build_id"], row["nvr"], row["source"]) for row in lines]

    assert head["koji_event"] == world.last_event() > times.FIRST_EVENT
    assert rows == [
        (tag, row.build.id, row.build.nvr, row.build.source)
        for tag in ("f41", "eln")
        for row in tagging.tagged(world, world.tag(tag))
    ]


def test_events_are_in_the_order_of_time() -> None:
    """What happened later has the higher event, and the higher build."""
    story = sample.story()
    for phase in (story.baseline, story.ordinary, story.paused, story.retag, story.branched):
        phase()
    moments = list(story.world.events.values())
    created = [build.created for build in story.world.builds.values()]

    assert moments == sorted(moments)
    assert created == sorted(created)


def test_what_is_asked_for_is_built_meanwhile() -> None:
    """Its builders go on while it is told, and events stay in the order of time."""
    story = sample.story()
    world = story.world
    story.baseline()
    story.ordinary()
    [_, build_id] = next(iter(story.due_before))
    source, user = str(world.builds[build_id].source), world.user(SERVICE)
    task = story.builders.build([source, "eln", {}], user, 20)
    story.paused()
    moments = list(world.events.values())

    assert task.state is TaskState.CLOSED
    assert moments == sorted(moments)


def test_is_told_quickly() -> None:
    """The whole incident on every package takes some seconds."""
    began = time.process_time()
    incident.incident(vendored.fedora(), vendored.eln())

    assert time.process_time() - began < 10


def test_messages_are_those_of_koji(small: Scenario) -> None:
    """fedora-messaging reads each as a tag or untag message, valid by the schema of its class."""
    kinds = Counter(type(message) for message in map(read, lines(small)))
    for message in map(read, lines(small)):
        message.validate()

    assert set(kinds) == {TagV1, UntagV1}


def test_messages_have_the_form_of_the_recorded_ones(small: Scenario) -> None:
    """Their keys are those of a real hub's messages, their headers name package and people."""
    for line in lines(small):
        dumped = json.loads(line)
        assert set(dumped) == RECORDED_KEYS
        assert set(dumped["body"]) == RECORDED_BODY
        message = read(line)
        assert f"fedora_messaging_rpm_{dumped['body']['name']}" in dumped["headers"]
        assert dumped["headers"]["fedora_messaging_schema"].endswith(type(message).__name__)
        assert dumped["priority"] == message.priority


def test_is_the_same_each_time(small: Scenario) -> None:
    """The scenario is made from a seed: made again, it is the same byte for byte."""
    assert sample.scenario() == small


def test_everything_in_f41_is_tagged_again(scenario: Scenario) -> None:
    """The re-tag copies every package, the old builds of those built again after the new ones."""
    copied = [
        tagging
        for tagging in told(scenario.retag)
        if tagging.tag == "f42" and tagging.user == "releng"
    ]

    assert len({tagging.package for tagging in copied}) == scenario.packages
    assert len(copied) == scenario.retagged > scenario.packages


def test_trips_the_guard(scenario: Scenario) -> None:
    """More is due than may be queued in a day without approval."""
    assert len(scenario.due) == 300


def test_has_all_that_makes_it_hard(scenario: Scenario) -> None:
    """Due are builds of f41 that look like re-tags, builds of f42 alone, and some copied later."""
    in_f41 = {(t.package, t.build_id) for t in told(scenario.paused) if t.tag == "f41"}
    straight = {(t.package, t.build_id) for t in told(scenario.branched) if t.tag == "f42"}
    early = scenario.due - in_f41 - straight

    assert min(len(in_f41 & scenario.due), len(straight & scenario.due), len(early)) >= 10
    assert {package for package, _ in in_f41 - scenario.due} - set(scenario.targets)
    assert any(tagging.untag for tagging in told(scenario.paused))


def test_some_is_delivered_twice_and_out_of_order(scenario: Scenario) -> None:
    """The bus is as it is."""
    ids = Counter(messages.read(line).id for line in scenario.retag)
    moments = [t.moment for line in scenario.paused if (t := messages.read(line).tagging)]

    assert max(ids.values()) == 2
    assert moments != sorted(moments)


def test_nothing_due_is_done(scenario: Scenario) -> None:
    """What is due after the pause is of a target, and was not due before."""
    assert scenario.due.isdisjoint(scenario.due_before)
    assert {package for package, _ in scenario.due} <= set(scenario.targets)
