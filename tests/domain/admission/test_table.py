# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict table, row by row: each alone, and before the rows that come after it."""

import pytest

from domain.admission.rules import Rules
from domain.package.events import Outcome
from domain.values import Mode
from tests.domain.admission.given import EXCLUDED, F42, UNTARGETED, built_in_f41, failed_in_f41
from tests.domain.given import (
    DAY,
    Decided,
    Given,
    built,
    cleared,
    commit,
    ended,
    given,
    identified,
    in_destination,
    phantom,
    queue,
    rebuild,
    retag,
    rules,
    skip,
    tagged,
    untagged,
)

# --- each row alone ----------------------------------------------------------------------------


def test_row_1_a_package_in_neither_list_nor_overrides_is_no_target() -> None:
    """Not in the package list or overrides → Skipped: not-targeted."""
    given(tagged(1, at=10)).when(rules(listed=["zsh"])).then(skip(1, "not-targeted"))


def test_row_1_an_override_makes_a_target_of_its_upstream_name() -> None:
    """A package of the overrides is a target by its upstream name, not by its downstream one."""
    renamed = rules(listed=[], overrides={"ipa": "freeipa"})
    log = given(tagged(1, at=10, package="freeipa"), tagged(2, at=10, package="ipa"))
    log.when(renamed).then(queue(1, "freeipa"), skip(2, "not-targeted", "ipa"))


def test_row_2_an_excluded_package_is_skipped_and_the_pattern_named() -> None:
    """An exclude pattern matches → Skipped: excluded (which)."""
    told = given(tagged(1, at=10)).when(rules(exclude=["^zsh$", "^ba"])).then(skip(1, "excluded"))
    assert told.verdict(1).detail == "^ba"


def test_row_3_an_untagged_build_is_skipped() -> None:
    """Untagged before it was judged → Skipped: not-in-tag, by the untagging."""
    told = given(tagged(1, at=10), untagged(1, at=20)).when().then(skip(1, "not-in-tag"))
    assert told.basis(1).evidence == (2,)


def test_row_3_a_phantom_is_skipped() -> None:
    """A tagging that Koji's history does not have → Skipped: not-in-tag, as a phantom."""
    told = given(tagged(1, at=10), phantom(1, message_at=10)).when().then(skip(1, "not-in-tag"))
    assert told.verdict(1).detail == "phantom"
    assert told.basis(1).evidence == (1,)


def test_row_3_a_build_without_a_source_is_skipped() -> None:
    """Koji has no source of it → Skipped: no-source."""
    log = given(tagged(1, at=10, source=None), identified(1, None))
    log.when().then(skip(1, "no-source"))


def test_row_3_an_overtaken_build_is_superseded() -> None:
    """A build of a later place is in the trigger tag → Skipped: superseded (by which)."""
    told = given(tagged(1, at=10), tagged(2, at=20)).when()
    told.then(skip(1, "superseded"), queue(2))
    assert told.verdict(1).detail == "bash-1-2.fc42"
    assert told.basis(1).evidence == (2,)


def test_row_3_the_later_build_supersedes_whatever_its_verdict() -> None:
    """A later build that is itself skipped supersedes too."""
    log = given(tagged(1, at=10), tagged(2, at=20, source=None), identified(2, None))
    log.when().then(skip(1, "superseded"), skip(2, "no-source"))


def test_row_4_a_queued_build_seen_again_is_a_retag() -> None:
    """This build is queued and not ended, through whatever tag → already-queued."""
    log = given(tagged(1, at=10), tagged(1, at=20, tag="f42")).decided()
    told = log.when(F42).then(retag(1, "already-queued"))
    assert told.basis(1).evidence == (3,)


def test_row_4_a_built_build_seen_again_is_a_retag() -> None:
    """This build was built, through whatever tag → already-built; both events are evidence."""
    told = built_in_f41(tagged(1, at=50, tag="f42")).when(F42).then(retag(1, "already-built"))
    assert told.basis(1).evidence == (2, 3)


def test_row_5_another_build_of_a_built_commit_is_a_retag() -> None:
    """The same source commit was built → same-source."""
    log = built_in_f41(tagged(2, at=50, source=commit(1)))
    told = log.when().then(retag(2, "same-source"))
    assert told.basis(2).evidence == (2, 3)


