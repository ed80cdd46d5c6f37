# SPDX-License-Identifier: GPL-3.0-or-later
"""What the table must survive: the situations that broke, or would break, a listener to tags."""

from domain.admission.gate import Recent, pass_gate
from domain.policy import Settings
from tests.domain.given import (
    BASH,
    MIDNIGHT,
    Given,
    built,
    cleared,
    commit,
    confirmed,
    end,
    ended,
    given,
    in_destination,
    phantom,
    queue,
    retag,
    rules,
    skip,
    tagged,
    untagged,
)

F41 = rules("f41", dist="eln141")
F42 = rules("f42", dist="eln142")


def names(count: int) -> list[str]:
    """Return names of packages."""
    return [f"package-{number}" for number in range(count)]


def rebuilt(packages: list[str]) -> Given:
    """Build 1 of each package was tagged into f41, queued and built."""
    log = given(*(tagged(1, at=10, package=name) for name in packages))
    log = log.decided(rules("f41", listed=packages))
    return log.and_then(*(built(1, package=name) for name in packages))


def test_everything_is_retagged_and_the_dist_bumped_between_pause_and_resume() -> None:
    """As it was in 2024: a re-tag of everything with another dist rebuilds nothing."""
    packages = names(200)
    log = rebuilt(packages).and_then(
        *(tagged(1, at=100, tag="f42", package=name) for name in packages)
    )
    told = log.when(rules("f42", dist="eln142", listed=packages))
    told.then(*(retag(1, "already-built", name) for name in packages))


def test_builds_of_the_pause_are_queued_although_they_look_like_retags() -> None:
    """Into f41 while paused, into f42 later: being a re-tag is no reason to skip."""
    log = given(tagged(1, at=10)).decided(F41).and_then(built(1))
    paused = log.and_then(tagged(2, at=50), tagged(1, 100, "f42"), tagged(2, 100, "f42"))
    paused.when(F42).then(skip(1, "superseded"), queue(2))


def test_two_builds_of_the_pause_end_in_one_queued() -> None:
    """Of several builds of the pause the last by place is queued, in whatever order they came."""
    paused = given(tagged(3, 60), tagged(2, 50), tagged(2, 100, "f42"), tagged(3, 99, "f42"))
    paused.when(F42).then(skip(2, "superseded"), queue(3))


def test_a_build_straight_into_f42_before_its_predecessor_is_copied() -> None:
    """The copy of the older build does not supersede the newer, which was there first."""
    log = given(tagged(1, at=10)).decided(F41).and_then(built(1), tagged(2, 50, "f42"))
    copied = log.decided(F42).and_then(tagged(1, 100, "f42"))
    copied.when(F42).then(skip(1, "superseded"))
    assert [attempt.build_id for attempt in copied.decided(F42).bash.queued] == [2]


def test_a_clone_of_all_that_copies_old_builds_last() -> None:
    """`clone --all` copies in any order; a copy never moves a build's place."""
    log = given(tagged(1, 10), tagged(2, 20), tagged(3, 30)).decided(F41).and_then(built(3))
    cloned = log.and_then(tagged(3, 100, "f42"), tagged(2, 101, "f42"), tagged(1, 102, "f42"))
    cloned.when(F42).then(skip(1, "superseded"), skip(2, "superseded"), retag(3, "already-built"))


def test_an_untagged_build_tagged_again_moves_to_its_new_place() -> None:
    """Untag and tag again in one tag moves the place: what a person puts back on top is built."""
    log = given(tagged(1, 10), tagged(2, 20)).decided(F41)
    log.and_then(untagged(1, 30), tagged(1, 40)).when(F41).then(
        queue(1), end(2, "superseded"), skip(2, "superseded")
    )


def test_a_built_build_untagged_and_tagged_again_is_not_built_again() -> None:
    """Untag and tag again is no reason to rebuild what was built."""
    log = given(tagged(1, at=10)).decided(F41).and_then(built(1))
    log.and_then(untagged(1, 30), tagged(1, 40)).when(F41).then(retag(1, "already-built"))


def test_the_newer_build_untagged_after_the_older_was_superseded() -> None:
    """The older is queued again in the same pass that finds the newer one gone."""
    log = given(tagged(1, 10)).decided(F41).and_then(tagged(2, 20)).decided(F41)
    gone = log.and_then(untagged(2, 30))
    gone.when(F41).then(queue(1), end(2, "gone"), skip(2, "not-in-tag"))


def test_the_newer_build_untagged_before_anything_was_decided() -> None:
    """Facts that are all in give the same last build as if asked in between."""
    log = given(tagged(1, 10), tagged(2, 20), untagged(2, 30))
    log.when(F41).then(queue(1), skip(2, "not-in-tag"))


def test_a_newer_build_of_the_same_commit_while_the_queued_one_is_untagged() -> None:
    """What is gone hides no other build of its commit."""
    log = given(tagged(1, 10)).decided(F41)
    log = log.and_then(untagged(1, 20), tagged(2, 30, source=commit(1)))
    log.when(F41).then(end(1, "gone"), skip(1, "not-in-tag"), queue(2))


def test_a_failure_cleared_after_its_verdict() -> None:
    """What failed before is queued once the failure is cleared, in a round of its own."""
    log = given(tagged(1, 10)).decided().and_then(ended(1)).decided()
    told = log.and_then(cleared()).when().then(queue(1))
    assert told.basis(1).round == 1


def test_a_failure_cleared_before_the_gate_saw_it() -> None:
    """A failure cleared at once is tried again too, though no verdict came in between."""
    log = given(tagged(1, 10)).decided().and_then(ended(1), cleared())
    log.when().then(queue(1))


