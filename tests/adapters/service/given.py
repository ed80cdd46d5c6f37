# SPDX-License-Identifier: GPL-3.0-or-later
"""The service on a database of the test's own; its configuration and its clock are in memory."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from adapters.app import Outside as Around
from adapters.app import assemble
from adapters.config.static import Config
from adapters.sandbox.hub import VirtualClock
from adapters.sandbox.stage import Clock
from adapters.service.journal import Journal
from adapters.service.operation import Operation
from adapters.service.outlook import Outlook
from adapters.store.log import EventLog
from domain.envelope import Envelope, Recorded
from domain.package import Package
from domain.policy import GuardLimits, Override, PackageList, Policy, Settings
from domain.service import Service
from domain.service.decide import Offered
from domain.service.events import Baselined
from tests.domain.given import BASH, DAY, Fact, time
from tests.domain.service.given import said
from tests.projections.writing import record

NOTHING_PASSES = GuardLimits(max_builds=0, max_builds_after_change=0)


class Outside:
    """What people configured; ``once``: only the next who asks is offered it."""

    def __init__(self) -> None:
        self.policy = Policy("f41", overrides={"ipa": Override("freeipa")})
        self.packages = PackageList({BASH: "eln", "gcc": "eln", "zsh": "eln"})
        self.guard = GuardLimits()
        self.lull = 0
        self.expiry = 0
        self.once = False
        self._asked = 0

    def offered(self) -> Offered:
        """Return it as settings, policy and package list."""
        self._asked += self.once
        settings = Settings(lull=self.lull, guard=self.guard, failure_expiry=self.expiry)
        if self._asked > 1:
            return Offered(settings)
        return Offered(settings, self.policy, self.packages, "memory")


class Interrupted:
    """A log to which somebody else appends just before the first append that is tried."""

    def __init__(self, log: EventLog, foreign: Sequence[Fact]) -> None:
        self._log = log
        self._foreign = foreign

    def append(self, envelopes: Sequence[Envelope], **options: Any) -> list[Recorded]:
        """Append, the first time after somebody else did."""
        foreign, self._foreign = self._foreign, ()
        record(Journal(self._log), foreign)
        return self._log.append(envelopes, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


class World:
    """The service, what happens to it, and what it has on record."""

    def __init__(self, log: EventLog | Interrupted, outside: Outside | None = None) -> None:
        self.clock = Clock(VirtualClock(time(DAY).timestamp()))
        self.outside = outside or Outside()
        config = Config.model_construct(state_dir=Path())
        self.log = cast("EventLog", log)
        self.app = assemble(self.log, config, self.clock, Around(self.outside))
        self.app.journal.catch_up()

    # --- what happens --------------------------------------------------------------------------

    def start(self) -> "World":
        """Adopt the configuration and take an empty baseline."""
        self.app.gate.adopt(self.by())
        self.hear(said(Baselined(time(0), {}, "digest", 0)))
        return self

    def hear(self, *facts: Fact) -> None:
        """Record facts."""
        record(self.app.journal, facts)

    def passes(self, count: int = 1) -> Outlook:
        """Let the gate make passes; return what the last one saw."""
        for _ in range(count - 1):
            self.app.gate.run()
        return self.app.gate.run()

    def at(self, now: datetime) -> None:
        """Let time go on."""
        self.clock.at(now)

    def by(self, actor: str = "ada") -> Operation:
        """Return an operation of a person, now."""
        return Operation(actor, "person", self.clock())

    def interrupted(self, *foreign: Fact) -> "World":
        """Return the same service, in whose way somebody else is once."""
        return World(Interrupted(self.log, foreign), self.outside)

    # --- what is on record ---------------------------------------------------------------------

    def package(self, name: str = BASH) -> Package:
        """Return a package."""
        with self.app.journal.look() as view:
            return view.package(name)

    def queued(self, name: str = BASH) -> list[int]:
        """Return which builds of a package wait to be built."""
        return [attempt.build_id for attempt in self.package(name).queued]

    @property
    def service(self) -> Service:
        """The service's own state."""
        with self.app.journal.look() as view:
            return view.service

    def events(self, *topics: str) -> list[Any]:
        """Return the events of these topics."""
        return [recorded.envelope.event for recorded in self.log.read(topics=topics)]
