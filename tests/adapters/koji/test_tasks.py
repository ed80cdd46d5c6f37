# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds that are asked for, and what becomes of their tasks."""

from contextlib import closing
from datetime import timedelta

import pytest

from adapters.koji import answers
from adapters.koji.client import KojiHub
from adapters.ports.koji import BuildState, KojiDenied, TaskInfo, TaskState
from adapters.sandbox.hub import Ending, Outcome
from tests.adapters.koji.given import BATCH, COMMIT, UNKNOWN, Site, advance, at

DAY = 86_400
"""Seconds in which every build is over."""


def me(koji: KojiHub) -> int:
    """The id of the user we are."""
    user = koji.whoami()
    assert user is not None
    return user.id


def submitted(koji: KojiHub, *sources: str) -> list[int]:
    """The tasks of these sources, built for ELN."""
    return [task.task_id or 0 for task in koji.submit(sources, "eln", {})]


def ending(site: Site, koji: KojiHub, how: Ending) -> int:
    """A task that ended so."""
    site.builders.outcome = lambda task: Outcome(how)
    (task,) = submitted(koji, COMMIT.format("pkg0", 0))
    advance(site, DAY)
    return task


def test_builds_are_submitted_in_order(site: Site, koji: KojiHub) -> None:
    """Each source has its task, of the target, options and priority given."""
    sources = [COMMIT.format("pkg0", number) for number in range(2 * BATCH + 1)]
    told: list[tuple[int, int]] = []
    tasks = koji.submit(
        sources, "eln", {"fail_fast": True}, 5, progress=lambda *done: told.append(done)
    )

    assert [task.source for task in tasks] == site.build_requests() == sources
    assert all(task.error is None for task in tasks)
    task = site.world.tasks[tasks[0].task_id or 0]
    assert task.request == [sources[0], "eln", {"fail_fast": True}]
    assert task.priority == 25
    assert told == [(3, 7), (6, 7), (7, 7)]


def test_a_refused_build_has_its_error_in_place(site: Site, koji: KojiHub) -> None:
    """What the hub refuses is told in its place, and is no reason to withhold the others."""
    tasks = koji.submit(["a", "b", "c", "d"], "eln", {}, -1)

    assert [type(task.error) for task in tasks] == [KojiDenied] * 4
    assert site.build_requests() == []


def test_tasks_are_asked_for_in_lists(site: Site, koji: KojiHub) -> None:
    """Tasks come with their state and times; an unknown one is None; a request holds a batch."""
    ids = [task.task_id or 0 for task in koji.submit(["x#1", "x#2", "x#3"], "eln", {})]
    found = koji.task_infos([*ids, UNKNOWN])

    assert list(found) == [*ids, UNKNOWN]
    assert found[UNKNOWN] is None
    task = found[ids[0]]
    assert task is not None
    assert (task.method, task.state, task.created) == ("build", TaskState.FREE, at(site))
    assert (task.started, task.completion, task.request) == (None, None, None)
    assert not task.state.over
    assert site.requests("getTaskInfo") == 2


def test_a_task_is_cancelled(koji: KojiHub) -> None:
    """A cancelled task is over; cancelling it again changes nothing."""
    (task,) = koji.submit(["x#1"], "eln", {})
    task_id = task.task_id or 0
    for _ in range(2):
        koji.cancel(task_id)

        found = koji.task_infos([task_id])[task_id]
        assert found is not None
        assert found.state is TaskState.CANCELED
        assert found.state.over


def test_the_task_of_somebody_else_stays(site: Site, koji: KojiHub) -> None:
    """Koji cancels a task for its owner alone."""
    (task,) = koji.submit(["x#1"], "eln", {})
    user = site.world.user("other")
    site.world.tasks[task.task_id or 0].owner = user

    with pytest.raises(KojiDenied, match="not owner"):
        koji.cancel(task.task_id or 0)


def test_our_builds_are_found_again(site: Site, koji: KojiHub) -> None:
    """The tasks of one owner, the newest first, each with what it was asked to build, and where."""
    first = submitted(koji, "x#1", "x#2", "x#1", "x#3")
    (side,) = koji.submit(["x#1"], "eln-side", {"fail_fast": True})
    found = koji.build_tasks(me(koji), at(site))

    assert [task.id for task in found] == [side.task_id, *reversed(first)]
    assert found[0].request == ("x#1", "eln-side", {"fail_fast": True})
    assert [(task.request or ())[0] for task in found[1:]] == ["x#3", "x#1", "x#2", "x#1"]
    assert koji.build_tasks(site.world.user("other").id, at(site)) == []


def test_only_builds_are_found_again(site: Site, koji: KojiHub) -> None:
    """What a build task needs others for is none of ours: they are known by their parent."""
    (task,) = submitted(koji, COMMIT.format("pkg0", 0))
    advance(site, DAY)

    assert len(site.world.tasks) > 1
    assert [found.id for found in koji.build_tasks(me(koji), at(site) - timedelta(days=2))] == [
        task
    ]


def test_builds_are_looked_for_no_further_than_told(site: Site, koji: KojiHub) -> None:
    """Older tasks are not told, nor paged through, but for the page that has none newer."""
    submitted(koji, *["x#1"] * (5 * BATCH))
    advance(site, 60)
    (new,) = submitted(koji, "x#1")
    since = at(site)

    assert [task.id for task in koji.build_tasks(me(koji), since)] == [new]
    assert site.requests("listTasks") == 2


