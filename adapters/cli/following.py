# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wanted of the log: as it is, and as it goes on, whatever becomes of the database."""

from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from threading import Event
from typing import Final

from adapters.app import App
from adapters.cli.output import talk
from adapters.errors import DependencyDown
from adapters.store.log import EventLog
from domain.envelope import Recorded
from domain.errors import EbsError

EVERY: Final = 1.0
"""Seconds between two looks, at the most: a notification only makes us look sooner."""


@dataclass(frozen=True)
class Wanted:
    """Which events: of these streams, types, this actor; of all where none is named."""

    streams: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    actor: str | None = None

    def read(
        self, log: EventLog, after: int, upto: int, limit: int | None = None
    ) -> Generator[Recorded, None, None]:
        """Yield them, in the order of the log; to close it lets go of the reading transaction."""
        yield from log.read(
            after,
            upto=upto,
            topics=self.types,
            streams=self.streams,
            actor=self.actor,
            limit=limit,
        )


class Following:
    """Iterates over what is wanted behind a position, each event once and in order, until stopped.

    While the database does not answer it is waited for; an embedded one is started again.
    """

    def __init__(self, app: App, wanted: Wanted, after: int, stop: Event) -> None:
        self._app = app
        self._wanted = wanted
        self._after = after
        self._stop = stop
        self._away = False

    def __iter__(self) -> Iterator[Recorded]:
        while not self._stop.is_set():
            try:
                yield from self._news()
                self._app.log.wait(self._after, EVERY)
            except DependencyDown as error:
                self._wait(error)

    def _news(self) -> Iterator[Recorded]:
        head = self._app.log.head()
        if self._away:
            talk("the database answers again")
            self._away = False
        with closing(self._wanted.read(self._app.log, self._after, head)) as found:
            for recorded in found:
                self._after = recorded.position
                yield recorded
                if self._stop.is_set():
                    return
        self._after = max(self._after, head)

    def _wait(self, error: DependencyDown) -> None:
        if not self._away:
            talk(f"waiting for the database: {error.why}")
        self._away = True
        self._stop.wait(EVERY)
        with suppress(EbsError):
            self._app.revive()