def test_row_6_what_the_stable_tag_holds_is_a_retag() -> None:
    """The stable tag holds a downstream build of the same source → already-in-destination."""
    told = given(in_destination(commit(1)), tagged(1, at=10)).when()
    told.then(retag(1, "already-in-destination"))
    assert told.basis(1).evidence == (1,)


def test_row_6_looks_under_the_downstream_name() -> None:
    """What is called otherwise downstream is looked for by its downstream name."""
    renamed = rules(overrides={"ipa": "freeipa"})
    source = commit(1, "freeipa")
    log = given(in_destination(source, package="ipa"), tagged(1, at=10, package="freeipa"))
    log.when(renamed).then(retag(1, "already-in-destination", "freeipa"))


def test_row_7_a_build_before_the_last_built_is_older() -> None:
    """Its place is before that of the build last built → older-than-handled."""
    log = given(tagged(2, at=20)).decided().and_then(built(2), untagged(2, 30), tagged(1, at=10))
    told = log.when().then(retag(1, "older-than-handled"))
    assert told.basis(1).evidence == (2,)


@pytest.mark.parametrize("how", ["failed", "timed-out", "cancelled", "abandoned", "refused"])
def test_row_8_a_source_that_ended_without_success_failed_before(how: Outcome) -> None:
    """The same source ended without success → Skipped: failed-before (how)."""
    fact = ended(1, how)
    log = given(tagged(1, at=10)).decided().and_then(fact, tagged(1, at=20))
    told = log.when().then(skip(1, "failed-before"))
    assert told.verdict(1).detail == how
    assert told.basis(1).evidence == (2, 3)


def test_row_8_another_build_of_a_failed_commit_failed_before() -> None:
    """What failed is the commit: another build of it is not tried either."""
    failed_in_f41(tagged(2, at=20, source=commit(1))).when().then(
        skip(1, "superseded"), skip(2, "failed-before")
    )


def test_row_8_what_a_person_rejected_failed_before() -> None:
    """A rejected build was never queued, and is not queued again by itself."""
    told = given(tagged(1, at=10), ended(1, "rejected")).when().then(skip(1, "failed-before"))
    assert told.verdict(1).detail == "rejected"


@pytest.mark.parametrize("how", ["superseded", "gone"])
def test_row_8_superseded_and_gone_do_not_count(how: Outcome) -> None:
    """An ending that says nothing against the source does not keep it from being built."""
    fact = ended(1, how)
    given(tagged(1, at=10)).decided().and_then(fact, tagged(1, at=20)).when().then(queue(1))


def test_row_8_holds_by_the_build_where_no_source_is_known() -> None:
    """A build that failed is not tried again only because nobody knows its source."""
    log = given(tagged(1, at=10, source=None)).decided().and_then(ended(1), tagged(1, at=20))
    log.when().then(skip(1, "failed-before"))


def test_row_8_looks_at_the_present_generation_only() -> None:
    """A rebuild is a new chance for what failed in the generation before."""
    failed_in_f41(rebuild(1, at=200)).when().then(queue(1))


def test_row_8_ends_when_the_failure_is_cleared() -> None:
    """A cleared failure does not count."""
    failed_in_f41(cleared(commit(1)), tagged(1, at=200)).when().then(queue(1))


def test_row_8_stays_when_another_failure_is_cleared() -> None:
    """Clearing names a source; others stay failed."""
    log = failed_in_f41(cleared(commit(7)), tagged(1, at=200))
    log.when().then(skip(1, "failed-before"))


@pytest.mark.parametrize(("age", "expected"), [(99, skip(1, "failed-before")), (100, queue(1))])
def test_row_8_ends_when_the_failure_expires(age: float, expected: Decided) -> None:
    """A failure of the age of expiry does not count."""
    log = failed_in_f41(tagged(1, at=150))
    log.when(rules(failure_expiry=100, now=100 + age)).then(expected)


def test_row_8_never_expires_unless_configured() -> None:
    """Without an expiry a failure counts for ever."""
    failed_in_f41(tagged(1, at=150)).when(rules(now=999 * DAY)).then(skip(1, "failed-before"))


