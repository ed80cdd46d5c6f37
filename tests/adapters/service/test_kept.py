# SPDX-License-Identifier: GPL-3.0-or-later
"""The kept board: whatever happened, it is the one that would be judged from nothing."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn

from adapters.service import kept
from adapters.store.log import EventLog
from domain.policy import Policy
from projections.recent import packages_between
from tests.adapters.service.given import NOTHING_PASSES, World
from tests.domain.given import DAY, Fact, ended, in_destination, tagged
from tests.domain.histories import FACTS


@pytest.fixture
def world(log: EventLog) -> World:
    """The service, configured; bash, gcc, zsh and ipa are targets."""
    return World(log).start()


def same(world: World) -> None:
    """Compare the two."""
    with world.app.journal.look() as view:
        found = world.app.overviews.overview(view)
    whole = world.app.overviews.board()
    assert found.position == whole.position
    assert tuple(found.lines[line.package] for line in whole.lines) == whole.lines
    assert len(found.lines) == len(whole.lines)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@drawn(fact=FACTS)
def test_whatever_happens_it_is_as_if_judged_anew(world: World, fact: Fact) -> None:
    """After every fact, one after the other, and after every pass of the gate."""
    world.hear(fact)
    same(world)
    world.passes()
    same(world)


def test_a_package_has_two_names(world: World) -> None:
    """What is heard of the one downstream changes the line of the one upstream."""
    world.hear(tagged(1, 10, package="freeipa"))
    same(world)
    with world.app.journal.look() as view:
        source = view.package("freeipa").builds[1].source
    world.hear(in_destination(str(source), 20, package="ipa"))
    same(world)


def test_what_is_configured_changes_it(world: World) -> None:
    """The policy, the list, the guard and what it holds."""
    world.hear(tagged(1, 10))
    same(world)
    world.outside.guard = NOTHING_PASSES
    world.passes()
    same(world)
    world.outside.policy = Policy("f41", exclude=("^b",))
    world.passes()
    same(world)
    world.outside.policy = Policy("f42")
    world.passes()
    same(world)


def test_time_alone_changes_it(world: World) -> None:
    """A failure expires, though nothing is heard."""
    world.outside.expiry = 3600
    world.hear(tagged(1, 10))
    world.passes()
    world.hear(ended(1, "failed", at=DAY))
    world.passes()
    same(world)
    world.at(world.clock() + timedelta(days=1))
    same(world)
    with world.app.journal.look() as view:
        assert world.app.overviews.overview(view).lines["bash"].state == "waiting"


def test_only_what_was_heard_of_is_judged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cost is that of what has changed; nothing has, and nothing is judged."""
    world.hear(tagged(1, 10))
    same(world)
    judged: list[str] = []

    def noted(*asked: object) -> set[str]:
        found = packages_between(*asked)  # type: ignore[arg-type]  # as it was called
        judged.extend(found)
        return found

    monkeypatch.setattr(kept, "packages_between", noted)
    same(world)
    world.hear(tagged(2, 10, package="gcc"))
    same(world)
    same(world)
    assert judged == ["gcc"]
