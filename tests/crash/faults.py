# SPDX-License-Identifier: GPL-3.0-or-later
"""The story with a hub that fails, asked by the real client over HTTP."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar

from msgspec.structs import replace

from adapters.bodhi.client import BodhiServer
from adapters.koji.options import HubOptions
from adapters.ports.koji import KojiError
from adapters.sandbox.hub import Mishap, Trouble
from adapters.sandbox.hub.trouble import Fate
from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from tests.crash.story import End, Story
from tests.fixtures.fix_store import Cluster

T = TypeVar("T")

SLOW: Final = "slow"
FAULTS: Final = (*(mishap.value for mishap in Mishap), SLOW)
PATIENCE: Final = 0.3
"""Seconds for which the client waits for an answer where one is slow."""

TRIES: Final = 5
"""Passes in which what failed is made good."""


class Faulty(Trouble):
    """Befalls those requests; a slow one is carried out when nobody waits for it any more."""

    def __init__(self, fault: str, befalls: Callable[[int], bool]) -> None:
        super().__init__()
        self._fault = fault
        self._befalls = befalls
        self._over = 0.0

    def of(self, method: str) -> Fate:
        """Count a request, and say what befalls it."""
        fate = super().of(method)
        if not self._befalls(len(self.seen)):
            return fate
        if self._fault != SLOW:
            return Fate(Mishap(self._fault), 0.0)
        self._over = time.monotonic() + 2 * PATIENCE
        return Fate(None, 1.5 * PATIENCE)

    def wait(self) -> None:
        """Let the slow request be carried out: minutes pass in the hub, and not here."""
        time.sleep(max(0.0, self._over - time.monotonic()))


class Troubled(Story):
    """A life with the real client over HTTP, which gives up at once unless it is ``patient``."""

    def __init__(self, log: EventLog, trouble: Faulty, *, patient: bool) -> None:
        super().__init__(log)
        self.trouble = self.server.trouble = self.bodhi.trouble = trouble
        self._faulty = trouble
        self._patient = patient

    def options(self) -> HubOptions:
        """Patient, it tries for ten seconds."""
        retry_for = 10 if self._patient else 1e-6
        return replace(super().options(), timeout=PATIENCE, retry_for=retry_for)

    def ask_bodhi(self) -> BodhiServer:
        """Bodhi's own client, as patient as that of Koji."""
        self.bodhi.start()
        login = self.bodhi.login(Path(self.folder.name))
        retry_for = 10 if self._patient else 1e-6
        return BodhiServer(self.bodhi.url, login=login, timeout=PATIENCE, retry_for=retry_for)

    def later(self, **span: float) -> None:
        """Let time go on."""
        self._faulty.wait()
        super().later(**span)

    def _pass(self) -> None:
        """Make a pass, and another where Koji did not answer: before anything else happens."""
        for _ in range(TRIES):
            self.later(minutes=6)
            self.server.hub.tick()
            if not self.work().troubles:
                return

    def _surely(self, act: Callable[[], T]) -> T:
        """Do it; a person to whom Koji did not answer does it once more."""
        try:
            return act()
        except KojiError:
            return act()


def live(
    cluster: Cluster, fault: str, befalls: Callable[[int], bool], *, patient: bool = False
) -> tuple[End, int]:
    """Live through it on a database of its own; return the end, and how much was asked."""
    trouble = Faulty(fault, befalls)
    with (
        closing(cluster.create(template=cluster.migrated)) as database,
        EventLog(database.conninfo, EVENTS) as log,
        Troubled(log, trouble, patient=patient) as life,
    ):
        return life.live(), len(trouble.seen)