def test_a_task_of_a_lower_id_may_be_newer(site: Site, koji: KojiHub) -> None:
    """A multicall takes long, and all its tasks are as old as its beginning: none hides another."""
    (new,) = submitted(koji, "x#1")
    since = at(site)
    for number in submitted(koji, *["x#2"] * (BATCH - 1)):
        site.world.tasks[number].created -= 60
    (newer,) = submitted(koji, "x#3")

    assert [task.id for task in koji.build_tasks(me(koji), since)] == [newer, new]


def test_builds_after_another_are_found_by_their_ids(site: Site, koji: KojiHub) -> None:
    """All that were asked for after one was the newest, how old they may call themselves."""
    assert koji.newest_build_task(me(koji)) == 0
    before = submitted(koji, *["x#1"] * BATCH)
    newest = koji.newest_build_task(me(koji))
    after = submitted(koji, *["x#2"] * (2 * BATCH))
    for number in after[1:]:
        site.world.tasks[number].created -= 60

    assert newest == before[-1]
    found = koji.build_tasks(me(koji), at(site) - timedelta(days=2), newest)
    assert [task.id for task in found] == [*reversed(after)]
    assert koji.build_tasks(me(koji), at(site) + timedelta(seconds=1), newest) == []


def test_builds_before_another_cost_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there were before, a few are told of; those after it come in pages that grow."""
    told: list[int] = []
    read = answers.task

    def reading(row: answers.Answer) -> TaskInfo:
        told.append(row["id"])
        return read(row)

    monkeypatch.setattr(answers, "task", reading)
    with closing(site.koji(batch=100)) as koji:
        submitted(koji, *["x#1"] * 300)
        newest = koji.newest_build_task(me(koji))
        told.clear()

        assert koji.build_tasks(me(koji), at(site), newest) == []
        assert len(told) == 10
        told.clear()
        after = submitted(koji, *["x#2"] * 240)
        found = koji.build_tasks(me(koji), at(site), newest)

    assert sorted(task.id for task in found) == after
    assert len(told) == 10 + 20 + 40 + 80 + 100


def test_the_build_of_a_task(site: Site, koji: KojiHub) -> None:
    """A task's build is told with its source; one without a build, or unknown, has None."""
    source = COMMIT.format("pkg0", 0)
    made, broken = submitted(koji, source, "no source")
    advance(site, DAY)
    found = koji.builds_of_tasks([made, broken, UNKNOWN])

    assert list(found) == [made, broken, UNKNOWN]
    assert (found[broken], found[UNKNOWN]) == (None, None)
    build = found[made]
    assert build is not None
    assert (build.nvr, build.state, build.task_id) == (
        "pkg0-1.0-1.eln142",
        BuildState.COMPLETE,
        made,
    )
    assert build.source == source
    assert koji.sources([build.build_id])[build.build_id] == build


def test_the_build_of_a_failed_task_goes_over(site: Site, koji: KojiHub) -> None:
    """A build that failed and is built again keeps its id, and is the later task's alone."""
    failed = ending(site, koji, Ending.FAILED)
    before = koji.builds_of_tasks([failed])[failed]
    again = ending(site, koji, Ending.COMPLETE)
    found = koji.builds_of_tasks([failed, again])

    after = found[again]
    assert before is not None
    assert after is not None
    assert before.state is BuildState.FAILED
    assert found[failed] is None
    assert (after.build_id, after.state) == (before.build_id, BuildState.COMPLETE)


def test_builds_of_tasks_are_read_in_multicalls(site: Site, koji: KojiHub) -> None:
    """A request holds a batch of calls, for builds as for faults."""
    ids = list(range(UNKNOWN, UNKNOWN + 2 * BATCH))
    told: list[tuple[int, int]] = []
    koji.builds_of_tasks(ids, lambda *done: told.append(done))
    koji.task_faults(ids, lambda *done: told.append(done))

    assert told == [(3, 6), (6, 6)] * 2
    assert site.requests("multiCall") == 4


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (Ending.NO_SRPM, "see checkout.log for details"),
        (Ending.FAILED, "mock exited with status 1"),
        (Ending.NOT_TAGGED, "tagging refused"),
    ],
)
def test_why_a_task_failed(site: Site, koji: KojiHub, how: Ending, why: str) -> None:
    """The text of its fault is told, whatever the code of that fault."""
    task = ending(site, koji, how)

    assert why in koji.task_faults([task])[task]


def test_why_a_task_was_refused(site: Site, koji: KojiHub) -> None:
    """A build that there is already fails its task, which says so."""
    ending(site, koji, Ending.COMPLETE)
    again = ending(site, koji, Ending.COMPLETE)

    assert koji.task_faults([again])[again].startswith("Build already exists (id=")


def test_a_cancelled_task_says_so(site: Site, koji: KojiHub) -> None:
    """Of a cancelled task Koji has no fault, but a text all the same."""
    (task,) = submitted(koji, "x#1")
    koji.cancel(task)

    assert koji.task_faults([task]) == {task: f"Task {task} is canceled"}


def test_what_did_not_fail_has_no_fault(site: Site, koji: KojiHub) -> None:
    """A task that succeeded, is not over, or is unknown, is left out."""
    over = ending(site, koji, Ending.COMPLETE)
    (waiting,) = submitted(koji, "x#1")

    assert koji.task_faults([over, waiting, UNKNOWN]) == {}
