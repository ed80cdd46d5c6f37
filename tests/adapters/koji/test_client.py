# SPDX-License-Identifier: GPL-3.0-or-later
"""What each question to the hub is answered with."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.koji.client import KojiHub
from adapters.ports.koji import (
    BuildState,
    KojiDenied,
    KojiPermanent,
    KojiTransient,
    TagInfo,
    TaskState,
    User,
)
from adapters.sandbox.hub import VirtualClock, tagging
from tests.adapters.koji.given import BATCH, COMMIT, Site

UNKNOWN = 999_999


def at(site: Site) -> datetime:
    """The time of the hub's world, which stands still."""
    return datetime.fromtimestamp(site.world.now(), UTC)


def advance(site: Site, seconds: float) -> None:
    """Let time pass in the hub's world, and its builders work."""
    assert isinstance(site.world._clock, VirtualClock)
    site.world._clock.advance(seconds)
    site.hub.tick()


def test_a_tag_by_name_and_by_id(site: Site, koji: KojiHub) -> None:
    """A tag is found by its name and by its id; one that is not there is None."""
    f42 = TagInfo(site.world.tag("f42").id, "f42")

    assert koji.tag("f42") == f42
    assert koji.tag(f42.id) == f42
    assert koji.tag("nosuch") is None


def test_the_id_of_a_tag_survives_its_name(site: Site, koji: KojiHub) -> None:
    """After a rename the history is found by the id, and bears the new name."""
    tag = site.world.tag("f42")
    tagging.rename(site.world, tag, "f42-old")

    assert {row.tag for row in koji.tag_history(tag.id)} == {"f42-old"}
    with pytest.raises(KojiPermanent, match="No such entry in table tag"):
        koji.tag_history("f42")


def test_a_history_has_what_was_tagged_and_untagged(site: Site, koji: KojiHub) -> None:
    """A row tells the build, the tag, who and when; one that was untagged tells that too."""
    first, *_, last = koji.tag_history("f42")

    assert (first.name, first.version, first.release) == ("pkg0", "1.0", "1.fc42")
    assert first.nvr == "pkg0-1.0-1.fc42"
    assert (first.tag, first.tag_id) == ("f42", site.world.tag("f42").id)
    assert (first.create_ts, first.creator) == (at(site), "releng")
    assert (first.revoke_event, first.revoke_ts, first.revoker) == (None, None, None)
    assert last.revoke_event is not None
    assert last.revoke_event > last.create_event
    assert (last.revoke_ts, last.revoker) == (at(site), "releng")


def test_a_history_comes_in_order(koji: KojiHub) -> None:
    """Koji answers unsorted; here rows come by event."""
    events = [row.create_event for row in koji.tag_history("f42")]

    assert events == sorted(events)
    assert len(events) == 7


def test_a_history_after_an_event(koji: KojiHub) -> None:
    """Asked for what is after an event, it has rows created or revoked after it, nothing else."""
    rows = koji.tag_history("f42")
    some = koji.tag_history("f42", rows[-2].create_event)

    assert [row.name for row in some] == ["pkg6"]
    assert koji.tag_history("f42", rows[-1].create_event) == some, "revoked after it"


def test_a_history_tells_its_progress(koji: KojiHub) -> None:
    """One call has it all, and says how much that is."""
    told: list[tuple[int, int]] = []
    koji.tag_history("f42", progress=lambda *done: told.append(done))

    assert told == [(7, 7)]


def test_tagged_has_every_build_in_the_tag(site: Site, koji: KojiHub) -> None:
    """All builds of a package are told, not only the latest, and none that was untagged."""
    newer = site.world.add_build("pkg0", "2.0", "1.fc42")
    tagging.release(site.world, newer, "f42")
    found = {build.nvr: build for build in koji.tagged("f42")}

    assert {"pkg0-1.0-1.fc42", "pkg0-2.0-1.fc42"} <= found.keys()
    assert "pkg6-1.0-1.fc42" not in found
    build = found["pkg0-2.0-1.fc42"]
    assert (build.build_id, build.name, build.tag) == (newer.id, "pkg0", "f42")
    assert build.state is BuildState.COMPLETE
    row = next(row for row in koji.tag_history("f42") if row.build_id == newer.id)
    assert build.create_event == row.create_event


def test_tagged_refuses_a_tag_that_is_not_there(koji: KojiHub) -> None:
    """An unknown tag is an error, never an empty tag."""
    with pytest.raises(KojiPermanent, match="No such tagInfo"):
        koji.tagged("nosuch")


def test_sources_are_read_in_multicalls(site: Site, koji: KojiHub) -> None:
    """Each build has its commit; an unknown one is None; a request holds a batch of calls."""
    ids = [*site.ids(), UNKNOWN]
    told: list[tuple[int, int]] = []
    found = koji.sources(ids, lambda *done: told.append(done))

    assert list(found) == ids
    assert found.pop(UNKNOWN) is None
    sources = [build.source for build in found.values() if build]
    assert sources == [COMMIT.format(f"pkg{number}", number) for number in range(7)]
    assert told == [(BATCH, 8), (2 * BATCH, 8), (8, 8)]
    assert site.requests("multiCall") == 3


def test_an_import_has_no_source(site: Site, koji: KojiHub) -> None:
    """An imported build has neither source nor task, and is no unknown build."""
    build = site.world.add_build("imported", "1", "1")
    found = koji.sources([build.id])[build.id]

    assert found is not None
    assert (found.source, found.task_id) == (None, None)
    assert (found.state, found.completion) == (BuildState.COMPLETE, at(site))


