# SPDX-License-Identifier: GPL-3.0-or-later
"""What fedora-messaging calls for each message: it returns once the message is safe.

What cannot be taken now is tried again while the broker waits; then the consumer halts, and the
broker keeps the message for the next one. Nothing is handed back to be delivered again at once.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Final

import stamina
from fedora_messaging.exceptions import HaltConsumer
from fedora_messaging.message import Message
from pika import BasicProperties
from structlog.contextvars import bound_contextvars

from adapters.errors import DependencyDown
from domain.errors import EbsError

NAP: Final = 5.0
"""Seconds, the longest between two attempts; who is told to stop need not wait longer."""

Take = Callable[[bytes], None]
"""Makes a message safe, given as a line of fedora-messaging's dump format. Raises EbsError."""


class Unread(Message):
    """A message as it came, its body not even decoded."""

    def __init__(self, topic: str, properties: BasicProperties, raw: bytes) -> None:
        super().__init__(topic=topic, properties=properties)
        self.raw = raw

    def line(self) -> bytes:
        """Return it in the dump format, which it fits if its body is JSON.

        The body comes first: whatever it holds, id and topic are those that it was sent with.
        """
        known = {"id": self.id, "topic": self.topic, "headers": self._headers}
        return b'{"body":%b,%b' % (self.raw, json.dumps(known, default=str).encode()[1:])


def unread(routing_key: str, properties: BasicProperties, body: bytes) -> Unread:
    """Make a message, as ``fedora_messaging.message.get_message`` does, of anything at all.

    That one lets the consumer drop what fails a schema of its class, or is no JSON, and die of what
    is nested too deep or encoded strangely, again each time that the broker delivers it. We read
    topic and body, never the class, and what is ill-formed is to be told.
    """
    return Unread(routing_key, properties, body)


class Callback:
    """Hands each message on until it was taken. ``patience``: seconds of a dependency's absence.

    ``heard`` counts the messages, the last of them at ``heard_at``; ``error`` is why it gave up.
    ``began`` is when the message at hand was begun, by the monotonic clock, None between two.
    """

    def __init__(self, take: Take, patience: float) -> None:
        self._take = take
        self._patience = patience
        self._stopped = False
        self.error: EbsError | None = None
        self.heard = 0
        self.heard_at: datetime | None = None
        self.began: float | None = None

    def __call__(self, message: Unread) -> None:
        """Take it, or raise HaltConsumer: then the broker has it still."""
        self.heard, self.heard_at = self.heard + 1, datetime.now(UTC)
        self.began = monotonic()
        try:
            with bound_contextvars(message=message.id):
                self._surely(message.line())
        except EbsError as error:
            self.error = None if self._stopped else error
            raise HaltConsumer(reason=str(error), requeue=True) from error
        finally:
            self.began = None

    @property
    def is_stuck(self) -> bool:
        """Whether a message takes longer than we have patience; the last attempt may go on yet."""
        return self.began is not None and monotonic() - self.began > self._patience

    def stop(self) -> None:
        """Try nothing again: nobody waits any longer."""
        self._stopped = True

    def _surely(self, line: bytes) -> None:
        for attempt in stamina.retry_context(
            on=self._may_pass, attempts=None, timeout=self._patience, wait_max=NAP
        ):
            with attempt:
                self._take(line)

    def _may_pass(self, error: Exception) -> bool:
        return isinstance(error, DependencyDown) and not self._stopped
