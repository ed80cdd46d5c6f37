# SPDX-License-Identifier: GPL-3.0-or-later
"""The recorder that the event store's library writes and reads through.

One writer at a time appends, under an advisory lock, so the order of positions is the order of
commits and a reader at the tail misses nothing. Rows go in by COPY: the pipeline of the library's
own recorder stops flushing in a large batch, and hangs while it holds the lock.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import get_ident
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

from adapters.store.connections import Connections, Cursor
from adapters.store.digest import GENESIS, Canonical, at_time, canonical, chain
from adapters.store.faults import RecordConflict
from adapters.store.listening import CHANNEL, Listener, LogSubscription
from adapters.store.statements import statement
from adapters.store.turn import take_turn

Row: TypeAlias = tuple[str, int, str, Canonical]
"""An event to be appended: its stream, its version there, its topic and its state."""

Rows: TypeAlias = Callable[[int, datetime], Iterable[Row]]
"""Makes the events of an append, given the position before the first, and their recorded_at."""

END: Final = 2**63 - 1
"""Beyond every position and version."""

_MAX: Final = b"select max(position) from events"
_TRACKED: Final = b"select position from tracking where name = %(name)s"


class Recorder(ProcessRecorder):
    """Records events, and tracking or whatever else travels in the same transaction."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self._listener = Listener(connections.conninfo)
        self._alone: int | None = None

    # The library's base takes any keyword; to take any would hide one that is misspelt.
    def insert_events(  # type: ignore[override]
        self,
        stored_events: Sequence[StoredEvent],
        *,
        tracking: Tracking | None = None,
    ) -> Sequence[int]:
        """Append events whose states are JSON, as `append` does."""
        rows = [
            (str(e.originator_id), e.originator_version, e.topic, canonical(e.state))
            for e in stored_events
        ]
        return list(self.append(lambda *_: rows, tracking=tracking))

    def append(
        self,
        rows: Rows,
        *,
        tracking: Tracking | None = None,
        at: int | None = None,
        regarding: Iterable[str] | None = None,
        then: Callable[[Cursor], None] | None = None,
    ) -> range:
        """Append events and return their positions, which follow the head without a gap.

        ``at`` is the position up to which the log was known to whoever decided this; behind it may
        lie only what is not in the streams ``regarding``, which is drawn where something does
        (nothing at all where None). Events that are made while they are drawn cost least: the
        server takes one in while the next is made. ``then`` runs in the same transaction; what it
        raises, or the making of an event, undoes it all. Raises Conflict, with nothing written,
        where the log, a stream or the tracking has gone on; Refused where the fence holds the build
        or source queued already.
        """
        with self.connections.transaction() as cursor:
            if self._alone != get_ident():
                take_turn(cursor)
            head = _head(cursor)
            if at is not None and at != head.position and _matters(cursor, at, regarding):
                raise _moved(at, head.position)
            end = _insert(cursor, head, rows(head.position, head.now))
            positions = range(head.position + 1, end + 1)
            if tracking is not None:
                _track(cursor, tracking)
            if then is not None:
                then(cursor)
        return positions

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let this thread alone append inside; the others wait. Raises as an append does."""
        with self.connections.transaction() as cursor:
            take_turn(cursor)
            self._alone = get_ident()
            try:
                yield
            finally:
                self._alone = None

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


def _head(cursor: Cursor) -> _Head:
    """Return the head of the log, under the append lock."""
    [row] = cursor.execute(statement("head"), {"genesis": GENESIS}, binary=True).fetchall()
    return _Head(*row)


def _matters(cursor: Cursor, at: int, regarding: Iterable[str] | None) -> bool:
    """Whether something lies behind ``at`` that the decision could have rested on."""
    if regarding is None:
        return True
    params = {"at": at, "streams": sorted(set(regarding))}
    found = cursor.execute(statement("gone_on"), params).fetchone()
    return found is not None and bool(found[0])


def _insert(cursor: Cursor, head: _Head, events: Iterable[Row]) -> int:
    """Append the events, tell who listens, and return the position of the last."""
    position, digest, now = head
    time = at_time(now)
    with cursor.copy(statement("append")) as rows:
        rows.set_types(["int8", "text", "int8", "text", "jsonb", "timestamptz", "bytea"])
        for stream, version, topic, state in events:
            position += 1
            digest = chain(digest, stream, version, topic, state, time=time)
            rows.write_row((position, stream, version, topic, state, now, digest))
    if position != head.position:
        cursor.execute(f"notify {CHANNEL}")
    return position


def _track(cursor: Cursor, tracking: Tracking) -> None:
    name, position = tracking.application_name, tracking.notification_id
    moved = cursor.execute(statement("track"), {"name": name, "position": position}).fetchone()
    if moved is None:
        raise RecordConflict(f"{name} has tracked position {position} already")


def _moved(at: int | None, head: int) -> RecordConflict:
    return RecordConflict(
        "The log has gone on",
        why=f"this was decided at position {at}, the head is {head}",
        do="Do it again",
    )
