# SPDX-License-Identifier: GPL-3.0-or-later
"""A batch: what its events add up to, what is to be done next, what Koji's answers mean."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from domain.admission.plan import Subject
from domain.batch import Batch, BatchEvent, evolve, stream
from domain.batch.decide import (
    IN_FLIGHT,
    Found,
    KojiBuild,
    Target,
    TaskResult,
    begun,
    conclude,
    done_elsewhere,
    finish,
    look,
    lost_after,
    plan,
    published_since,
)
from domain.batch.events import (
    AttemptStarted,
    BuildFinished,
    BuildRequested,
    BuildSubmitted,
    DuplicateFound,
    Finished,
    Planned,
    PlannedBuild,
    PromotionRefused,
    SideTagCreated,
    SliceStarted,
)
from domain.envelope import Envelope, Meta, Recorded
from domain.package.events import BuildStarted
from domain.service import Service
from tests.domain.given import (
    Fact,
    commit,
    configured,
    given,
    happened,
    in_destination,
    rebuild,
    requested,
    rules,
    tagged,
)

NOON = datetime(2024, 8, 13, 12, tzinfo=UTC)
TARGET = "eln"


def planned(*build_ids: int) -> Planned:
    """A batch begins with these builds, each of a package and source of its own."""
    builds = (
        PlannedBuild(f"pkg{number}", number, f"pkg{number}-1-1.fc42", source(number))
        for number in build_ids
    )
    return Planned(tuple(builds), TARGET, "live")


def source(build_id: int) -> str:
    """The source of a build."""
    return commit(build_id, f"pkg{build_id}")


def intent(*build_ids: int) -> BuildRequested:
    """These are about to be submitted."""
    return BuildRequested(build_ids, NOON)


def task(number: int, build_id: int, *, after: float = 1, target: str = TARGET) -> Found:
    """A task that builds what a build was built from."""
    return Found(number, source(build_id), target, NOON + timedelta(seconds=after))


def after(*events: BatchEvent, at: datetime = NOON) -> Batch:
    """The batch after these events."""
    batch = Batch(7)
    for version, event in enumerate(events, start=1):
        envelope = Envelope(stream(7), version, Meta(at, "service", ""), event)
        batch = evolve(batch, Recorded(version, envelope))
    return batch


LATER = NOON + IN_FLIGHT
SOON = NOON + IN_FLIGHT / 2


# --- what is taken -----------------------------------------------------------------------------


def service(**policy: Any) -> Service:
    """The service with a policy."""
    return Service(configured=configured("f41", **policy))


def test_what_is_queued_is_taken_once() -> None:
    """A build that a batch took over is no candidate for another."""
    queued = given(tagged(1, 10)).decided(rules())
    taken = queued.and_then(happened("bash", BuildStarted(1, "live", 0, batch=7)))
    found = plan(queued.packages.values(), service(), Target("eln", "eln-build"))

    assert found is not None
    assert [build.build_id for build in found.builds] == [1]
    assert (found.target, found.base) == ("eln", "eln-build")
    assert plan(taken.packages.values(), service(), Target("eln")) is None


def test_what_a_batch_took_over_is_not_superseded() -> None:
    """A newer build, or an untag, ends what waits, and not what is being built."""
    queued = given(tagged(1, 10)).decided(rules())
    taken = queued.and_then(happened("bash", BuildStarted(1, "live", 0, batch=7)))
    overtaken = taken.and_then(tagged(2, 20)).decided(rules())

    assert [(a.build_id, a.outcome) for a in overtaken.packages["bash"].ledger] == [
        (1, None),
        (2, None),
    ]


# --- the state ---------------------------------------------------------------------------------


def test_how_far_each_build_has_come() -> None:
    """Planned, then requested, then submitted, then ended: each is asked for apart."""
    batch = after(planned(1, 2, 3, 4), SliceStarted(1000), AttemptStarted(1, (1, 2, 3, 4)),
                  intent(2, 3, 4), BuildSubmitted(3, 30), BuildSubmitted(4, 40),
                  BuildFinished(4, "built", 40))  # fmt: skip

    assert [item.build_id for item in batch.unrequested] == [1]
    assert [item.build_id for item in batch.unanswered] == [2]
    assert {t: item.build_id for t, item in batch.building.items()} == {30: 3}
    assert (batch.built, batch.open) == (1, True)


def test_what_ended_without_success() -> None:
    """What failed, and what was built and then refused; neither what is built nor what is open."""
    batch = after(planned(1, 2, 3, 4), SliceStarted(1000), AttemptStarted(1, (1, 2, 3, 4)),
                  BuildFinished(1, "built", 10), BuildFinished(2, "timed-out", 20),
                  BuildFinished(3, "built", 30), PromotionRefused(3, 30, "it exists"))  # fmt: skip

    assert [item.build_id for item in batch.unsuccessful] == [2, 3]


def test_it_is_over_when_each_build_is() -> None:
    """It says how many were built, and is open no more."""
    done = after(planned(1, 2), BuildFinished(1, "built", 10), BuildFinished(2, "failed", 20))
    assert conclude(done) == Finished(built=1, ended=1)
    assert not after(planned(1), Finished(1, 0)).open


# --- a lost answer -----------------------------------------------------------------------------


def test_what_was_submitted_is_adopted() -> None:
    """An intent without an outcome whose task is there: the task is ours."""
    found = look(after(planned(1), intent(1)), [task(10, 1)], SOON)
    assert found == ((BuildSubmitted(1, 10, adopted=True),), ())


def test_what_is_not_there_may_be_on_its_way() -> None:
    """A request may arrive late; only after the hub's patience is it certain that it does not."""
    batch = after(planned(1), intent(1))
    assert look(batch, [], SOON) == ((), ())
    assert [item.build_id for item in look(batch, [], LATER).again] == [1]


