# SPDX-License-Identifier: GPL-3.0-or-later
"""What may befall a request, and how to have it befall each of a run, one after another."""

import os
from collections.abc import Callable

import pytest

from adapters.koji.client import KojiHub
from adapters.sandbox.hub import Mishap
from tests.adapters.koji.given import Site, answered_before, confuse, forget, refusing_at

Fault = Callable[[Site, int, pytest.MonkeyPatch], None]


def mishap(kind: Mishap) -> Fault:
    """What the simulated hub does to a request by itself."""
    return lambda site, number, _: site.troubles.at.update({number: kind})


def before(befall: Callable[[Site], None]) -> Fault:
    """What happened in the hub before it looks at a request."""
    return lambda site, number, _: site.troubles.before.update({number: befall})


def slow(site: Site, number: int, _: pytest.MonkeyPatch) -> None:
    """The answer comes too late."""
    site.troubles.slow[number] = 0.5


FAULTS: dict[str, Fault] = {
    "request-lost": mishap(Mishap.LOST_BEFORE),
    "reply-lost": mishap(Mishap.LOST_AFTER),
    "refused": refusing_at,
    "offline": mishap(Mishap.OFFLINE),
    "gateway": mishap(Mishap.BROKEN),
    "expired": mishap(Mishap.EXPIRED),
    "sequence": before(confuse),
    "closed-session": before(forget),
    "retry-error": before(answered_before),
    "slow": slow,
}
NOT_BEGUN = {"refused", "offline", "expired", "sequence", "closed-session"}
"""After these it is certain that a write was not begun."""

MANY = 12
"""Requests of which the suite tries only some."""

each_fault = pytest.mark.parametrize("fault", FAULTS)


def runs(fault: str, monkeypatch: pytest.MonkeyPatch, run: Callable[[Site, KojiHub], None]) -> int:
    """Run with the fault at one request after another; return how many requests there are.

    They are counted in a run that nothing befalls. Of many the suite tries every third, each fault
    others; with EBS_TEST_EVERY=1 it tries all.
    """
    asked = _run_with(None, 0, monkeypatch, run)
    step = int(os.environ.get("EBS_TEST_EVERY") or (3 if asked > MANY else 1))
    for number in range(1 + list(FAULTS).index(fault) % step, asked + 1, step):
        _run_with(fault, number, monkeypatch, run)
    return asked


def _run_with(
    fault: str | None,
    number: int,
    monkeypatch: pytest.MonkeyPatch,
    run: Callable[[Site, KojiHub], None],
) -> int:
    """Run with a fault at one request, or none; return how many there were."""
    with Site() as site, monkeypatch.context() as patch:
        if fault is not None:
            FAULTS[fault](site, number, patch)
        koji = site.koji(timeout=0.3 if fault == "slow" else 5)
        run(site, koji)
        asked = len(site.troubles.seen)
        koji.close()
    return asked
