# SPDX-License-Identifier: GPL-3.0-or-later
"""In any order of delivery, whenever the gate runs: the same last build of each package."""

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.package.events import Tagged, Untagged
from tests.domain.given import (
    BASH,
    Decided,
    Fact,
    Given,
    commit,
    decided_of,
    given,
    identified,
    rules,
    tagged,
    untagged,
)

F42 = rules("f42")


ACTS = st.tuples(
    st.sampled_from([tagged, tagged, untagged]),
    st.integers(min_value=1, max_value=3),
    st.sampled_from(["f42", "f42", "f41"]),
)


def dated(acts: list[Any]) -> list[Fact]:
    """Return what was done, one thing every ten seconds."""
    return [act(build_id, 10 * n, tag) for n, (act, build_id, tag) in enumerate(acts, start=1)]


HISTORIES = st.lists(ACTS, min_size=1, max_size=8).map(dated)
"""What Koji did to some builds of bash."""

DELIVERED = HISTORIES.flatmap(lambda facts: st.just(facts) | st.permutations(facts))
"""The same in the order of Koji, or in any other."""


def verdicts(log: Given) -> list[Decided]:
    """Return what one pass says, apart from what it was computed at."""
    told = log.when(F42).events
    return sorted(map(decided_of, told))


def newest(log: Given) -> int | None:
    """Return the build of the latest place in the trigger tag."""
    package = log.packages[BASH]
    present = [
        i
        for i, build in package.builds.items()
        if "f42" in build.tags and build.tags["f42"].present
    ]
    return max(present, key=lambda i: package.place(i, "eln"), default=None)


def alone(fact: Fact) -> list[Fact]:
    """Return what is recorded of a fact by itself."""
    return [fact]


def delivered(
    facts: Sequence[Fact],
    passes: Sequence[bool],
    with_it: Callable[[Fact], list[Fact]] = alone,
) -> Given:
    """Deliver facts, with a pass of the gate after some of them and one at the end."""
    log = given()
    for fact, is_asked in zip(facts, passes, strict=False):
        log = log.and_then(*with_it(fact))
        if is_asked:
            log = log.decided(F42)
    return log.decided(F42)


@drawn(HISTORIES, st.data())
def test_facts_in_any_order_give_the_same_verdicts(facts: list[Fact], data: st.DataObject) -> None:
    """Once all facts are in, their order of arrival shows in no verdict."""
    assert verdicts(given(*facts)) == verdicts(given(*data.draw(st.permutations(facts))))


@drawn(DELIVERED, st.lists(st.booleans(), min_size=8, max_size=8))
@settings(max_examples=500)
def test_passes_in_between_change_no_last_build(facts: list[Fact], passes: list[bool]) -> None:
    """However often the gate ran meanwhile, after its last pass what is queued is the newest."""
    log = delivered(facts, passes)
    last = newest(log)
    assert [a.build_id for a in log.bash.queued] == ([] if last is None else [last])


@drawn(DELIVERED, st.lists(st.booleans(), min_size=8, max_size=8))
@settings(max_examples=500)
def test_one_pass_is_enough(facts: list[Fact], passes: list[bool]) -> None:
    """A pass leaves nothing for the next: without news a second one says nothing."""
    delivered(facts, passes).when(F42).then_nothing()


def with_source(fact: Fact) -> list[Fact]:
    """Return a fact with what Koji says: builds 1 and 2 are of one commit, build 3 is of none."""
    assert isinstance(fact.event, Tagged | Untagged)
    source = None if fact.event.build_id == 3 else commit(1)
    named = identified(fact.event.build_id, source)
    if isinstance(fact.event, Untagged):
        return [fact, named]
    return [fact._replace(event=replace(fact.event, source=source)), named]


@drawn(DELIVERED, st.lists(st.booleans(), min_size=8, max_size=8))
@settings(max_examples=500)
def test_passes_in_between_change_no_last_source(facts: list[Fact], passes: list[bool]) -> None:
    """Where builds share a commit or have none, the same commit is queued at last, or none is."""
    often = delivered(facts, passes, with_source)
    once = delivered(facts, [False] * len(facts), with_source)
    assert sources(often) == sources(once)
    often.when(F42).then_nothing()


def sources(log: Given) -> list[str | None]:
    """Return the sources that are queued."""
    return [attempt.source for attempt in log.bash.queued]
