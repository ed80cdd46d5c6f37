# SPDX-License-Identifier: GPL-3.0-or-later
"""The incident, with pause, trigger change and re-tag in every order, and without a pause."""

from collections.abc import Iterable
from itertools import permutations

import pytest

from adapters.bus import messages
from adapters.sandbox.scenario import BASELINE, EXCLUDE, Scenario
from adapters.service import baseline
from domain.package.observe import Tagging
from domain.values import Moment
from tests.sim.memory import Baseline, World
from tests.sim.sample import names, scenario

ORDERS = [*permutations(["pause", "trigger", "re-tag"]), *permutations(["trigger", "re-tag"])]


@pytest.fixture(scope="module")
def told() -> Scenario:
    """The incident on a sample."""
    return scenario()


def taggings(lines: Iterable[bytes]) -> list[Tagging]:
    """Return what messages of watched tags tell."""
    seen = (messages.read(line).tagging for line in lines)
    return [tagging for tagging in seen if tagging and tagging.tag in ("f41", "f42")]


def play(told: Scenario, order: Iterable[str]) -> World:
    """Let it happen in this order, with a pass of the gate after each step."""
    world = World(names(), exclude=EXCLUDE)
    rows = baseline.read(told.baseline, "baseline").rows
    world.hear([Baseline(rows, Moment(BASELINE))])
    world.gate()
    world.hear(taggings(told.ordinary))
    world.gate()
    for step in order:
        happen(world, step, told)
        world.gate()
    world.hear(taggings(told.branched))
    world.paused = False
    world.gate()
    return world


def happen(world: World, step: str, told: Scenario) -> None:
    """Let one of the three things happen."""
    if step == "pause":
        world.paused = True
    elif step == "trigger":
        world.trigger("f42")
    else:
        world.hear(taggings(told.paused))
        world.gate()
        world.hear(taggings(told.retag))


def waiting(world: World) -> set[tuple[str, int]]:
    """Return what is to be rebuilt."""
    return {(p.name, a.build_id) for p in world.packages.values() for a in p.queued}


@pytest.mark.parametrize("order", ORDERS, ids=" ".join)
def test_every_order_ends_alike(told: Scenario, order: tuple[str, ...]) -> None:
    """In whatever order these happen, each package's last build is the one that is due."""
    changed = {package for package, _ in told.due}
    kept = {key for key in told.due_before if key[0] not in changed | told.dropped}

    assert waiting(play(told, order)) == told.due | kept


def test_only_what_is_due_is_queued(told: Scenario) -> None:
    """As it happened in 2024, nothing else was ever queued, and nothing twice."""
    world = play(told, ["pause", "re-tag", "trigger"])
    queued = [
        (r.envelope.originator_id.removeprefix("package:"), r.envelope.event.build_id)
        for r in world.log
        if r.envelope.event.topic == "queued"
    ]

    assert sorted(queued) == sorted(told.due | told.due_before)
