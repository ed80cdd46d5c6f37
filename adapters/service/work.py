# SPDX-License-Identifier: GPL-3.0-or-later
"""One pass of the worker: what arrived becomes facts, which Koji confirms; the gate decides, and
what is queued is taken to Koji.

A hub that does not answer stops nothing but what needs its answer: the next pass asks again.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog
from msgspec import Struct

from adapters.ports import Clock
from adapters.ports.koji import KojiError
from adapters.service.builds import Builds
from adapters.service.catchup import CatchUp
from adapters.service.facts import Facts
from adapters.service.gate import Gate
from adapters.service.identify import Identification
from adapters.service.intervals import is_due
from adapters.service.journal import Journal
from adapters.service.operation import Operation
from adapters.service.orphans import Orphans
from adapters.service.outlook import Outlook
from adapters.service.watch import Watch
from adapters.tracing import span
from domain.service import Service
from domain.values import Via
from projections.recent import topics_between

CONFIRM_EVERY: Final = timedelta(seconds=30)
"""A storm of messages is confirmed in bulk, not one by one: the lull is longer than this."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Hub:
    """What is done with a hub; ``catch_up_every``: between two readings of its whole history."""

    catch_up: CatchUp
    identification: Identification
    builds: Builds
    orphans: Orphans
    catch_up_every: timedelta


class Pass(Struct, frozen=True):
    """What one pass did, up to ``position``: messages by outcome, events by topic, what it saw.

    ``troubles``: what could not be done, for Koji did not do it.
    """

    facts: Counter[str]
    recorded: dict[str, int]
    outlook: Outlook
    position: int
    troubles: tuple[str, ...] = ()


class Work:
    """Makes passes."""

    def __init__(
        self,
        journal: Journal,
        facts: Facts,
        gate: Gate,
        clock: Clock,
        hub: Hub | None,
        *,
        watch: Watch | None = None,
    ) -> None:
        self._journal = journal
        self._facts = facts
        self._gate = gate
        self._clock = clock
        self._hub = hub
        self._watch = watch
        self._caught_up: datetime | None = None
        self._confirmed: datetime | None = None
        self._trigger: str | None = None
        self._troubles: list[str] = []

    def run(self, correlation: str) -> Pass:
        """Make one pass, whose events bear the correlation."""
        self._troubles = []
        with self._journal.look() as view:
            before = view.position
        offered = self._gate.offered()
        service = self._gate.prepare(correlation, offered)
        facts = self._facts.drain()
        if self._watch is not None:
            self._watch.look(Operation("ebs", "service", self._clock(), correlation))
        self._ask("catch-up", partial(self._catch_up, service), correlation)
        outlook = self._gate.run(correlation, offered)
        if outlook.unknown and self._ask("identification", self._identify(outlook), correlation):
            outlook = self._gate.run(correlation, offered)
        self._ask("builds", self._build, correlation)
        with self._journal.look() as view:
            recorded, position = topics_between(view.cursor, before, view.position), view.position
        counts = Counter({str(outcome): count for outcome, count in facts.items()})
        return Pass(counts, recorded, outlook, position, tuple(self._troubles))

    def _ask(self, what: str, act: Callable[[Hub, Operation], object], correlation: str) -> bool:
        """Do what needs the hub, until it once does not answer; whether it could be done."""
        if self._hub is None or self._troubles:
            return False
        via: Via = "catch-up" if what == "catch-up" else "service"
        try:
            with span(what):
                act(self._hub, Operation("ebs", via, self._clock(), correlation))
        except KojiError as error:
            self._troubles.append(f"{what}: {error}")
            _log.warning("Koji is needed, and does not do it", what=what, why=str(error))
            return False
        return True

    def _catch_up(self, service: Service, hub: Hub, operation: Operation) -> None:
        """Read all tags at the start, at intervals, and when another is the trigger tag.

        In between only those that messages told something of.
        """
        trigger = service.configured.trigger_tag
        if trigger != self._trigger or self._is_due(self._caught_up, hub.catch_up_every):
            hub.catch_up.run(operation)
            self._caught_up = self._confirmed = self._clock()
            self._trigger = trigger
        elif self._is_due(self._confirmed, CONFIRM_EVERY):
            hub.catch_up.confirm(operation)
            self._confirmed = self._clock()

    @staticmethod
    def _identify(outlook: Outlook) -> Callable[[Hub, Operation], object]:
        return lambda hub, operation: hub.identification.run(outlook.unknown, operation)

    @staticmethod
    def _build(hub: Hub, operation: Operation) -> None:
        hub.builds.step(operation)

    def _is_due(self, last: datetime | None, every: timedelta) -> bool:
        return is_due(last, every, self._clock())
