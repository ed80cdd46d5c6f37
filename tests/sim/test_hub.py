# SPDX-License-Identifier: GPL-3.0-or-later
"""x."""
import time
from collections import Counter
from contextlib import closing
import pytest
from hypothesis import HealthCheck, given, settings, event, strategies as st
from adapters.sandbox.hub import Mischief
from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from tests.fixtures.fix_store import Cluster
from tests.sim.branching import NAMES, History, histories
from tests.sim.told import Told
import os
N=int(os.environ.get("EBS_TEST_EXAMPLES") or 8)
spent=Counter()

BUSES = {
    "perfect": Mischief(),
    "mischievous": Mischief(duplicate=0.2, phantom=0.3, reorder=1000),
    "somewhat": Mischief(duplicate=0.2, phantom=0.3, reorder=3),
    "half": Mischief(drop=0.5, reorder=3, phantom=.1),
    "silent": Mischief(drop=1.0),
}

@pytest.mark.parametrize("bus", BUSES)
@settings(max_examples=N, deadline=None, derandomize="EBS_TEST_EXAMPLES" not in os.environ, suppress_health_check=list(HealthCheck), print_blob=False)
@given(history=histories, seed=st.integers(0, 99))
def test_last(cluster: Cluster, bus: str, history: History, seed: int) -> None:
    m = BUSES[bus]
    t=time.perf_counter()
    with closing(cluster.create(template=cluster.migrated)) as database, EventLog(database.conninfo, EVENTS) as log:
        spent['create']+=time.perf_counter()-t
        with Told(log, Mischief(m.drop, m.duplicate, m.phantom, m.reorder), seed) as told:
            told.live(history)
            t2=time.perf_counter()
            spent['live']+=t2-t
            check(told)
            spent['check']+=time.perf_counter()-t2

def check(told):
    sources = told.built_sources()
    assert len(set(sources)) == len(sources)
    assert set(sources) <= told.ever_tagged()
    with told.app.journal.look() as view:
        assert view.batch is None
        for p in view.everything().values():
            assert not p.hints, p.hints
            assert not p.queued
    for name in NAMES:
        newest = told.newest(name)
        if newest is None: event("none"); continue
        if not told.stayed(name): event("left"); continue
        event("counts")
        assert newest.source in told.done(name), (name, newest, told.done(name))


def test_spent():
    print(spent)
