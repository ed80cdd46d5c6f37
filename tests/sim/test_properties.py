# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever way the news take, the same comes of it.

``EBS_TEST_EXAMPLES`` says on how many histories each rule is tried; given, they are new each time.
"""

import os
from collections.abc import Iterable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.package import Package
from domain.package.events import Built, Ended, Queued
from tests.sim.histories import NAME, History, Pass, Step, Trigger, Work, arrivals, histories
from tests.sim.memory import World

GIVEN = os.environ.get("EBS_TEST_EXAMPLES")
EXAMPLES = int(GIVEN or 300)
thoroughly = settings(
    max_examples=EXAMPLES,
    derandomize=GIVEN is None,
    suppress_health_check=[HealthCheck.too_slow],
)


def lived(history: History, steps: Iterable[Step]) -> World:
    """Return a service that lived through these steps, and knows the sources from the start."""
    return play([*history.sources, *steps])


def play(steps: Iterable[Step]) -> World:
    """Return a service that lived through these steps."""
    world = World([NAME])
    for step in steps:
        match step:
            case Pass():
                world.gate()
            case Trigger():
                world.trigger("f42")
            case Work():
                work(world, well=step.well)
            case fact:
                world.hear([fact])
    return world


def work(world: World, *, well: bool = True) -> None:
    """Rebuild everything queued."""
    for attempt in world.package(NAME).queued:
        world.finish(NAME, attempt, well=well)


def present(package: Package) -> list[int]:
    """Return the builds in the trigger tag."""
    return [i for i, b in package.builds.items() if "f42" in b.tags and b.tags["f42"].present]


def source(package: Package, build_id: int) -> str | int:
    """Return what a build is known by when it comes to doing nothing twice."""
    return package.builds[build_id].source or build_id


def newest(package: Package) -> str | int | None:
    """Return the source of the newest build in the trigger tag."""
    builds = present(package)
    last = max(builds, key=lambda b: package.place(b, "eln"), default=None)
    return None if last is None else source(package, last)


def last(package: Package) -> str | int | None:
    """Return the source that is, or will be, rebuilt last; the newest where it is done already."""
    waiting = {source(package, attempt.build_id) for attempt in package.queued}
    assert len(waiting) <= 1
    return waiting.pop() if waiting else newest(package)


def verdicts(world: World) -> list[tuple[str, int, str, str, str]]:
    """Return all verdicts on record, without when and on what they were taken."""
    return sorted(
        (r.envelope.originator_id, event.build_id, event.tag, event.topic, event.reason)
        for r in world.log
        if hasattr(event := r.envelope.event, "basis")
    )


@thoroughly
@given(st.data(), histories)
def test_order_is_all_the_same(data: st.DataObject, history: History) -> None:
    """Facts in any order, some twice, the gate run when all are in: the same verdicts."""
    expected = lived(history, history.in_order)
    actual = lived(history, data.draw(arrivals(history)))
    expected.gate()
    actual.gate()

    assert verdicts(actual) == verdicts(expected)


@thoroughly
@given(st.data(), histories)
def test_passes_in_between_change_no_last_build(data: st.DataObject, history: History) -> None:
    """The gate may run at any points in between: what is rebuilt last is the same."""
    expected = lived(history, history.in_order)
    actual = lived(history, data.draw(arrivals(history, passes=4)))
    expected.gate()
    actual.gate()

    assert last(actual.package(NAME)) == last(expected.package(NAME))


@thoroughly
@given(st.data(), histories)
def test_one_pass_is_enough(data: st.DataObject, history: History) -> None:
    """A second pass on the same facts finds nothing to decide, whatever was built meanwhile."""
    world = lived(history, data.draw(arrivals(history, passes=4, work=(True, False))))
    world.gate()

    assert [recorded.envelope.event for recorded in world.gate()] == []


@thoroughly
@given(st.data(), histories)
def test_every_tagging_has_one_verdict(data: st.DataObject, history: History) -> None:
    """Each build in the trigger tag has exactly one verdict in force, on its latest tagging."""
    world = lived(history, data.draw(arrivals(history, passes=4, work=(True, False))))
    world.gate()

    package = world.package(NAME)
    for presence in (package.builds[build_id].tags["f42"] for build_id in present(package)):
        assert presence.latest is not None
        assert [s.tagging for s in presence.standings] == [presence.latest.moment]


@thoroughly
@given(st.data(), histories)
def test_nothing_is_queued_twice(data: st.DataObject, history: History) -> None:
    """A source is queued again only if its turn ended before it was built: overtaken, or gone."""
    world = lived(history, data.draw(arrivals(history, passes=4, work=(True, False))))
    world.gate()
    package = world.package(NAME)
    taken: dict[str | int, int] = {}
    for recorded in world.log:
        match recorded.envelope.event:
            case Queued() as queued:
                known_by = source(package, queued.build_id)
                assert known_by not in taken
                taken[known_by] = queued.build_id
            case Ended(outcome="superseded" | "gone") as ended:
                del taken[source(package, ended.build_id)]
            case _:
                pass


@thoroughly
@given(st.data(), histories)
def test_the_newest_is_built(data: st.DataObject, history: History) -> None:
    """When all is worked off, the newest source is in ELN, unless what was built left the tag."""
    world = lived(history, data.draw(arrivals(history, passes=4, work=(True,))))
    world.gate()
    work(world)
    package = world.package(NAME)
    builds = {r.envelope.event.build_id for r in world.log if isinstance(r.envelope.event, Built)}
    if present(package) and builds <= set(present(package)):
        done = {seen.source for seen in package.destinations}

        assert newest(package) in done | {source(package, build_id) for build_id in builds}


@thoroughly
@given(st.data(), histories)
def test_old_news_are_no_news(data: st.DataObject, history: History) -> None:
    """Told everything once more, the log stays as it is."""
    world = lived(history, data.draw(arrivals(history, passes=4)))
    world.gate()
    before = len(world.log)
    world.hear([*history.facts, *reversed(history.facts)])
    world.gate()

    assert len(world.log) == before
