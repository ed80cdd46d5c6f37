# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages that are sent: registered, documented, and of the form that is promised."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fedora_messaging.exceptions import ValidationError
from fedora_messaging.message import dumps, get_class, get_name, loads

from adapters.bus.schemas import BY_KIND, MESSAGES, EbsMessage, Paused, PlanHeld

PAGE = (Path(__file__).parents[3] / "deploy/docs/messages.md").read_text()
AT = datetime(2024, 8, 13, 12, 0, 0, 999, tzinfo=UTC)
BODY = {"by": "ada", "reason": "branching", "until": None}

each_message = pytest.mark.parametrize("message", MESSAGES, ids=lambda each: each.__name__)


@each_message
def test_registered_by_its_topic(message: type[EbsMessage]) -> None:
    """fedora-messaging finds the class by the name in the headers, which is the topic."""
    assert get_name(message) == message.topic
    assert get_class(message.topic) is message


@each_message
def test_documented(message: type[EbsMessage]) -> None:
    """The page names the topic, and every property of the body."""
    [row] = re.findall(rf"^\| `{re.escape(message.topic)}` \|.*$", PAGE, re.MULTILINE)

    assert set(message.body_schema["properties"]) <= set(re.findall(r"`(\w+)`", row))


@each_message
def test_every_property_is_required(message: type[EbsMessage]) -> None:
    """Nobody who receives it has to ask whether a property is there."""
    assert set(message.body_schema["required"]) == set(message.body_schema["properties"])


def test_every_kind_is_a_topic() -> None:
    """What is announced is found by the end of its topic."""
    assert {f"elnbuildsync.{kind}" for kind in BY_KIND} == {each.topic for each in MESSAGES}


def test_the_same_event_is_the_same_message() -> None:
    """Id and time are those of the event, also when it is made again."""
    first, second = (dumps(Paused(BODY).of_event("service@7", AT)) for _ in range(2))
    [received] = loads(first)

    assert first == second
    assert received.id == "service@7"
    assert received._headers["sent-at"] == "2024-08-13T12:00:00+00:00"
    assert isinstance(received, Paused)


def test_a_body_of_another_form() -> None:
    """A person's reason is text, and not left out."""
    for body in ({"by": "ada"}, {**BODY, "reason": 7}, {**BODY, "until": 7}):
        with pytest.raises(ValidationError):
            dumps(Paused(body))


def test_for_people() -> None:
    """A summary in a line, who did it, and of which packages it is."""
    held = PlanHeld({"plan": "0123456789ab", "reason": "too many", "builds": 300})
    rebuilt = BY_KIND["package.rebuilt"]({"package": "bash", "downstream_nvr": "bash-1-1.eln"})
    finished = BY_KIND["batch.finished"]({"batch": 7, "built": ["b", "a"], "failed": ["c"]})

    assert held.summary == "plan 0123456789ab of 300 builds is held"
    assert (rebuilt.packages, rebuilt.app_name) == (["bash"], "ELNBuildSync")
    assert (finished.packages, finished.summary) == (
        ["a", "b", "c"],
        "batch 7 has finished: 2 built, 1 not",
    )
    assert Paused(BODY).agent_name == "ada"
    assert finished._headers["fedora_messaging_rpm_a"] is True