def test_row_9_otherwise_a_build_is_queued() -> None:
    """No row before holds → Queued."""
    told = given(tagged(1, at=10)).when().then(queue(1))
    assert (told.basis(1).row, told.basis(1).evidence) == (9, ())


@pytest.mark.parametrize("log", [built_in_f41(), given(in_destination(commit(1)))])
def test_a_row_switched_off_holds_for_nothing(log: Given) -> None:
    """Without rows 4 to 7 a re-tag is a trigger like any other, as it is for EBS."""
    log.and_then(tagged(1, at=50, tag="f42")).when(F42.without_rows(4, 5, 6, 7)).then(queue(1))


# --- precedence --------------------------------------------------------------------------------

BEATEN = built_in_f41(tagged(2, at=20)).decided().and_then(built(2), in_destination(commit(1)))
"""Build 1 is built and in the destination, and older than build 2, which was built after it."""


@pytest.mark.parametrize(
    ("number", "log", "in_force"),
    [
        pytest.param(1, given(tagged(1, 10), untagged(1, 20)), UNTARGETED, id="1-before-2-3"),
        pytest.param(2, given(tagged(1, 10), untagged(1, 20)), EXCLUDED, id="2-before-3"),
        pytest.param(
            3, BEATEN.and_then(tagged(1, 11), untagged(1, 12)), rules(), id="3-before-4-5-6-7"
        ),
        pytest.param(
            4, BEATEN.and_then(tagged(1, 11), untagged(2, 30)), rules(), id="4-before-5-6-7"
        ),
    ],
)
def test_the_first_row_that_holds_decides(number: int, log: Given, in_force: Rules) -> None:
    """Where several rows hold, the first of them is the verdict."""
    assert log.when(in_force).basis(1).row == number


def test_rows_5_and_6_come_before_the_rows_after_them() -> None:
    """A third build of the commit, older than what was built: same source, then destination."""
    third = tagged(3, at=5, source=commit(1))
    BEATEN.and_then(third, untagged(1, 30), untagged(2, 30)).when().then(retag(3, "same-source"))
    log = given(tagged(2, at=20)).decided().and_then(built(2), untagged(2, at=30))
    log = log.and_then(in_destination(commit(1)), tagged(1, at=10), ended(1, "rejected"))
    log.when().then(retag(1, "already-in-destination"))


def test_row_7_comes_before_row_8() -> None:
    """An older build whose source failed is older first."""
    log = failed_in_f41(tagged(2, at=20)).decided().and_then(built(2), untagged(2, at=30))
    log.and_then(untagged(1, at=11), tagged(1, at=12)).when().then(retag(1, "older-than-handled"))


# --- what is not known yet ---------------------------------------------------------------------


def test_without_a_source_the_verdict_is_provisional() -> None:
    """Where the source is not known, 5, 6 and 8 do not hold and the verdict says so."""
    told = given(tagged(1, at=10, source=None)).when().then(queue(1))
    assert told.basis(1).provisional


def test_with_a_source_the_verdict_is_not_provisional() -> None:
    """A source that is known, by tagging or by Koji's answer, makes the verdict final."""
    log = given(tagged(1, at=10, source=None), identified(1, commit(1)))
    assert not log.when().basis(1).provisional


def test_a_verdict_that_needs_no_source_is_not_provisional() -> None:
    """Rows 1 to 4 do not ask for the source."""
    told = given(tagged(1, at=10, source=None)).when(EXCLUDED)
    assert not told.basis(1).provisional


def test_builds_of_unknown_source_are_not_of_the_same_source() -> None:
    """Two builds without a source do not have the same source."""
    log = given(tagged(1, at=10, source=None)).decided().and_then(built(1))
    log.and_then(tagged(2, at=20, source=None)).when().then(queue(2))


@pytest.mark.parametrize("mode", ["scratch", "shadow"])
def test_each_mode_sees_only_its_own_ledger(mode: Mode) -> None:
    """What was built live is not built in scratch or shadow, and the other way round."""
    other = rules(mode=mode)
    log = built_in_f41()
    log.when(other).then(queue(1))
    shadowed = given(tagged(1, at=10)).decided(other)
    shadowed.when(other).then_nothing()
    shadowed.when().then(queue(1))
