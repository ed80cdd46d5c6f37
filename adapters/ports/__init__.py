# SPDX-License-Identifier: GPL-3.0-or-later
"""The interfaces through which the use cases in ``service/`` see the world."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct
from psycopg import Cursor

from domain.envelope import Envelope, Recorded
from domain.package.observe import Tagging
from domain.service.decide import Offered
from projections import log

Clock = Callable[[], datetime]
"""Returns the present time in UTC."""


class InboxMessage(Struct, frozen=True, gc=False):
    """A message as it arrived: its raw body, and where from (``bus``, or file and line)."""

    message_id: str
    topic: str
    body: bytes
    origin: str


Hint = str
"""What something happened to, so that it is worth a look: see ``of_task`` and ``of_tag``."""


def of_task(task_id: int) -> Hint:
    """Something happened to a task of Koji's."""
    return f"task {task_id}"


def of_tag(name: str) -> Hint:
    """Something happened to the repositories of a tag."""
    return f"tag {name}"


class Heard(Struct, frozen=True, gc=False):
    """A message that was read; ``tagging`` is None where it tells of none.

    ``hint``: what else it is about. Nothing may rest on that: it is worth a look, and no fact.
    """

    id: str
    topic: str
    tagging: Tagging | None = None
    hint: Hint | None = None


class Bus(Protocol):
    """What the messages of the bus say."""

    def read(self, raw: bytes) -> Heard:
        """Read a message. Raises Invalid."""


class Reads(log.Log, Protocol):
    """The questions to the log: those of the projections, and what else the use cases ask."""

    def head(self) -> int:
        """Return the position of the last event, 0 for an empty log."""

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
        """Yield the events of the log in order."""

    def read_last(
        self,
        after: int = 0,
        *,
        upto: int,
        topics: Sequence[str] = (),
        streams: Sequence[str] = (),
        actor: str | None = None,
        limit: int,
    ) -> list[Recorded]:
        """Return the last events of those, the newest first."""

    def named(self, ids: Collection[str]) -> Iterator[Recorded]:
        """Yield the events of these ids, in the order of the log."""

    def digest(self, position: int) -> bytes:
        """Return the digest of the log up to a position."""


class Log(Reads, Protocol):
    """The append-only log of events."""

    def append(
        self,
        envelopes: Iterable[Envelope],
        *,
        at: int | None = None,
        regarding: Iterable[str] | None = None,
        seen: Callable[[Recorded], None] = lambda _: None,
        then: Callable[[Cursor[Any], list[Recorded]], None] | None = None,
    ) -> list[Recorded]:
        """Append all or nothing, each event being ``seen``, and ``then`` run in the transaction.

        Raises Conflict where behind ``at`` lies something of the streams ``regarding`` (anything
        where None), Refused where a fence forbids an event.
        """

    def alone(self) -> AbstractContextManager[None]:
        """Let this thread alone append inside; the others wait until it is left."""

    def reading(self) -> AbstractContextManager[Cursor[Any]]:
        """Open a read-only transaction that sees the log and the projections at one instant."""

    def within(self, cursor: Cursor[Any]) -> Reads:
        """Return the questions to the log, as a transaction sees it."""


class Inbox(Protocol):
    """Messages that were received and not yet turned into facts."""

    def put(self, messages: Sequence[InboxMessage]) -> set[str]:
        """Keep messages durably; return the ids that were new."""

    def pending(self, limit: int) -> list[InboxMessage]:
        """Return the oldest messages that wait."""

    def count(self) -> int:
        """Return how many wait."""

    def settle(self, cursor: Cursor[Any], outcomes: Mapping[str, str]) -> None:
        """Mark exactly these as done, in the transaction of the cursor. Raises Conflict."""

    def keep(
        self, cursor: Cursor[Any], messages: Sequence[InboxMessage], outcomes: Mapping[str, str]
    ) -> None:
        """Keep messages that are done already, in the transaction of the cursor.

        Raises Conflict where one is in the inbox by now.
        """

    def known(self, cursor: Cursor[Any], message_ids: Collection[str]) -> set[str]:
        """Return which of these the inbox holds, waiting or done, as the cursor sees it."""

    def nudge(self, hint: Hint) -> None:
        """Tell the worker, if it listens, that something is worth a look; nothing is kept."""


class Configuration(Protocol):
    """What people configure, outside of the log."""

    def offered(self) -> Offered:
        """Read settings, policy and package list; a faulty policy is offered as its faults."""
