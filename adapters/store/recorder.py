# SPDX-License-Identifier: GPL-3.0-or-later
"""The recorder that the event store's library writes and reads through.

One writer at a time appends, under an advisory lock, so the order of positions is the order of
commits and a reader at the tail misses nothing. Rows go in by COPY: the pipeline of the library's
own recorder stops flushing in a large batch, and hangs while it holds the lock.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

from eventsourcing.persistence import (
    ApplicationRecorder,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Subscription,
    Tracking,
)
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from adapters.store.advisory import APPENDING
from adapters.store.connections import Connections, Cursor
from adapters.store.digest import GENESIS, at_time, canonical, chain
from adapters.store.faults import RecordConflict
from adapters.store.listening import CHANNEL, Listener, LogSubscription
from adapters.store.statements import statement

Then: TypeAlias = Callable[[Cursor, Sequence[int], datetime], None]
"""What is done in the transaction of an append, after it: given the positions and recorded_at."""

END: Final = 2**63 - 1
"""Beyond every position and version."""

_LOCK: Final = "select pg_advisory_xact_lock(%s)"
_MAX: Final = b"select max(position) from events"
_TRACKED: Final = b"select position from tracking where name = %(name)s"


class Recorder(ProcessRecorder):
    """Records events, and tracking or whatever else travels in the same transaction."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self._listener = Listener(connections.conninfo)

    # The library's base takes any keyword; to take any would hide one that is misspelt.
    def insert_events(  # type: ignore[override]
        self,
        stored_events: Sequence[StoredEvent],
        *,
        tracking: Tracking | None = None,
        at: int | None = None,
        regarding: Collection[str] | None = None,
        then: Then | None = None,
    ) -> Sequence[int]:
        """Append events and return their positions, which follow the head without a gap.

        ``at`` is the position up to which the log was known to whoever decided this; behind it may
        lie only what is not in the streams ``regarding`` (nothing at all where None). ``then`` runs
        in the same transaction, and what it raises undoes it. Raises Conflict, with nothing
        written, where the log, a stream or the tracking has gone on; Refused where the fence holds
        the build or source queued already.
        """
        states = [canonical(event.state) for event in stored_events]
        with self.connections.transaction() as cursor:
            head = _lock(cursor)
            if at is not None and at != head.position and _matters(cursor, at, regarding):
                raise _moved(at, head.position)
            positions = range(head.position + 1, head.position + 1 + len(states))
            if states:
                _insert(cursor, head, stored_events, states)
            if tracking is not None:
                _track(cursor, tracking)
            if then is not None:
                then(cursor, positions, head.now)
        return list(positions)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        rows = self.connections.fetch(
            statement("stream", backwards=desc),
            stream=str(originator_id),
            gt=-1 if gt is None else gt,
            lte=END if lte is None else lte,
            upto=END,
            limit=limit,
        )
        return [_stored(row) for row in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        rows = self.connections.fetch(
            statement("read"),
            after=(start or 0) - inclusive_of_start,
            upto=END if stop is None else stop,
            topics=list(topics),
            streams=[],
            actor=None,
            limit=limit,
        )
        return [_notification(row) for row in rows]

    def max_notification_id(self) -> int | None:
        [(position,)] = self.connections.fetch(_MAX)
        return None if position is None else int(position)

    def wait_for(self, after: int, timeout: float) -> bool:
        """Wait at most ``timeout`` seconds for an event behind ``after``; whether there is one."""
        return self._listener.wait(lambda: (self.max_notification_id() or 0) > after, timeout)

    def hints(self) -> set[str]:
        """Return, once, the hints that came in while we waited."""
        return self._listener.hints()

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        return LogSubscription(self, gt, topics, Listener(self.connections.conninfo))

    def insert_tracking(self, tracking: Tracking) -> None:
        self.insert_events([], tracking=tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        rows = self.connections.fetch(_TRACKED, name=application_name)
        return int(rows[0][0]) if rows else None

    def close(self) -> None:
        self._listener.close()


def _stored(row: TupleRow) -> StoredEvent:
    _, stream, version, topic, state, _ = row
    return StoredEvent(stream, version, topic, state.encode())


def _notification(row: TupleRow) -> Notification:
    position, stream, version, topic, state, _ = row
    return Notification(stream, version, topic, state.encode(), position)


class _Head(NamedTuple):
    """Where the log ends, and the time that is recorded of what follows."""

    position: int
    digest: bytes
    now: datetime


def _lock(cursor: Cursor) -> _Head:
    """Wait for the append lock, then return the head of the log."""
    cursor.execute(_LOCK, (APPENDING,))
    [row] = cursor.execute(statement("head"), {"genesis": GENESIS}, binary=True).fetchall()
    return _Head(*row)


def _matters(cursor: Cursor, at: int, regarding: Collection[str] | None) -> bool:
    """Whether something lies behind ``at`` that the decision could have rested on."""
    if regarding is None:
        return True
    params = {"at": at, "streams": list(regarding)}
    found = cursor.execute(statement("gone_on"), params).fetchone()
    return found is not None and bool(found[0])


def _insert(
    cursor: Cursor, head: _Head, stored_events: Sequence[StoredEvent], states: Sequence[bytes]
) -> None:
    cursor.execute(f"notify {CHANNEL}")
    with cursor.copy(statement("append")) as rows:
        rows.set_types(["int8", "text", "int8", "text", "jsonb", "timestamptz", "bytea"])
        for row in _rows(head, stored_events, states):
            rows.write_row(row)


def _rows(
    head: _Head, stored_events: Sequence[StoredEvent], states: Sequence[bytes]
) -> Iterator[tuple[object, ...]]:
    """Yield the rows as they are sent: the server takes them in while the next are prepared."""
    digest, now = head.digest, head.now
    time = at_time(now)
    numbered = enumerate(zip(stored_events, states, strict=True), head.position + 1)
    for position, (event, state) in numbered:
        stream, version, topic = str(event.originator_id), event.originator_version, event.topic
        digest = chain(digest, stream, version, topic, state, time=time)
        yield position, stream, version, topic, Jsonb(state, _as_it_is), now, digest


def _as_it_is(state: bytes) -> bytes:
    return state


def _track(cursor: Cursor, tracking: Tracking) -> None:
    name, position = tracking.application_name, tracking.notification_id
    moved = cursor.execute(statement("track"), {"name": name, "position": position}).fetchone()
    if moved is None:
        raise RecordConflict(f"{name} has tracked position {position} already")


def _moved(at: int | None, head: int) -> RecordConflict:
    return RecordConflict(
        "The log has gone on",
        why=f"this was decided at position {at}, the head is {head}",
        do="Decide again",
    )