@pytest.mark.parametrize(
    "other",
    [task(10, 1, after=-1), task(10, 1, target="rawhide"), task(10, 2)],
    ids=["earlier", "another target", "another source"],
)
def test_what_cannot_be_ours_is_not_adopted(other: Found) -> None:
    """A task from before the intent, for another target or of another source is somebody else's."""
    assert look(after(planned(1), intent(1)), [other], SOON).events == ()


def test_a_second_task_is_a_duplicate() -> None:
    """The oldest is adopted, whatever their order; the others are to be cancelled, once."""
    batch = after(planned(1), intent(1))
    found = look(batch, [task(12, 1), task(11, 1)], SOON)
    assert found.events == (BuildSubmitted(1, 11, adopted=True), DuplicateFound(1, 12))

    known = after(planned(1), intent(1), *found.events)
    assert look(known, [task(12, 1), task(11, 1)], SOON).events == ()


def test_a_task_of_an_attempt_before_is_none_of_this_one() -> None:
    """However far apart the hub's clocks are: it is known by its id, and no duplicate either."""
    before = (SliceStarted(1000), AttemptStarted(1, (1,)), intent(1), BuildSubmitted(1, 30))
    again = (BuildFinished(1, "failed", 30), AttemptStarted(2, (1,)), intent(1))
    batch = after(planned(1), *before, *again)

    assert look(batch, [task(30, 1)], SOON) == ((), ())
    assert look(batch, [task(30, 1), task(31, 1)], SOON).events == (
        BuildSubmitted(1, 31, adopted=True),
    )


def test_after_one_that_failed_the_next_attempt_is_adopted() -> None:
    """Of several tasks for one intent the one that did not fail counts: there were attempts."""
    failed = task(70, 1)._replace(failed=True)
    batch = after(planned(1), intent(1))

    assert look(batch, [failed, task(71, 1)], NOON).events[0] == BuildSubmitted(1, 71, adopted=True)


def test_what_was_begun_without_an_intent_on_record() -> None:
    """A log that was restored finds its tasks in the side tag, before it submits anything."""
    batch = after(planned(1, 2, 3), intent(1), BuildSubmitted(1, 70))
    items = [batch.items[2], batch.items[3]]
    found = begun(batch, items, [task(70, 1), task(71, 2), task(72, 3, target="another")])

    assert [(one.item.build_id, one.task.task_id) for one in found] == [(2, 71)]


def test_what_was_done_in_a_batch_that_is_lost() -> None:
    """Tasks into side tags of which the log knows nothing; those of other batches are on record."""
    batch = after(planned(1, 2, 3, 4))
    tasks = [
        task(70, 1, target="lost"),
        task(71, 2, target="of-another-batch"),
        task(72, 3, target="lost")._replace(failed=True),
        task(73, 4),
    ]
    found = done_elsewhere(batch, batch.items.values(), tasks, ["of-another-batch"])

    assert [(one.item.build_id, one.task.task_id) for one in found] == [(1, 70)]


