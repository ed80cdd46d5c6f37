# SPDX-License-Identifier: GPL-3.0-or-later
"""Events to JSON and back: ``{"meta": ..., "data": ...}``, the class known by its topic."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent, Transcoder

from adapters.errors import UNREADABLE
from adapters.store.digest import Canonical, encode
from domain.catalogue import STREAMS
from domain.envelope import Envelope, Event, Meta
from domain.errors import Invalid, Refused


class _State(msgspec.Struct, frozen=True, gc=False):
    meta: Meta
    data: Any


class Codec(Transcoder):
    """Knows the class of every topic in ``events``, with a decoder made ready for each."""

    def __init__(self, events: Mapping[str, type[Event]]) -> None:
        self._events = events
        self._decoders: dict[str, Callable[[bytes | str], _State]] = {
            topic: msgspec.json.Decoder(stored_as(event)).decode for topic, event in events.items()
        }

    def encode(self, obj: Envelope) -> Canonical:
        """Return the state of an envelope. Raises Invalid for what could not be read back."""
        event = obj.event
        if self._events.get(getattr(event, "topic", "")) is not type(event):
            raise Invalid(f"{type(event).__name__} is no event of the catalogue")
        try:
            return encode(_State(obj.meta, event))
        except UnicodeEncodeError as error:
            raise Invalid(f"An event of {obj.originator_id} holds no valid text") from error

    def decode(self, data: bytes) -> Any:
        """Return plain JSON values; for an event, ask `envelope`, which knows its class."""
        return msgspec.json.decode(data)

    def envelope(self, stream: str, version: int, topic: str, state: bytes | str) -> Envelope:
        """Return the event that was stored.

        Raises Refused for a topic of a newer release, Invalid for a state that is not of its topic,
        or a stream of another kind: only who writes past us can have put it there.
        """
        try:
            found = self._decoders[topic](state)
        except KeyError as error:
            raise _unknown(topic) from error
        except (*UNREADABLE, ValueError) as error:
            what = f"{stream}@{version} cannot be read as {topic}"
            raise Invalid(what, why=str(error), do="Check the log with `ebs verify`") from error
        if not stream.startswith(STREAMS.get(topic, "")):
            raise Invalid(
                f"{stream}@{version} cannot be read as {topic}",
                why=f"such an event stands in {STREAMS[topic]!r} only",
                do="Check the log with `ebs verify`",
            )
        return Envelope(stream, version, found.meta, found.data)


class EnvelopeMapper(Mapper[str]):
    """The library's way between an Envelope and the row it is stored as."""

    def __init__(self, codec: Codec) -> None:
        super().__init__(codec)
        self.codec = codec

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        envelope = cast("Envelope", domain_event)
        return StoredEvent(
            envelope.originator_id,
            envelope.originator_version,
            envelope.event.topic,
            self.codec.encode(envelope),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[str]:
        return self.codec.envelope(
            str(stored_event.originator_id),
            stored_event.originator_version,
            stored_event.topic,
            stored_event.state,
        )


def stored_as(event: type[Event]) -> type[Any]:
    """Return the class of the states in which events of a class are stored."""
    name = f"State_{event.__name__}"
    return msgspec.defstruct(name, [("data", event)], bases=(_State,), frozen=True)


def _unknown(topic: str) -> Refused:
    return Refused(
        f"The log holds an event {topic!r}",
        why="this release does not know it: a newer one wrote it",
        do="Run the release that wrote it, or a newer one",
    )
