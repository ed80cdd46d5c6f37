# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the world what is on record: each channel follows the log from where it has come to.

What was delivered is recorded afterwards. Killed in between, the next run delivers it once more,
under the same id; nothing is forgotten, and nothing is told of what is not on record.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, NamedTuple

import structlog

from adapters.ports import Clock
from adapters.ports.notices import Notice, NoticeRefused, Outlet
from adapters.service.intervals import is_due
from adapters.service.journal import Draft, Journal, View, service_draft
from adapters.service.operation import Operation
from domain.envelope import Recorded
from domain.errors import EbsError
from domain.service import events
from domain.service.channels import adopt_channels, due_digests
from domain.service.events import Told
from domain.service.state import Progress

MOST: Final = 200
"""Notices delivered between two records of it: so many may come twice after a crash."""

PATIENCE: Final = timedelta(seconds=5)
"""How long a channel is kept busy in one run: what was told is to be on record soon."""

SHORTEST_REST: Final = timedelta(minutes=1)
LONGEST_REST: Final = timedelta(hours=1)
"""How long a channel that failed is left alone: doubled each time it fails again."""

_log = structlog.get_logger(__name__)


class Due(NamedTuple):
    """A notice that nobody was told yet, and the event it is about."""

    notice: Notice
    cause: Recorded


class Done(NamedTuple):
    """What was delivered, or ``refused`` for good for that reason."""

    due: Due
    refused: str = ""


@dataclass(frozen=True)
class Rest:
    """A channel that failed is left alone for so long."""

    span: timedelta
    since: datetime


class Notifications:
    """Delivers what is due. A channel that is down holds back only itself."""

    def __init__(self, journal: Journal, clock: Clock, outlets: Sequence[Outlet[Any]] = ()) -> None:
        self._journal = journal
        self._clock = clock
        self._outlets = outlets
        self._rests: dict[str, Rest] = {}
        self._looked: dict[str, int] = {}

    def adopt(self, correlation: str) -> None:
        """Adopt the channels that are configured: they tell what is recorded from here on."""
        names, operation = [outlet.name for outlet in self._outlets], self._operation(correlation)
        self._journal.record(
            lambda view: (
                service_draft(adopted, operation.meta())
                for adopted in adopt_channels(view.service, names)
            )
        )

    def run(self, correlation: str) -> list[str]:
        """Deliver what is due, digests too; return what went wrong."""
        operation = self._operation(correlation)
        self._journal.record(lambda view: self._digests(view, operation))
        return [
            f"{outlet.name}: {trouble}"
            for outlet in self._outlets
            if self._is_awake(outlet) and (trouble := self._tell(outlet, operation))
        ]

    def _operation(self, correlation: str) -> Operation:
        return Operation("ebs", "service", self._clock(), correlation)

    def _digests(self, view: View, operation: Operation) -> Iterator[Draft]:
        for outlet in self._outlets:
            for due in due_digests(view.service, outlet.name, outlet.schedule, operation.now):
                yield service_draft(due, operation.meta())

    def _is_awake(self, outlet: Outlet[Any]) -> bool:
        rest = self._rests.get(outlet.name)
        return rest is None or is_due(rest.since, rest.span, self._clock())

    def _tell(self, outlet: Outlet[Any], operation: Operation) -> str:
        """Deliver what is due, and record it; return what went wrong."""
        told: list[Done] = []
        began = self._clock()
        try:
            for due in self._due(outlet):
                told.append(_delivered(outlet, due))
                if self._clock() - began >= PATIENCE:
                    break
            self._rests.pop(outlet.name, None)
            trouble = ""
        except Exception as error:  # noqa: BLE001 - whatever it is, rebuilds go on
            trouble = self._leave_alone(outlet, error)
        self._record(outlet, told, operation)
        return trouble

    def _due(self, outlet: Outlet[Any]) -> list[Due]:
        """Return the oldest notices that nobody was told; what makes none is not looked at again.

        They are made of one view of the log, whose transaction no mail server keeps open.
        """
        with self._journal.look() as view:
            channel = view.service.channels.get(outlet.name)
            if channel is None:
                return []
            after = max(channel.position - 1, self._looked.get(outlet.name, 0))
            due = list(islice(self._untold(view, outlet, channel, after), MOST))
            if not due:
                self._looked[outlet.name] = view.position
            return due

    def _untold(
        self, view: View, outlet: Outlet[Any], channel: Progress, after: int
    ) -> Iterator[Due]:
        for recorded in self._journal.since(after, *outlet.topics):
            if recorded.position > view.position:
                return
            for notice in outlet.compose(view.cursor, recorded):
                if not _was_told(channel, recorded.position, notice.kind):
                    yield Due(notice, recorded)

    def _record(self, outlet: Outlet[Any], told: Sequence[Done], operation: Operation) -> None:
        """Record what was delivered, but for what another worker recorded meanwhile."""

        def decide(view: View) -> Iterator[Draft]:
            channel = view.service.channels.get(outlet.name)
            for done in told:
                notice, cause = done.due
                if channel and not _was_told(channel, cause.position, notice.kind):
                    meta = operation.meta(causation=cause.envelope.id)
                    yield service_draft(_event(outlet, done), meta)

        if told:
            self._journal.record(decide)

    def _leave_alone(self, outlet: Outlet[Any], error: Exception) -> str:
        known = self._rests.get(outlet.name)
        span = min(2 * known.span, LONGEST_REST) if known else SHORTEST_REST
        self._rests[outlet.name] = Rest(span, self._clock())
        expected = isinstance(error, EbsError)
        _log.warning(
            "a channel does not take what it is to tell",
            channel=outlet.name,
            why=str(error),
            retry_in=span.total_seconds(),
            exc_info=None if expected else error,
        )
        return str(error) if expected else f"{type(error).__name__}: {error}"


def _delivered(outlet: Outlet[Any], due: Due) -> Done:
    """Deliver a notice; one that is refused for good must not hold back those behind it."""
    try:
        outlet.channel.deliver(due.notice, due.cause)
    except NoticeRefused as error:
        position, notice = due.cause.position, due.notice.kind
        why = str(error)
        _log.error("a notice was refused", channel=outlet.name, notice=notice, at=position, why=why)
        return Done(due, why)
    return Done(due)


def _event(outlet: Outlet[Any], done: Done) -> Told:
    about = (outlet.name, done.due.notice.kind, done.due.cause.position)
    return events.NoticeRefused(*about, done.refused) if done.refused else outlet.told(*about)


def _was_told(channel: Progress, position: int, kind: str) -> bool:
    """What lies before the last event told of was told, and of that one some of its notices."""
    return position < channel.position or (position == channel.position and kind in channel.notices)
