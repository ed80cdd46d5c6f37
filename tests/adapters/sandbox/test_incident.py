# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario: what it is made of, and that its messages are Koji's."""

import json
from collections import Counter

import pytest
from fedora_messaging.message import Message, loads
from koji_fedoramessaging_messages.tag import (  # type: ignore[import-untyped]
    TagV1,
    UntagV1,
)

from adapters.bus import messages
from adapters.sandbox import incident, vendored
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
