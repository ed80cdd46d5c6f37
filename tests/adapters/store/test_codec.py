# SPDX-License-Identifier: GPL-3.0-or-later
"""Events to JSON and back."""

import json
from typing import Any, ClassVar

import msgspec
import pytest

from adapters.store.codec import Codec
from domain.catalogue import EVENTS
from domain.envelope import Envelope, Event
from domain.errors import Invalid, Refused
from tests.adapters.store.examples import META, envelopes, queued, tagged

CODEC = Codec(EVENTS)


class Stranger(Event, frozen=True):
    """An event that bears another's topic."""

    topic: ClassVar[str] = "tagged"
    build_id: int


@pytest.mark.parametrize("event", [tagged(1), tagged(2, source="é"), queued(), queued(round=3)])
def test_what_was_written_is_read(event: Event) -> None:
    """An envelope comes back equal, its event of the class that the topic names."""
    [envelope] = envelopes(event)
    state = CODEC.encode(envelope)

    assert CODEC.envelope("package:bash", 1, event.topic, state) == envelope
    assert CODEC.envelope("package:bash", 1, event.topic, state.decode()) == envelope


def test_the_state_is_plain_json() -> None:
    """The state holds the envelope's meta and the event's data, defaults left out, and no class."""
    [envelope] = envelopes(tagged(1))

    assert json.loads(CODEC.encode(envelope)) == {
        "meta": {"occurred_at": "2024-08-13T12:00:00Z", "via": "message", "correlation": "c-1"},
        "data": {"build_id": 1, "nvr": "bash-1-1", "tag": "f41"},
    }


def test_a_field_of_a_later_release_is_passed_over() -> None:
    """An event written with a field that this release lacks is read without it."""
    state = CODEC.encode(envelopes(tagged(1))[0]).replace(b'"nvr"', b'"later":[1],"nvr"')

    assert CODEC.envelope("package:s", 1, "tagged", state).event == tagged(1)


def test_a_topic_of_a_later_release_is_refused() -> None:
    """An unknown topic names itself and says which release to run."""
    with pytest.raises(Refused, match="'teleported'") as caught:
        CODEC.envelope("package:bash", 1, "teleported", b"{}")
    assert "release" in caught.value.do


@pytest.mark.parametrize("state", [b"{}", b"{", b'{"meta":{},"data":{}}', b'"\xff"'])
def test_a_state_of_another_shape_is_invalid(state: bytes) -> None:
    """What is not of its topic's shape is named by stream and version."""
    with pytest.raises(Invalid, match="package:bash@7 cannot be read as tagged"):
        CODEC.envelope("package:bash", 7, "tagged", state)


@pytest.mark.parametrize("event", [Stranger(1), META, None])
def test_only_events_of_the_catalogue_are_written(event: Any) -> None:
    """What could not be read back by its topic is not written."""
    with pytest.raises(Invalid, match="no event of the catalogue"):
        CODEC.encode(Envelope("package:bash", 1, META, event))


def test_every_topic_has_a_decoder() -> None:
    """The catalogue can be made ready whole, and its topics are those of its classes."""
    assert {event.topic: event for event in EVENTS.values()} == dict(EVENTS)


def test_no_event_holds_a_float() -> None:
    """Floats have no one canonical form: no field of any event is of that type, however deep."""
    for event in EVENTS.values():
        assert "FloatType" not in repr(msgspec.inspect.type_info(event))


@pytest.mark.parametrize("stream", ["service", "batch:7", "bash", ""])
def test_an_event_in_a_stream_of_another_kind(stream: str) -> None:
    """Only who writes past us puts it there: it is named, and what looks into it."""
    state = CODEC.encode(envelopes(tagged(1))[0])
    with pytest.raises(Invalid, match="cannot be read as tagged") as refused:
        CODEC.envelope(stream, 3, "tagged", state)

    assert "'package:' only" in str(refused.value)
    assert "ebs verify" in refused.value.do
