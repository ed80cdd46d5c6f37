# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of a build: what led to what became of it, and nothing of other builds."""

from domain.envelope import Recorded
from domain.package.events import BuildStarted
from projections import chain
from tests.domain.given import (
    Given,
    built,
    cleared,
    commit,
    ended,
    given,
    happened,
    in_destination,
    rebuild,
    tagged,
)


def positions(log: Given, build_id: int, *evidence: int) -> list[int]:
    """Where the chain of a build is in a log."""
    events: dict[int, Recorded] = {recorded.position: recorded for recorded in log.log}
    return [r.position for r in chain.of_package(events, build_id, evidence)]


def test_what_is_about_the_build_is_in_its_chain() -> None:
    """And nothing that is about another."""
    log = given(tagged(1, 10), tagged(2, 20)).decided().and_then(built(2), tagged(1, 30, "f42"))
    told = {r.position for r in log.log if r.envelope.event.build_id == 1}
    assert told < {*range(1, len(log.log) + 1)}
    # The verdict on the first rests on the tagging of the second.
    assert positions(log, 1) == sorted(told | {2})


def test_what_its_verdicts_rest_on_is_in_the_chain() -> None:
    """The attempt at another build of the same source, and how that ended."""
    log = given(tagged(1, 10)).decided().and_then(ended(1), tagged(2, 20, source=commit(1)))
    assert positions(log.decided(), 2)[:3] == [2, 3, 4]


def test_what_a_verdict_to_come_rests_on_is_in_the_chain() -> None:
    """It is named by who foresees the verdict."""
    log = given(tagged(1, 10), in_destination(commit(1)))
    assert positions(log, 1) == [1]
    assert positions(log, 1, 2) == [1, 2]


def test_what_people_asked_for_the_whole_package_is_in_the_chain() -> None:
    """A rebuild, and failures cleared: they may have made the build due again."""
    log = given(tagged(1, 10), rebuild(1, 20), cleared(), tagged(2, 30))
    assert positions(log, 1) == [1, 2, 3]


def test_each_batch_that_took_a_build_over_is_named_once() -> None:
    """In their order, and none that took another."""
    starts = [BuildStarted(build, "live", 0, batch) for build, batch in ((1, 7), (2, 8), (1, 9))]
    log = given(*(happened("bash", start) for start in [*starts, starts[0]]))
    assert chain.batches_of(log.log, 1) == [7, 9]
