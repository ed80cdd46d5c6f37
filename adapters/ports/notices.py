# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways out as the use cases see them: what is told to the world goes through a channel."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from psycopg import Cursor

from domain.envelope import Recorded
from domain.errors import EbsError
from domain.service.channels import Schedule
from domain.service.events import MessagePublished, Notified


class NoticeRefused(EbsError):
    """This notice was refused, and would be each time; another may be taken over."""


class Notice(Protocol):
    """What is told: of one event at most one of each kind."""

    @property
    def kind(self) -> str:
        """What it is, among those that one event makes."""


N = TypeVar("N", bound=Notice)
N_contra = TypeVar("N_contra", bound=Notice, contravariant=True)


class Channel(Protocol[N_contra]):
    """A way to tell somebody."""

    def deliver(self, notice: N_contra, cause: Recorded) -> None:
        """Return once it was taken over. The same notice bears the same id, however often it comes.

        The id is made of the event that caused it. Raises NoticeRefused where this one will never
        be, EbsError where it is not certain; it may have been taken over all the same.
        """

    def check(self) -> str:
        """Return who answers, for people to read. Raises EbsError where nobody does."""


@dataclass(frozen=True)
class Outlet(Generic[N]):
    """What goes through a channel: of events of which topics, in which words, as what on record.

    ``compose`` reads what it needs besides the event of the projections.
    """

    name: str
    topics: tuple[str, ...]
    compose: Callable[[Cursor[Any], Recorded], Iterator[N]]
    channel: Channel[N]
    told: type[Notified] | type[MessagePublished]
    schedule: Schedule = field(default_factory=Schedule)
