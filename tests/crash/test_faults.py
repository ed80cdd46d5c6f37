# SPDX-License-Identifier: GPL-3.0-or-later
"""A hub that fails at the n-th request, for every n: always the same end as when nothing fails.

The requests are counted in a life that nobody disturbs. The suite tries every so manieth pair of a
fault and a request, ``EBS_TEST_EVERY=1`` all of them, which takes half an hour.
"""

import os
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from itertools import product
from operator import eq
from typing import Any, Final, Self

import pytest
from msgspec.structs import replace

from adapters.koji.client import KojiHub
from adapters.koji.options import HubOptions
from adapters.ports.koji import KojiError
from adapters.sandbox.hub import Mishap, Trouble
from adapters.sandbox.hub.trouble import Fate
from adapters.service.operation import new_id
from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from tests.crash.life import End, Life, Points
from tests.fixtures.fix_store import Cluster

EVERY: Final = int(os.environ.get("EBS_TEST_EVERY") or 97)

SLOW: Final = "slow"
FAULTS: Final = (*(mishap.value for mishap in Mishap), SLOW)
PATIENCE: Final = 0.3
"""Seconds for which the client waits for an answer where one is slow."""

TRIES: Final = 5
"""Passes in which what failed is made good."""

STORM: Final = 5
"""A storm befalls every so manieth request."""


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


class Troubled(Life):
    """A life with the real client over HTTP, which gives up at once unless it is ``patient``."""

    def __init__(self, log: EventLog, trouble: Faulty, *, patient: bool) -> None:
        super().__init__(log, Points())
        self.trouble = self.server.trouble = trouble
        self._faulty = trouble
        self._patient = patient

    def __enter__(self) -> Self:
        self.server.start()
        return super().__enter__()

    def options(self) -> HubOptions:
        """Patient, it tries for ten seconds."""
        retry_for = 10 if self._patient else 1e-6
        return replace(super().options(), timeout=PATIENCE, retry_for=retry_for)

    def wrapped(self, koji: KojiHub) -> Any:
        """Return the hub as the service sees it."""
        return koji

    def later(self, **span: float) -> None:
        """Let time go on."""
        self._faulty.wait()
        super().later(**span)

    def _pass(self) -> None:
        """Make a pass, and another where Koji did not answer: before anything else happens."""
        for _ in range(TRIES):
            self.later(minutes=6)
            self.server.hub.tick()
            if not self.app.work.run(new_id()).troubles:
                return

    def _surely(self, act: Callable[[], Any]) -> Any:
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


@pytest.fixture(scope="module")
def undisturbed(embedded_cluster: Cluster) -> tuple[End, int]:
    """A life without any fault."""
    return live(embedded_cluster, SLOW, lambda _: False)


def test_one_fault_at_any_request(
    embedded_cluster: Cluster, undisturbed: tuple[End, int], subtests: pytest.Subtests
) -> None:
    """Given up at once, a request that fails is made good by a later pass."""
    expected, requests = undisturbed
    pairs = list(product(range(1, requests + 1), FAULTS))
    for number, fault in pairs[::EVERY]:
        with subtests.test(fault=fault, number=number):
            end, _ = live(embedded_cluster, fault, partial(eq, number))
            assert expected.differences(end) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_storm(embedded_cluster: Cluster, undisturbed: tuple[End, int], fault: str) -> None:
    """The client repeats what it may, and what it may not is looked for."""
    end, _ = live(embedded_cluster, fault, lambda n: n % STORM == 0, patient=True)

    assert undisturbed[0].differences(end) == []