@pytest.mark.parametrize(
    ("before", "since", "adopted"),
    [
        ([], [in_destination(commit(1))], True),
        ([], [in_destination(commit(1)), in_destination(commit(2), build_id=901)], True),
        ([], [in_destination(commit(2))], False),
        # Asked for although there was one, of another dist: it is not the one that was asked for.
        ([in_destination(commit(1), dist="eln140"), requested()], [], False),
        # Asked for once more: also the other build of a lost batch does not answer that.
        ([rebuild(1, 20)], [in_destination(commit(1))], False),
    ],
)
def test_what_came_into_the_stable_tag_meanwhile_is_not_built(
    before: list[Fact], since: list[Fact], *, adopted: bool
) -> None:
    """By a batch that a restored log does not know, or by a person: from the same source."""
    queued = given(tagged(1, 10), *before).decided(rules())
    generation = queued.packages["bash"].generation
    taken = queued.and_then(happened("bash", BuildStarted(1, "live", generation, batch=7)), *since)
    build = PlannedBuild("bash", 1, "bash-1-1.fc42", commit(1), generation)
    batch = after(Planned((build,), TARGET, "live"))
    package = taken.packages["bash"]
    subjects = {"bash": Subject(package, package.destinations)}
    found = [*published_since(batch, [batch.items[1]], subjects)]

    end = BuildFinished(1, "built", downstream_build_id=900, downstream_nvr="bash-1-1.eln141")
    assert found == ([replace(end, adopted=True)] if adopted else [])


@pytest.mark.parametrize(
    ("ids", "after"),
    [
        ([5], 500),  # of a side tag that we made ourselves: since it was made
        ([5, 6], 500),
        ([7], 500),  # that was adopted: since the last one before it that we made
        ([9, 8], 500),  # that nobody knows: likewise
        ([9], 500),
        ([4], 300),
        ([2, 9], 0),  # the oldest of them counts, and nothing on record is that old
    ],
)
def test_what_was_lost_came_after_what_is_known(ids: list[int], after: int) -> None:
    """A log that knows a side tag was not lost before that one was made, by Koji's own count."""
    adopted = SideTagCreated(7, "side-7", adopted=True)
    made = [adopted, *(SideTagCreated(i, f"side-{i}", after_task=i * 100) for i in (5, 3))]

    assert lost_after(made, ids) == after


def test_a_task_is_of_one_build() -> None:
    """What another build of the batch has already is not adopted again."""
    batch = after(planned(1), intent(1), BuildSubmitted(1, 10))
    assert look(batch, [task(10, 1)], LATER) == ((), ())


# --- how it ended ------------------------------------------------------------------------------

OURS = KojiBuild(70, "pkg1-1-1.eln142", source(1), complete=True)
OTHER = KojiBuild(71, "pkg1-1-1.eln142", source(2), complete=True)
BROKEN = KojiBuild(72, "pkg1-1-1.eln142", source(1), complete=False)


@pytest.mark.parametrize(
    ("result", "outcome", "adopted", "told"),
    [
        (TaskResult("closed", OURS), "built", False, ""),
        (TaskResult("closed"), "built", False, ""),
        (TaskResult("failed", BROKEN, fault="mock"), "failed", False, "mock"),
        (TaskResult("failed", OURS, fault="tag"), "failed", False, "built, and not tagged: tag"),
        (TaskResult("failed", fault="no SRPM"), "failed", False, "no SRPM"),
        (TaskResult("cancelled", fault="by ada"), "cancelled", False, "by ada"),
        (TaskResult("failed", existing=OURS, fault="exists"), "built", True, "exists"),
        (TaskResult("failed", existing=OTHER, fault="exists"), "refused", False, "exists"),
        (TaskResult("failed", existing=BROKEN, fault="exists"), "refused", False, "exists"),
    ],
)
def test_what_a_task_s_end_means(
    result: TaskResult, outcome: str, adopted: bool, told: str
) -> None:
    """'Build already exists' of the same commit is what was wanted; all else is as Koji says."""
    [item] = after(planned(1), intent(1), BuildSubmitted(1, 10)).items.values()
    event = finish(item, result)

    assert (event.outcome, event.adopted, event.detail) == (outcome, adopted, told)
    assert (event.build_id, event.task_id) == (1, 10)


def test_a_batch_is_the_fold_of_its_stream() -> None:
    """Wherever one stops reading, and goes on."""
    life: tuple[BatchEvent, ...] = (
        planned(1, 2), intent(1, 2), BuildSubmitted(1, 10), BuildSubmitted(2, 20),
        DuplicateFound(2, 21), BuildFinished(1, "built", 10), BuildFinished(2, "failed", 20),
        Finished(1, 1),
    )  # fmt: skip
    for split in range(len(life)):
        batch = after(*life[:split])
        for version, event in enumerate(life[split:], start=split + 1):
            envelope = Envelope(stream(7), version, Meta(NOON, "service", ""), event)
            batch = evolve(batch, Recorded(version, envelope))
        assert batch == after(*life)
