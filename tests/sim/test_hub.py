# SPDX-License-Identifier: GPL-3.0-or-later
"""With a hub: whatever the bus does, the same last build of every package, and nothing twice.

``EBS_TEST_EXAMPLES`` says on how many histories each bus is tried; given, they are new each time.
"""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from adapters.sandbox.hub import Mischief
from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from tests.fixtures.fix_store import Cluster
from tests.sim.branching import Deed, Hear, History, Move, Pass, Pause, Restart, histories
from tests.sim.told import Told

GIVEN = os.environ.get("EBS_TEST_EXAMPLES")
EXAMPLES = int(GIVEN or 4)
thoroughly = settings(
    max_examples=EXAMPLES,
    derandomize=GIVEN is None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

PERFECT = Mischief()
BUSES = {
    "late": Mischief(duplicate=0.2, phantom=0.3, reorder=4),
    "any-order": Mischief(duplicate=0.2, phantom=0.3, reorder=10_000),
    "half": Mischief(drop=0.5, duplicate=0.2, phantom=0.1, reorder=4),
    "silent": Mischief(drop=1.0),
}

FOUND = {
    # Koji's history of f42 was not read before f42 was the trigger; but a place is over all tags.
    "into-f42-first": History((), (Deed("build", "f42"), Deed("build"), Deed("tag", build=0))),
    # Nor that of f41, once it no longer was.
    "moved-at-once": History(
        (Deed("build"),), (Deed("build"), Deed("build"), Deed("copy all, old last"), Move())
    ),
    # A message told of f42 before it was the trigger: then only what was new was read of it.
    "f42-before-the-baseline": History(
        (Deed("build", "f42"), *[Deed("build", "f42", name="zsh", seconds=4000)] * 2),
        (Deed("build", "f42", name="zsh"), Hear(), Pass(), Move()),
        lost=True,
    ),
    # What a transaction moves that is open while the baseline is taken, or in the same instant, is
    # later than what that found, whatever time the baseline bears.
    "at-the-baseline": History((Deed("build"), Deed("build")), (Deed("bounce", seconds=0),)),
}
"""Histories that went wrong once, each in its shortest form."""

BRANCHING = History(
    (Deed("build"), Deed("build", name="zsh"), Deed("rebuilt", name="zsh")),
    (
        *(Deed("build"), Hear(), Pass(), Pause(on=True), Deed("build", name="zsh")),
        *(Deed("clone, old last"), Deed("build", "f42"), Hear(), Pass(), Move(), Pass()),
        *(Deed("copy all", held=True), Deed("untag", "f42"), Restart(), Hear(), Pass(4000)),
    ),
)
"""What happens when Fedora branches, paused from before until after it."""

each_bus = pytest.mark.parametrize("mischief", BUSES.values(), ids=BUSES)


@contextmanager
def told(
    cluster: Cluster, history: History, mischief: Mischief, seed: int = 0, *, socket: bool = False
) -> Iterator[Told]:
    """Give a service that lived through a history, on a database of its own."""
    with (
        closing(cluster.create(template=cluster.migrated)) as database,
        EventLog(database.conninfo, EVENTS) as log,
        Told(log, mischief, seed, socket=socket) as service,
    ):
        yield service.live(history)


def last(service: Told) -> dict[str, str]:
    """Return the source of each package's last build, where it is certain which that is.

    Along the way: it is the one that the hub's own history names, it is done, no source was built
    twice nor for a phantom, and nothing is left to be done.
    """
    oracle = service.oracle
    submitted = oracle.submitted()
    assert len(submitted) == len(set(submitted))
    assert set(submitted) <= oracle.ever_tagged()
    assert service.is_idle()
    found = {}
    for name, builds in service.upstream.items():
        newest = oracle.newest(builds)
        if newest is not None and oracle.stayed(builds):
            assert newest.source in oracle.done()
            found[name] = str(newest.source)
    return found


@pytest.mark.parametrize("history", FOUND.values(), ids=FOUND)
@pytest.mark.parametrize("mischief", [PERFECT, BUSES["silent"]], ids=["perfect", "silent"])
def test_found(cluster: Cluster, history: History, mischief: Mischief) -> None:
    """These are right now; nothing left the trigger tag, so that all are certain."""
    with told(cluster, history, mischief) as service:
        assert last(service).keys() == {name for name, b in service.upstream.items() if b}


@each_bus
def test_branching_over_http(cluster: Cluster, mischief: Mischief) -> None:
    """The same through the real client's socket, whatever the bus does."""
    with told(cluster, BRANCHING, mischief, socket=True) as service:
        assert last(service).keys() == {"bash", "zsh"}


@each_bus
@thoroughly
@given(history=histories(), seed=st.integers(0, 999))
def test_the_last_build(cluster: Cluster, mischief: Mischief, history: History, seed: int) -> None:
    """The same last build as with a perfect bus, whatever is lost, invented, late or told twice."""
    with told(cluster, history, PERFECT) as service:
        expected = last(service)
    with told(cluster, history, mischief, seed) as service:
        actual = last(service)
    both = expected.keys() & actual.keys()
    event(f"packages compared: {len(both)}")

    assert [actual[name] for name in both] == [expected[name] for name in both]
