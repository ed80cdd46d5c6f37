# SPDX-License-Identifier: GPL-3.0-or-later
"""Failures that were ELNBuildSync's: they count as if they were ours, and name no build."""

from domain.package import Package
from domain.package.events import FailureImported
from domain.package.observe import observe_failure
from domain.package.state import NO_BUILD
from tests.domain.given import (
    BASH,
    DAY,
    Fact,
    built,
    cleared,
    commit,
    ended,
    given,
    happened,
    moment,
    queue,
    rebuild,
    requested,
    retag,
    rules,
    skip,
    tagged,
)


def imported(build_id: int = 1, at: float = 5) -> Fact:
    """ELNBuildSync failed to build the source of a build."""
    return happened(BASH, FailureImported(commit(build_id), "row 7"), at)


FAILED = given(imported(), tagged(1, at=10))


def test_it_enters_the_ledger_without_a_build() -> None:
    """It is a failed attempt in the package's present generation, as old as it was there."""
    (attempt,) = given(rebuild(3, at=1), imported(at=5)).bash.ledger

    assert (attempt.build_id, attempt.source, attempt.mode) == (NO_BUILD, commit(1), "live")
    assert (attempt.generation, attempt.outcome, attempt.ended_at) == (3, "failed", moment(5))
    assert not attempt.handled


def test_a_source_that_failed_there_failed_before() -> None:
    """Row 8 holds for its source, whatever build it is of, and for no other."""
    told = FAILED.when().then(skip(1, "failed-before"))
    assert (told.basis(1).row, told.verdict(1).detail) == (8, "failed")

    given(imported(), tagged(2, at=10, source=commit(1))).when().then(skip(2, "failed-before"))
    given(imported(), tagged(2, at=10)).when().then(queue(2))


def test_a_build_whose_source_is_not_known_yet_is_no_match() -> None:
    """What names no build cannot be matched by one."""
    given(imported(), tagged(1, at=10, source=None)).when().then(queue(1))


def test_it_is_cleared_like_any_other() -> None:
    """Once cleared, the source is due, in the next round."""
    for log in (FAILED.and_then(cleared(commit(1))), FAILED.and_then(cleared())):
        told = log.when().then(queue(1))
        assert told.basis(1).round == 1
        log.decided().and_then(built(1), tagged(1, 20, "f42")).when(rules("f42")).then(
            retag(1, "already-built")
        )


def test_a_rebuild_is_a_new_chance() -> None:
    """It belongs to the generation in which it was imported."""
    FAILED.and_then(rebuild(1, at=20)).when().then(queue(1))


def test_force_passes_it() -> None:
    """A person may ask for it all the same."""
    FAILED.and_then(requested(1, 20)).when().then(skip(1, "failed-before"))
    FAILED.and_then(requested(1, 20, force=True)).when().then(queue(1))


def test_it_expires_by_its_age_there() -> None:
    """The expiry counts from when ELNBuildSync failed, not from the import."""
    FAILED.when(rules(failure_expiry=100, now=104)).then(skip(1, "failed-before"))
    FAILED.when(rules(failure_expiry=100, now=105)).then(queue(1))


def test_it_orders_nothing() -> None:
    """It has no place: a build before or after it is judged as if it were not there."""
    log = given(tagged(2, at=20), tagged(1, at=10)).decided().and_then(built(2), imported(at=30))
    log.when().then()
    log.and_then(tagged(1, 40, "f42"), tagged(3, 41, "f42")).when(rules("f42")).then(
        skip(1, "superseded"), queue(3)
    )


def test_other_modes_do_not_see_it() -> None:
    """ELNBuildSync built for real, so the ledger of a shadow has nothing of it."""
    FAILED.when(rules(mode="shadow")).then(queue(1))


def test_it_is_imported_once() -> None:
    """The same source again is no news, also after it was cleared or rebuilt; another is."""
    assert observe_failure(Package(BASH), commit(1), "row 7") == FailureImported(commit(1), "row 7")
    for log in (FAILED, FAILED.and_then(cleared()), FAILED.and_then(rebuild(1, DAY))):
        assert observe_failure(log.bash, commit(1), "row 7") is None
        assert observe_failure(log.bash, commit(2), "row 8") is not None


def test_a_failure_of_our_own_does_not_replace_it() -> None:
    """That we failed too is another failure: clearing clears both."""
    log = given(tagged(1, at=10)).decided().and_then(ended(1))
    assert observe_failure(log.bash, commit(1), "row 7") is not None
