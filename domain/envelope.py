# SPDX-License-Identifier: GPL-3.0-or-later
"""The envelope of an event: which stream, which version, when, through what, why, by whom."""

from datetime import datetime
from typing import Any, ClassVar

from msgspec import Struct

from domain.values import Moment, Via


class Event(Struct, frozen=True, omit_defaults=True, gc=False):
    """Base of all events. ``topic`` is the stable name it is stored under, never a module path.

    A later release may add a field with a default; a change of meaning is a new topic.
    """

    topic: ClassVar[str]


class Meta(Struct, frozen=True, omit_defaults=True, gc=False):
    """What is known about an event apart from what it says.

    ``occurred_at`` is when it happened in the world (UTC), ``koji_event`` Koji's number for it or
    0, ``correlation`` the operation it belongs to, ``causation`` the message or event that led to
    it.
    """

    occurred_at: datetime
    via: Via
    correlation: str
    causation: str = ""
    actor: str = ""
    koji_event: int = 0

    @property
    def moment(self) -> Moment:
        """When Koji did it."""
        return Moment(self.occurred_at, self.koji_event)


class Envelope(Struct, frozen=True, gc=False):
    """An event to append: the ``originator_version``-th of the stream ``originator_id``, from 1.

    The two names are those the event store's library asks for.
    """

    originator_id: str
    originator_version: int
    meta: Meta
    event: Any

    @property
    def id(self) -> str:
        """The event's name in messages, causes and answers."""
        return f"{self.originator_id}@{self.originator_version}"


class Recorded(Struct, frozen=True, gc=False):
    """An event of the log, at its position; positions count from 1 without gaps."""

    position: int
    envelope: Envelope
    recorded_at: datetime | None = None
