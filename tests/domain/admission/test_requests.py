# SPDX-License-Identifier: GPL-3.0-or-later
"""What people ask and the table: a request, a forced one, and a rebuild of everything."""

import pytest

from domain.admission.judge import newest_in_tag
from domain.admission.rules import Rules
from tests.domain.admission.given import EXCLUDED, F42, UNTARGETED, built_in_f41, failed_in_f41
from tests.domain.given import (
    Given,
    built,
    commit,
    given,
    identified,
    in_destination,
    queue,
    rebuild,
    requested,
    retag,
    rules,
    skip,
    tagged,
    untagged,
)


def newest(log: Given) -> int:
    """Return the build that a person asks for."""
    build_id = newest_in_tag(log.bash, rules())
    assert build_id is not None
    return build_id


@pytest.mark.parametrize(
    "log",
    [
        pytest.param(built_in_f41(), id="4"),
        pytest.param(built_in_f41(tagged(2, at=50, source=commit(1))), id="5"),
        pytest.param(given(in_destination(commit(1)), tagged(1, at=10)), id="6"),
        pytest.param(
            given(tagged(2, at=20)).decided().and_then(built(2), untagged(2, 30), tagged(1, at=10)),
            id="7",
        ),
        pytest.param(failed_in_f41(), id="8"),
    ],
)
def test_force_passes_rows_4_to_8(log: Given) -> None:
    """A forced request queues what 4 to 8 would skip, and is named in the verdict."""
    told = log.decided().and_then(requested(newest(log), force=True)).when()
    forced = [e for _, e in told.events if e.topic == "queued"]
    assert [e.basis.forced for e in forced] == [True]
    assert forced[0].basis.request is not None


@pytest.mark.parametrize(
    ("log", "in_force", "reason"),
    [
        (given(tagged(1, at=10)), UNTARGETED, "not-targeted"),
        (given(tagged(1, at=10)), EXCLUDED, "excluded"),
        (given(tagged(1, at=10, source=None), identified(1, None)), rules(), "no-source"),
    ],
)
def test_force_does_not_pass_rows_1_to_3(log: Given, in_force: Rules, reason: str) -> None:
    """No force builds what is no target, excluded, or nothing to build."""
    log.and_then(requested(force=True)).when(in_force).then(skip(1, reason))


@pytest.mark.parametrize(
    "log",
    [
        pytest.param(built_in_f41(), id="4"),
        pytest.param(built_in_f41(tagged(2, at=50, source=commit(1))), id="5"),
        pytest.param(given(in_destination(commit(1)), tagged(1, at=10)), id="6"),
    ],
)
@pytest.mark.parametrize("dist", ["eln141", "eln142"])
def test_a_request_lets_rows_4_to_6_count_the_present_dist_only(log: Given, dist: str) -> None:
    """Unforced, what was built for this dist counts, what was built for another does not."""
    told = log.decided().and_then(requested(newest(log))).when(rules(dist=dist))
    queued = any(e.topic == "queued" for _, e in told.events)
    assert queued == (dist == "eln142")


@pytest.mark.parametrize(
    "log",
    [
        pytest.param(given(tagged(1, at=10)).decided(rules(dist=None)).and_then(built(1)), id="4"),
        pytest.param(given(in_destination(commit(1), dist="fc41"), tagged(1, at=10)), id="6"),
    ],
)
def test_for_a_request_an_unknown_dist_counts_as_the_present_one(log: Given) -> None:
    """What was built for nobody knows which dist counts as built; force is there for the rest."""
    asked = log.decided().and_then(requested(1))
    (retagged,) = [event for _, event in asked.when().events]
    assert retagged.topic == "skipped-as-retag"


def test_for_a_request_all_counts_while_the_present_dist_is_unknown() -> None:
    """As long as nobody knows what is built for now, nothing is built once more for it."""
    asked = built_in_f41(requested(1))
    asked.when(rules(dist=None)).then(retag(1, "already-built"))


def test_an_unforced_request_does_not_pass_row_8() -> None:
    """A failed source stays failed for an unforced request."""
    failed_in_f41(requested()).when(rules(dist="eln142")).then(skip(1, "failed-before"))


def test_a_bumped_dist_alone_changes_no_verdict() -> None:
    """The dist is observed and recorded; it decides nothing by itself."""
    built_in_f41(tagged(1, at=50, tag="f42")).when(rules("f42", dist="eln142")).then(
        retag(1, "already-built")
    )


def test_a_request_is_for_the_newest_build_and_answered_once() -> None:
    """A request queues the newest build; the verdict answers it."""
    log = given(tagged(1, at=10), tagged(2, at=20)).decided().and_then(built(2))
    asked = log.and_then(requested(2, force=True))
    asked.when().then(queue(2))
    asked.decided().when().then_nothing()


# --- a rebuild of everything -------------------------------------------------------------------


def test_a_rebuild_queues_what_was_built_in_the_generation_before() -> None:
    """4 and 5 look at the package's generation only; a rebuild was asked since 6."""
    log = given(in_destination(commit(1), at=5), tagged(1, at=10)).decided()
    told = log.and_then(rebuild(1, at=50)).when().then(queue(1))
    assert told.basis(1).generation == 1


def test_a_rebuild_queues_again_what_was_queued_and_built() -> None:
    """What was built in generation 0 is queued once more in generation 1."""
    built_in_f41(rebuild(1, at=50)).when().then(queue(1))


def test_what_came_into_the_destination_after_the_rebuild_counts() -> None:
    """Row 6 holds again by a downstream build seen after the rebuild was asked."""
    log = given(tagged(1, at=10), rebuild(1, at=50), in_destination(commit(1), at=60))
    log.when().then(retag(1, "already-in-destination"))


def test_what_is_built_in_the_new_generation_is_handled_in_it() -> None:
    """Rows 4 and 5 hold within the generation."""
    log = given(tagged(1, at=10), rebuild(1, at=20)).decided().and_then(built(1, generation=1))
    log.and_then(tagged(1, at=50, tag="f42")).when(F42).then(retag(1, "already-built"))
