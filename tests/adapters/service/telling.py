# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody to be told of pauses, and the use case that tells; each can fail or die."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from psycopg import Cursor

from adapters.errors import DependencyDown
from adapters.ports.notices import Outlet
from adapters.service.journal import Journal
from adapters.service.notifications import Notifications
from domain.envelope import Recorded
from domain.service.channels import Schedule
from domain.service.events import MessagePublished, Notified, Paused
from projections.notices import Letter
from tests.adapters.service.given import World
from tests.domain.service.given import said

DAY = timedelta(days=1)
TOPICS = ("paused", "digest-due")


def compose(_: Cursor[Any], recorded: Recorded) -> Iterator[Letter]:
    """A pause makes two letters, one for a reason of 'nothing' none, a digest one."""
    event = recorded.envelope.event
    if isinstance(event, Paused) and event.reason != "nothing":
        yield Letter("paused", event.reason, "")
        yield Letter("warned", event.reason, "")
    elif not isinstance(event, Paused):
        yield Letter(f"{event.period}-digest", f"{event.until:%A %H}", "")


class Killed(BaseException):
    """The end of the process."""


class Box:
    """A channel that keeps what it took over, and fails or dies when it is told to."""

    def __init__(self, clock: Any = None, seconds: float = 0) -> None:
        self.taken: list[tuple[str, str, str]] = []
        self.faults: list[BaseException] = []
        self.lost: list[BaseException] = []
        self.down = False
        self.tries = 0
        self._clock, self._seconds = clock, timedelta(seconds=seconds)

    def deliver(self, notice: Letter, cause: Recorded) -> None:
        """Take a notice over, or do not; what is lost is taken over and not confirmed."""
        self.tries += 1
        if self._clock:
            self._clock.at(self._clock() + self._seconds)
        if self.down:
            raise DependencyDown("the box is closed")
        if self.faults:
            raise self.faults.pop()
        self.taken.append((cause.envelope.id, notice.kind, notice.subject))
        if self.lost:
            raise self.lost.pop()

    def check(self) -> str:
        """It is always there."""
        return "a box"

    @property
    def subjects(self) -> list[str]:
        """What it took over, of each pause the first letter."""
        return [subject for _, kind, subject in self.taken if kind != "warned"]


def outlet(box: Box, name: str = "mail", *periods: Any) -> Outlet[Letter]:
    """Return the way out into a box."""
    told = Notified if name == "mail" else MessagePublished
    return Outlet(name, TOPICS, compose, box, told, Schedule(periods))


def pauses(world: World, *reasons: str) -> None:
    """Let a person pause, and pause anew."""
    world.hear(*(said(Paused(reason)) for reason in reasons))


class Teller:
    """The use case on a world's log, started anew as often as one likes."""

    def __init__(self, world: World, *outlets: Outlet[Letter]) -> None:
        self.world = world
        self.outlets = outlets
        self.start()

    def start(self) -> None:
        """Start it, as after a kill."""
        journal = Journal(self.world.log)
        self.notifications = Notifications(journal, self.world.clock, self.outlets)
        self.notifications.adopt("a start")

    def run(self, times: int = 1) -> list[str]:
        """Run it some times; return what went wrong in the last."""
        for _ in range(times):
            troubles = self.notifications.run("a run")
        return troubles

    def later(self, span: timedelta) -> None:
        """Let time go on."""
        self.world.at(self.world.clock() + span)
