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
from tests.sim.branching import Commit, Deed, Hear, History, Move, Pass, Pause, histories
from tests.sim.told import Told

GIVEN = os.environ.get("EBS_TEST_EXAMPLES")
EXAMPLES = int(GIVEN or 6)
thoroughly = settings(
    max_examples=EXAMPLES,
    deadline=None,
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
