# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of events, as the rest of the service sees it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import repeat
from typing import Any, Final, TypeAlias, cast

from eventsourcing.application import Application
from eventsourcing.persistence import Mapper
from eventsourcing.utils import Environment, EnvType
from psycopg.rows import TupleRow

from adapters.store.codec import Codec, EnvelopeMapper
from adapters.store.connections import Cursor
from adapters.store.digest import GENESIS
from adapters.store.factory import CONNINFO, Factory
from adapters.store.migrate import check
from adapters.store.recorder import END, Recorder
from adapters.store.statements import statement
from adapters.store.verify import Anchor, Row
from domain.envelope import Envelope, Event, Recorded
from domain.errors import NotFound

_DIGEST: Final = b"select digest from events where position = %(position)s"

Then: TypeAlias = Callable[[Cursor, list[Recorded]], None]
"""What is done in the transaction of an append, after it: the inbox, a projection."""


class EventLog(Application[str]):
    """The log in the database at ``conninfo``, with the catalogue of its ``events`` by topic.

    Raises DependencyDown where the database does not answer, NotPermitted where the role is not
    ours to take, Refused where its schema is not of this release.
    """

    def __init__(self, conninfo: str, events: Mapping[str, type[Event]]) -> None:
        check(conninfo)
        self._codec = Codec(events)
        super().__init__({"PERSISTENCE_MODULE": Factory.__module__, CONNINFO: conninfo})
        self._recorder = cast("Recorder", self.recorder)
        self.connections = self._recorder.connections

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Only what was given: the process's environment configures the service, not its parts."""
        return Environment(name, env)

    def construct_mapper(self) -> Mapper[str]:
        return EnvelopeMapper(self._codec)

    def head(self) -> int:
        """The last position, 0 in an empty log."""
        return self._recorder.max_notification_id() or 0

    def append(
        self,
        envelopes: Sequence[Envelope],
        *,
        at: int | None = None,
        regarding: Collection[str] | None = None,
        then: Then | None = None,
    ) -> list[Recorded]:
        """Append all of these or none, under the append lock, and return them as recorded.

        ``at`` is the head that this rests on, as far as the streams ``regarding`` go (all where
        None); ``then`` runs in the same transaction, also after no events at all. Raises Conflict
        where the log or one of the streams has gone on, Refused where a build or source is queued
        already.
        """
        recorded: list[Recorded] = []

        def travel(cursor: Cursor, positions: Sequence[int], recorded_at: datetime) -> None:
            recorded.extend(map(Recorded, positions, envelopes, repeat(recorded_at)))
            if then is not None:
                then(cursor, recorded)

        # Not through the library's put, which makes two objects more of each event for nobody.
        stored = [self.mapper.to_stored_event(envelope) for envelope in envelopes]
        self._recorder.insert_events(stored, at=at, regarding=regarding, then=travel)
        return recorded

    def read(
        self,
        after: int = 0,
        *,
        upto: int | None = None,
        topics: Sequence[str] = (),
        streams: Sequence[str] = (),
        actor: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Recorded]:
        """Yield the events behind ``after``, up to and with ``upto``, in order.

        Of these topics, of these streams, of this actor; of all where none is named.
        """
        return self._recorded(
            statement("read"),
            after=after,
            upto=END if upto is None else upto,
            topics=list(topics),
            streams=list(streams),
            actor=actor,
            limit=limit,
        )

    def stream(self, stream_id: str, *, upto: int | None = None) -> Iterator[Recorded]:
        """Yield the events of one stream from its first, up to and with a position of the log."""
        return self._recorded(
            statement("stream"),
            stream=stream_id,
            gt=-1,
            lte=END,
            upto=END if upto is None else upto,
            limit=None,
        )

    def named(self, ids: Collection[str]) -> Iterator[Recorded]:
        """Yield the events of these ids, as envelopes bear them; what is no id is passed over."""
        parts = [(stream, version) for stream, _, version in (i.rpartition("@") for i in ids)]
        known = [(stream, int(version)) for stream, version in parts if version.isdecimal()]
        streams, versions = [s for s, _ in known], [v for _, v in known]
        rows = self.connections.fetch(statement("named"), streams=streams, versions=versions)
        return map(self._of_row, rows)

    def last_of_each(self, topics: Sequence[str], upto: int, limit: int) -> list[Recorded]:
        """Return the last ``limit`` events of each topic up to and with a position, in order.

        Its cost is that of what it returns, however long the log.
        """
        rows = self.connections.fetch(
            statement("last_of_each"), topics=list(topics), upto=upto, limit=limit
        )
        return [*map(self._of_row, rows)]

    def rows(self, after: int = 0, upto: int | None = None) -> Iterator[list[Row]]:
        """Yield the rows behind ``after``, up to and with ``upto``, as they are stored.

        From the beginning that is whatever there is, also where only a forger can have put it.
        """
        return self.connections.batches(
            statement("rows"), after=after or -END, upto=END if upto is None else upto
        )

    def digest(self, position: int) -> bytes:
        """Return the digest of the event at a position, which covers all before it.

        Of position 0 that is the genesis. Raises NotFound where there is no event.
        """
        if position == 0:
            return GENESIS
        found = self.connections.fetch(_DIGEST, position=position)
        if not found:
            raise NotFound(
                f"there is no event at position {position}",
                why=f"the log ends at {self.head()}",
                do="where it ends later, run 'ebs verify': the event was taken out",
            )
        return bytes(found[0][0])

    def anchor(self, position: int) -> Anchor:
        """Return where a verification may begin. Raises NotFound where there is no event."""
        return Anchor(position, self.digest(position))

    def reading(self) -> AbstractContextManager[Cursor]:
        """A transaction in which every query sees the same state, and nothing is written."""
        return self.connections.reading()

    def wait(self, after: int, timeout: float) -> bool:
        """Wait at most ``timeout`` seconds for an event behind ``after``; whether there is one.

        For one thread at a time. A lost connection is made again.
        """
        return self._recorder.wait_for(after, timeout)

    def hints(self) -> set[str]:
        """Return, once, the hints that came in while we waited."""
        return self._recorder.hints()

    def _recorded(self, query: bytes, **params: Any) -> Iterator[Recorded]:
        for rows in self.connections.batches(query, **params):
            yield from map(self._of_row, rows)

    def _of_row(self, row: TupleRow) -> Recorded:
        position, stream, version, topic, state, recorded_at = row
        return Recorded(position, self._codec.envelope(stream, version, topic, state), recorded_at)