def test_nothing_is_asked_for_nothing(site: Site, koji: KojiHub) -> None:
    """An empty question makes no request, not even a login."""
    assert koji.sources([]) == {}
    assert koji.tags_of([]) == {}
    assert koji.task_infos([]) == {}
    assert koji.submit([], "eln", {}) == []
    assert site.troubles.seen == []


def test_tags_of_a_build(site: Site, koji: KojiHub) -> None:
    """The present tags of each build; none for one untagged; None for an unknown one alone."""
    ids = [*site.ids(), UNKNOWN]
    found = koji.tags_of(ids)

    f42 = koji.tag("f42")
    assert found == {**{i: [f42] for i in ids[:6]}, ids[6]: [], UNKNOWN: None}


def test_the_last_event(site: Site, koji: KojiHub) -> None:
    """The last event is the newest that is committed, with its time."""
    event = koji.last_event()

    assert (event.id, event.ts) == (site.world.last_event(), at(site))


def test_the_hubs_clock(koji: KojiHub) -> None:
    """The hub's time is in UTC, and not ours: it is the date of its answer."""
    clock = koji.hub_clock()

    assert clock.utcoffset() == timedelta(0)
    assert abs(clock - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_hub_without_a_date(koji: KojiHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no answer is dated, the clock is unknown rather than guessed."""
    monkeypatch.setattr("adapters.koji.session.Client._note", lambda *_, **__: None)

    with pytest.raises(KojiTransient, match="bears no date"):
        koji.hub_clock()


def test_a_build_target(site: Site, koji: KojiHub) -> None:
    """A target names the tag it builds from and the one it builds for; an unknown one is None."""
    target = koji.build_target("eln")

    assert target is not None
    assert (target.build_tag, target.dest_tag) == (koji.tag("eln-build"), koji.tag("eln"))
    assert koji.build_target("nosuch") is None


@pytest.mark.parametrize("value", [143, "143"], ids=["number", "text"])
def test_the_dist_is_a_number_or_text(site: Site, koji: KojiHub, value: object) -> None:
    """The macro was set as a number or as text: the dist is the same."""
    site.world.add_tag("next-build", extra={"rpm.macro.eln": value})

    assert koji.dist("next-build") == "eln143"


def test_the_dist_is_inherited(koji: KojiHub) -> None:
    """A build tag has the dist of its parent, and a tag without one has none."""
    assert koji.dist("eln-build") == "eln142"
    assert koji.dist("f42") is None


def test_the_dist_as_of_an_event(site: Site, koji: KojiHub) -> None:
    """The dist of the past can be asked for."""
    parent = site.world.tag("eln-parent")
    before = koji.last_event().id
    assert parent.config is not None
    config = type(parent.config)(extra={"rpm.macro.eln": 143})
    tagging.configure(site.world, parent, config)

    assert koji.dist("eln-build") == "eln143"
    assert koji.dist("eln-build", before) == "eln142"


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


def test_the_children_of_a_task(site: Site, koji: KojiHub) -> None:
    """The children of a task are told, the oldest first; a task without any has none."""
    (task,) = koji.submit([COMMIT.format("pkg0", 1)], "eln", {})
    advance(site, 86_400)
    children = koji.task_children(task.task_id or 0)

    assert children[0].method == "buildSRPMFromSCM"
    assert [child.id for child in children] == sorted(child.id for child in children)
    assert {child.parent for child in children} == {task.task_id}
    assert koji.task_children(children[0].id) == []


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


def test_a_build_is_found_again(site: Site, koji: KojiHub) -> None:
    """Ours are found by source and target, the newest first; what differs in either is not."""
    me = koji.whoami()
    assert me is not None
    wanted = ["x#1", "x#2", "x#1", "x#3", "x#1"]
    tasks = koji.submit(wanted, "eln", {})
    koji.submit(["x#1"], "eln-side", {})
    found = koji.find_build_tasks(me.id, "x#1", "eln")

    assert [task.id for task in found] == [tasks[i].task_id for i in (4, 2, 0)]
    assert found[0].request == ("x#1", "eln", {})
    assert koji.find_build_tasks(me.id, "x#4", "eln") == []
    assert koji.find_build_tasks(site.world.user("other").id, "x#1", "eln") == []


def test_a_build_is_looked_for_no_further_than_told(site: Site, koji: KojiHub) -> None:
    """Given an instant, older tasks are neither told nor paged through."""
    me = koji.whoami()
    assert me is not None
    koji.submit(["x#1"] * (5 * BATCH), "eln", {})
    advance(site, 60)
    (new,) = koji.submit(["x#1"], "eln", {})
    since = at(site)

    found = koji.find_build_tasks(me.id, "x#1", "eln", since)
    assert [task.id for task in found] == [new.task_id]
    assert site.requests("listTasks") == 1


def test_who_is_logged_in(site: Site, koji: KojiHub) -> None:
    """The hub knows us and our permissions."""
    assert koji.whoami() == User(site.world.user("ebs").id, "ebs")
    assert koji.permissions() == ("tag",)


def test_reading_needs_no_login(site: Site) -> None:
    """Without a login the hub is read, who we are is None, and writing is denied."""
    anonymous = site.koji(login=None)

    assert anonymous.whoami() is None
    assert anonymous.permissions() == ()
    assert anonymous.tag("f42") is not None
    (task,) = anonymous.submit(["x#1"], "eln", {})
    assert isinstance(task.error, KojiDenied)
    assert task.error.code == 1004
    anonymous.close()