def test_an_exclude_removed() -> None:
    """What was excluded is judged again when the exclude is gone."""
    log = given(tagged(1, 10)).decided(rules(exclude=["bash"]))
    told = log.when().then(queue(1))
    assert "excluded" in (told.basis(1).changed or "")


def test_a_package_listed() -> None:
    """What was no target is judged again when it is listed."""
    log = given(tagged(1, 10)).decided(rules(listed=[]))
    told = log.when().then(queue(1))
    assert "not-targeted" in (told.basis(1).changed or "")


def test_a_mass_rebuild_in_rawhide_waits_for_a_person() -> None:
    """Thousands of new builds are all due, and the guard holds them as one frozen list."""
    packages = names(2_000)
    in_force = rules(listed=packages)
    log = rebuilt(packages).and_then(*(tagged(2, at=50, package=name) for name in packages))
    plan = log.plan(in_force)
    passed = pass_gate(plan, (), Recent(), Settings(), in_force.now)
    assert len(plan.due) == len(packages)
    assert passed.queue == ()
    assert [len(held.builds) for held in passed.hold] == [len(packages)]


def test_a_side_tag_of_300_merged() -> None:
    """A merged side tag is one plan; above the limit it is held whole, below it passes whole."""
    packages = names(300)
    in_force = rules(listed=packages)
    plan = given(*(tagged(7, 50, package=name) for name in packages)).plan(in_force)
    assert len(pass_gate(plan, (), Recent(), Settings(), in_force.now).hold) == 1


def test_a_persons_own_eln_build_of_the_commit() -> None:
    """What a person built for ELN already is not built again, whatever its dist was."""
    log = given(in_destination(commit(1), dist="eln999"), tagged(1, 10))
    log.when().then(retag(1, "already-in-destination"))


def test_a_persons_own_eln_build_seen_after_the_skip_of_a_failure() -> None:
    """A person built what had failed: the verdict changes and says so."""
    log = given(tagged(1, 10)).decided().and_then(ended(1)).decided()
    told = log.and_then(in_destination(commit(1))).when()
    told.then(retag(1, "already-in-destination"))
    assert "already-in-destination" in (told.basis(1).changed or "")


def test_a_tag_and_an_untag_of_the_same_second_count_as_tagged() -> None:
    """Whole seconds do not tell which came first, so the build counts as tagged."""
    given(tagged(1, 10), untagged(1, 10)).when().then(queue(1))
    given(untagged(1, 10), tagged(1, 10)).when().then(queue(1))


def test_kojis_events_tell_what_came_first_in_a_second() -> None:
    """Once Koji was asked its event numbers decide, either way."""
    gone = given(tagged(1, 10, koji_event=100), untagged(1, 10, koji_event=101))
    gone.when().then(skip(1, "not-in-tag"))
    given(untagged(1, 10, koji_event=100), tagged(1, 10, koji_event=101)).when().then(queue(1))


def test_a_phantom_overtakes_nothing() -> None:
    """A tagging that Koji denies no longer supersedes: the older build is queued."""
    log = given(tagged(1, 10), tagged(2, 20)).decided()
    log.and_then(phantom(2, message_at=20)).when().then(
        queue(1), end(2, "gone"), skip(2, "not-in-tag")
    )


def test_a_phantom_second_tagging_leaves_the_first() -> None:
    """Only the tagging that Koji denies is a phantom; the one before it, judged, stands."""
    log = given(tagged(1, 10)).decided().and_then(tagged(1, 20), phantom(1, message_at=20))
    log.when().then_nothing()


def test_confirmed_taggings_change_the_order() -> None:
    """Koji's own time rules: what seemed the later tagging may be the earlier."""
    log = given(tagged(1, 20), tagged(2, 10)).and_then(
        confirmed(1, message_at=20, at=8, koji_event=100, tag="f41"),
        confirmed(2, message_at=10, at=9, koji_event=101, tag="f41"),
    )
    log.when().then(skip(1, "superseded"), queue(2))


def test_events_of_one_second_are_ordered_by_koji() -> None:
    """In the same second Koji's event number decides, not the build id."""
    log = given(tagged(1, 10, koji_event=101), tagged(2, 10, koji_event=100))
    log.when().then(queue(1), skip(2, "superseded"))


def test_a_trigger_moved_and_moved_back_queues_what_was_gone() -> None:
    """What ended as gone is due again when its tag is the trigger tag again."""
    log = given(tagged(1, 10)).decided(F41)
    moved = log.decided(F42)
    assert moved.bash.queued == ()
    moved.when(F41).then(queue(1))


def test_the_trigger_moved_before_the_retag() -> None:
    """What waited when the trigger moved ends as gone, and is queued again by its copy."""
    log = given(tagged(1, 10)).decided(F41)
    log.when(F42).then(end(1, "gone"))
    log.decided(F42).and_then(tagged(1, 100, "f42")).when(F42).then(queue(1))


def test_a_later_build_replaces_the_queued_one() -> None:
    """A queued build overtaken by a later queued one ends as superseded, by which is said."""
    told = given(tagged(1, 10)).decided().and_then(tagged(2, 20)).when()
    told.then(end(1, "superseded"), skip(1, "superseded"), queue(2))
    assert told.events[0][0] == BASH
    assert told.plan.decisions[0].endings[0].detail == "bash-1-2.fc42"


def test_no_hour_of_the_day_matters() -> None:
    """The table asks no clock: the same facts give the same verdicts at any time."""
    log = given(tagged(1, 10), tagged(2, 20))
    early, late = rules(now=30), rules(now=10**8)
    assert early.now > MIDNIGHT
    assert [e for _, e in log.when(early).events] == [e for _, e in log.when(late).events]
