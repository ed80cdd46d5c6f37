# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of events, as the rest of the service sees it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TypeAlias, cast

from eventsourcing.application import Application
from eventsourcing.persistence import Mapper
from eventsourcing.utils import Environment, EnvType

from adapters.store.codec import Codec, EnvelopeMapper
from adapters.store.connections import Cursor, Within
from adapters.store.factory import CONNINFO, Factory
from adapters.store.migrate import check
from adapters.store.reads import Reads
from adapters.store.recorder import Recorder, Row
from domain.envelope import Envelope, Event, Recorded

Then: TypeAlias = Callable[[Cursor, list[Recorded]], None]
"""What is done in the transaction of an append, after it: the inbox, a projection."""


class EventLog(Reads, Application[str]):
    """The log in the database at ``conninfo``, with the catalogue of its ``events`` by topic.

    Raises DependencyDown where the database does not answer, NotPermitted where the role is not
    ours to take, Refused where its schema is not of this release.
    """

    def __init__(self, conninfo: str, events: Mapping[str, type[Event]]) -> None:
        check(conninfo)
        self._codec = Codec(events)
        Application.__init__(self, {"PERSISTENCE_MODULE": Factory.__module__, CONNINFO: conninfo})
        self._recorder = cast("Recorder", self.recorder)
        self.connections = self._recorder.connections
        Reads.__init__(self, self.connections, self._codec)

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Only what was given: the process's environment configures the service, not its parts."""
        return Environment(name, env)

    def construct_mapper(self) -> Mapper[str]:
        return EnvelopeMapper(self._codec)

    def append(
        self,
        envelopes: Iterable[Envelope],
        *,
        at: int | None = None,
        regarding: Iterable[str] | None = None,
        seen: Callable[[Recorded], None] = lambda _: None,
        then: Then | None = None,
    ) -> list[Recorded]:
        """Append all of these or none, under the append lock, and return them as recorded.

        ``at`` is the head that this rests on, as far as the streams ``regarding`` go (all where
        None); they are drawn only where it matters. Each event is ``seen`` when it was sent, while
        the server takes it in. ``then`` runs in the same transaction, also after no events at all.
        Raises Conflict where the log or one of the streams has gone on, Refused where a build or
        source is queued already.
        """
        recorded: list[Recorded] = []

        # Not through the library's put, which makes two objects more of each event for nobody.
        def rows(head: int, now: datetime) -> Iterator[Row]:
            for position, envelope in enumerate(envelopes, head + 1):
                stream, version = envelope.originator_id, envelope.originator_version
                yield stream, version, envelope.event.topic, self._codec.encode(envelope)
                event = Recorded(position, envelope, now)
                recorded.append(event)
                seen(event)

        def travel(cursor: Cursor) -> None:
            if then is not None:
                then(cursor, recorded)

        self._recorder.append(rows, at=at, regarding=regarding, then=travel)
        return recorded

    def alone(self) -> AbstractContextManager[None]:
        """Let this thread alone append inside; the others wait until it is left."""
        return self._recorder.alone()

    def reading(self) -> AbstractContextManager[Cursor]:
        """A transaction in which every query sees the same state, and nothing is written."""
        return self.connections.reading()

    def within(self, cursor: Cursor) -> Reads:
        """The same questions, asked in the transaction of a cursor."""
        return Reads(Within(cursor), self._codec)

    def wait(self, after: int, timeout: float) -> bool:
        """Wait at most ``timeout`` seconds for an event behind ``after``; whether there is one.

        For one thread at a time. A lost connection is made again.
        """
        return self._recorder.wait_for(after, timeout)

    def hints(self) -> set[str]:
        """Return, once, the hints that came in while we waited."""
        return self._recorder.hints()
