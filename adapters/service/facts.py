# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns received messages into facts: each chunk of the inbox is one transaction.

Facts only, never a decision. What tells nothing new appends nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final, Literal

from msgspec import Struct
from psycopg import Cursor

from adapters.ports import Bus, Clock, Hint, Inbox, InboxMessage
from adapters.service.journal import Draft, Journal, View, package_draft, service_draft
from adapters.service.operation import Operation
from adapters.tracing import span
from domain.errors import Invalid
from domain.package import Package
from domain.package.observe import Key, Tagging, observe
from domain.policy import Settings
from domain.service.events import MessageRejected

PATIENCE_WITH_CLOCKS: Final = timedelta(days=1)
"""How far Koji's clock may be ahead of ours."""

CHUNK: Final = 2_000
"""Messages turned into facts in one transaction."""

LONGEST: Final = 1024 * 1024
"""Bytes of a message; one of a build with its whole task tree has some tens of thousands."""

Outcome = Literal["recorded", "duplicate", "ignored", "rejected"]


class Read(Struct, frozen=True, gc=False):
    """A message, read: what it tells, or why it cannot be read, or neither.

    ``hint``: what it is about where it tells of no tagging.
    """

    message: InboxMessage
    tagging: Tagging | None = None
    fault: str = ""
    hint: Hint | None = None

    @property
    def matters(self) -> bool:
        """Whether it is to be kept."""
        return self.tagging is not None or bool(self.fault)


def unnamed(raw: bytes, origin: str) -> InboxMessage:
    """Return what cannot be read, under a name of its own: its id may be another's."""
    return InboxMessage(f"line:{sha256(raw).hexdigest()}", "", raw, origin)


class Facts:
    """Records what messages tell, together with what became of them in the inbox."""

    def __init__(
        self, journal: Journal, inbox: Inbox, bus: Bus, settings: Settings, clock: Clock
    ) -> None:
        self._journal = journal
        self._bus = bus
        self._inbox = inbox
        self._settings = settings
        self._clock = clock

    def hear(self, raw: bytes, origin: str) -> Read:
        """Read what arrived; of what is too long only the start, which is no message."""
        raw = raw[:LONGEST]
        try:
            heard = self._bus.read(raw)
        except Invalid as error:
            return Read(unnamed(raw, origin), fault=str(error))
        message = InboxMessage(heard.id, heard.topic, raw, origin)
        read = self.weigh(message, heard.tagging, heard.hint)
        return Read(unnamed(raw, origin), fault=read.fault) if read.fault else read

    def read(self, message: InboxMessage) -> Read:
        """Read a message; one that tells of no watched tag tells nothing."""
        try:
            heard = self._bus.read(message.body)
        except Invalid as error:
            return Read(message, fault=str(error))
        return self.weigh(message, heard.tagging)

    def weigh(
        self, message: InboxMessage, tagging: Tagging | None, hint: Hint | None = None
    ) -> Read:
        """Return what of a message that was read tells us something."""
        if tagging is None or not self._settings.watches(tagging.tag):
            return Read(message, hint=hint)
        if tagging.moment.at > self._clock() + PATIENCE_WITH_CLOCKS:
            # It would be the newest of its package until that day comes.
            return Read(message, fault=f"sent in the future, at {tagging.moment.at.isoformat()}")
        return Read(message, tagging, hint=hint)

    def drain(self) -> Counter[Outcome]:
        """Turn everything that waits into facts; return how many messages had which outcome."""
        total: Counter[Outcome] = Counter()
        while self._inbox.count():
            with span("facts"):
                total += self._journal.attempt(self._drain)
        return total

    def _drain(self) -> Counter[Outcome]:
        reads = [self.read(message) for message in self._inbox.pending(CHUNK)]
        with self._journal.look() as view:
            return self._record(view, reads, self._inbox.settle)

    def take(self, reads: Sequence[Read]) -> Counter[Outcome]:
        """Record what messages tell that the inbox does not hold yet, and keep them there."""
        return self._journal.attempt(lambda: self._take(reads))

    def foresee(self, reads: Sequence[Read], told: set[Key]) -> Counter[Outcome]:
        """Return what would become of messages, and record nothing.

        ``told`` is what those before them would have put on record; what these would is added.
        """
        outcomes: dict[str, Outcome] = {}
        with self._journal.look() as view:
            operation = Operation("", "message", self._clock())
            for _ in _facts(view, self._unknown(view, reads), operation, outcomes, told):
                pass  # the outcomes are what is wanted
        return Counter(outcomes.values())

    def _take(self, reads: Sequence[Read]) -> Counter[Outcome]:
        with self._journal.look() as view:
            new = self._unknown(view, reads)

            def keep(cursor: Cursor[Any], outcomes: Mapping[str, Outcome]) -> None:
                self._inbox.keep(cursor, [read.message for read in new], outcomes)

            return self._record(view, new, keep)

    def _unknown(self, view: View, reads: Sequence[Read]) -> list[Read]:
        first = {read.message.message_id: read for read in reversed(reads)}
        known = self._inbox.known(view.cursor, first)
        return [read for message_id, read in reversed(first.items()) if message_id not in known]

    def _record(
        self,
        view: View,
        reads: Sequence[Read],
        settle: Callable[[Cursor[Any], Mapping[str, Outcome]], None],
    ) -> Counter[Outcome]:
        """Record facts, and ``settle`` what became of their messages in the same transaction."""
        operation = Operation("", "message", self._clock())
        outcomes: dict[str, Outcome] = {}
        if reads:
            drafts = _facts(view, reads, operation, outcomes, set())
            self._journal.append(view, drafts, lambda cursor: settle(cursor, outcomes))
        return Counter(outcomes.values())


def _facts(
    view: View,
    reads: Sequence[Read],
    operation: Operation,
    outcomes: dict[str, Outcome],
    told: set[Key],
) -> Iterator[Draft]:
    """Yield the facts that are new, noting the outcome of each message, and what is ``told``."""
    packages = view.packages({read.tagging.package for read in reads if read.tagging})
    for read in reads:
        drafts: list[Draft] = []
        if read.fault:
            outcome: Outcome = "rejected"
            drafts = [_rejection(read, operation)]
        elif read.tagging is None:
            outcome = "ignored"
        else:
            drafts = _news(read, read.tagging, packages[read.tagging.package], told, operation)
            outcome = "recorded" if drafts else "duplicate"
        outcomes[read.message.message_id] = outcome
        yield from drafts


def _news(
    read: Read, seen: Tagging, package: Package, told: set[Key], operation: Operation
) -> list[Draft]:
    """Return the fact, unless the log or a message before it tells the same."""
    event = observe(package, seen)
    if event is None or seen.key in told:
        return []
    told.add(seen.key)
    meta = operation.meta(causation=read.message.message_id, moment=seen.moment, actor=seen.user)
    return [package_draft(seen.package, event, meta)]


def _rejection(read: Read, operation: Operation) -> Draft:
    message = read.message
    event = MessageRejected(message.message_id, message.origin, read.fault)
    return service_draft(event, operation.meta(causation=message.message_id))
