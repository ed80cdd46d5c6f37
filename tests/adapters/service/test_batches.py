# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches in Koji: a side tag, slices, drafts, attempts, promotion, and nothing left behind."""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from adapters.koji.client import KojiHub
from adapters.ports.koji import SideTag, TaskInfo
from adapters.sandbox.hub import Ending
from adapters.sandbox.hub.choices import Outcome
from adapters.sandbox.hub.model import Build, BuildState, Task, TaskState
from adapters.service.journal import batch_draft
from adapters.store.log import EventLog
from domain.batch.events import (
    BuildTimedOut,
    Finished,
    Planned,
    Seeded,
    SideTagCreated,
    SideTagRemoved,
    SideTagRequested,
    SliceStarted,
)
from domain.errors import NotFound
from domain.package.events import Built, Ended
from domain.policy import Override, Policy
from tests.adapters.service.online import STABLE, TRIGGER, Rawhide

NAMES = ("bash", "llvm", "zsh")


class Endings:
    """How build tasks end, by package: one after another, the last for ever; else they succeed."""

    def __init__(self) -> None:
        self.of: dict[str, list[Ending]] = {}
        self._given: dict[int, Outcome] = {}

    def __call__(self, task: Task) -> Outcome:
        """Return what becomes of a task, the same however often it is asked."""
        if task.id not in self._given:
            left = self.of.get(package_of(str(task.request[0])), [])
            self._given[task.id] = Outcome(left[0] if left else Ending.COMPLETE)
            if len(left) > 1:
                left.pop(0)
        return self._given[task.id]


def package_of(source: str) -> str:
    """The package that a source is of."""
    return source.rpartition("/")[2].partition("#")[0]


@pytest.fixture
def endings() -> Endings:
    """How builds end; all succeed unless a test says otherwise."""
    return Endings()


@pytest.fixture
def rawhide(log: EventLog, endings: Endings) -> Iterator[Rawhide]:
    """Rawhide with three packages, and a baseline without any build."""
    with Rawhide(log, NAMES, outcome=endings) as made:
        made.baseline()
        yield made


def policy(**fields: object) -> Policy:
    """The policy with some of it changed."""
    return replace(Policy(TRIGGER), **fields)


def leftovers(rawhide: Rawhide) -> list[str]:
    """What of ours is left in Koji that should not: side tags, drafts, tasks that run."""
    tags = [
        t.name for t in rawhide.world.tags.values() if t.config and t.config.extra.get("sidetag")
    ]
    tasks = [str(t.id) for t in rawhide.world.tasks.values() if not t.state.over]
    return [*tags, *tasks]


def test_a_batch_from_side_tag_to_promotion(rawhide: Rawhide) -> None:
    """Built as drafts in a side tag that holds Rawhide's builds, promoted, nothing left behind."""
    builds = [rawhide.build(name) for name in NAMES]
    rawhide.listen()
    rawhide.settle()

    assert [rawhide.outcomes(name) for name in NAMES] == [[(b.id, "built")] for b in builds]
    told = {event.downstream_nvr for event in rawhide.events(Built.topic)}
    assert told == {f"{b.name}-{b.version}-1.eln141" for b in builds}
    [seeded] = rawhide.events(Seeded.topic)
    assert sorted(seeded.tagged) == sorted(b.id for b in builds)
    assert rawhide.events(Finished.topic) == [Finished(3, 0)]
    assert leftovers(rawhide) == []


def test_slices_follow_the_ordering(rawhide: Rawhide) -> None:
    """What the policy orders first is built first, and the next waits for it."""
    rawhide.configured.offer = replace(
        rawhide.configured.offer, policy=policy(ordering=(("^llvm", 10),), skip_tag=("^zsh",))
    )
    builds = {name: rawhide.build(name) for name in NAMES}
    rawhide.listen()
    rawhide.settle()

    assert [event.order for event in rawhide.events(SliceStarted.topic)] == [10, 1000]
    assert rawhide.built_sources()[0] == builds["llvm"].source
    [seeded] = rawhide.events(Seeded.topic)
    assert builds["zsh"].id not in seeded.tagged
    assert len(rawhide.events(Built.topic)) == 3


def begun_and_ended(rawhide: Rawhide) -> list[str]:
    """The beginnings and ends of batches, in the order of the log."""
    return [type(event).topic for event in rawhide.events(Planned.topic, Finished.topic)]


def queued_while_one_is_open(rawhide: Rawhide) -> Build:
    """Queue a build while a batch of another is open, and return it."""
    rawhide.build("bash")
    rawhide.listen()
    rawhide.passes()
    waiting = rawhide.build("zsh")
    rawhide.listen()
    rawhide.passes()
    return waiting


def test_batches_follow_one_another(rawhide: Rawhide) -> None:
    """What is queued while one is open waits for the next."""
    zsh = queued_while_one_is_open(rawhide)
    assert rawhide.outcomes("zsh") == [(zsh.id, None)]
    assert begun_and_ended(rawhide) == ["planned"]

    rawhide.settle()
    assert begun_and_ended(rawhide) == ["planned", "finished"] * 2


def test_a_pause_lets_a_batch_end_and_none_begin(rawhide: Rawhide) -> None:
    """Also of what was queued before it; the resume is enough to go on."""
    zsh = queued_while_one_is_open(rawhide)
    rawhide.app.operators.pause("branching", None, rawhide.by("person"))
    rawhide.passes(10)
    assert begun_and_ended(rawhide) == ["planned", "finished"]
    assert rawhide.outcomes("zsh") == [(zsh.id, None)]

    rawhide.app.operators.resume(rawhide.by("person"))
    rawhide.settle()
    assert rawhide.outcomes("zsh") == [(zsh.id, "built")]


def test_a_failure_that_a_retry_cures(rawhide: Rawhide, endings: Endings) -> None:
    """A failure is tried again; what is cured counts as built, and one commit is built once."""
    endings.of = {"bash": [Ending.FAILED, Ending.COMPLETE], "zsh": [Ending.FAILED]}
    builds = {name: rawhide.build(name) for name in NAMES}
    rawhide.listen()
    rawhide.settle()

    assert rawhide.outcomes("bash") == [(builds["bash"].id, "built")]
    assert rawhide.outcomes("zsh") == [(builds["zsh"].id, "failed")]
    tried = [package_of(source) for source in rawhide.built_sources()]
    assert {name: tried.count(name) for name in NAMES} == {"bash": 2, "llvm": 1, "zsh": 3}
    assert leftovers(rawhide) == []


def test_a_batch_looks_at_no_task_of_those_before_it(
    rawhide: Rawhide, endings: Endings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a look for lost tasks costs does not grow with the past: it finds those of the batch."""
    found: list[list[str]] = []

    def asked(*args: Any) -> list[TaskInfo]:
        tasks = ask(*args)
        found.append([package_of(str((task.request or [""])[0])) for task in tasks])
        return tasks

    for name in NAMES:
        rawhide.build(name)
    rawhide.listen()
    rawhide.settle()
    endings.of = {"zsh": [Ending.FAILED, Ending.COMPLETE]}
    ask = KojiHub.build_tasks
    monkeypatch.setattr(KojiHub, "build_tasks", asked)
    rawhide.build("zsh")
    rawhide.listen()
    rawhide.settle()

    assert found == [[], ["zsh"]]


def test_a_promotion_that_koji_refuses(rawhide: Rawhide) -> None:
    """Somebody built that very NVR meanwhile: it is told as refused, the others are promoted."""
    builds = {name: rawhide.build(name) for name in NAMES}
    rawhide.listen()
    rawhide.passes(1)
    rawhide.later(minutes=3)
    rawhide.world.add_build(
        "bash", builds["bash"].version, "1.eln141", source="git+https://x/rpms/bash#" + "f" * 40
    )
    rawhide.settle()

    assert rawhide.outcomes("bash") == [(builds["bash"].id, "refused")]
    [ended] = rawhide.events(Ended.topic)
    assert "exists" in ended.detail
    assert len(rawhide.events(Built.topic)) == 2


def test_a_build_that_takes_for_ever(rawhide: Rawhide, endings: Endings) -> None:
    """After a day its task is cancelled, and it ends as timed out, which is no failure."""
    endings.of = {"bash": [Ending.NEVER]}
    build = rawhide.build("bash")
    rawhide.listen()
    rawhide.passes(4)
    rawhide.later(hours=24)
    rawhide.passes(3)

    assert rawhide.outcomes() == [(build.id, "timed-out")]
    assert len(rawhide.events(BuildTimedOut.topic)) == 1
    states = {t.state for t in rawhide.world.tasks.values() if t.method == "build"}
    assert states == {TaskState.CANCELED}
    assert leftovers(rawhide) == []


@pytest.mark.parametrize("requeue", [False, True])
def test_an_abandoned_batch(rawhide: Rawhide, endings: Endings, requeue: bool) -> None:
    """Its tasks are cancelled and its side tag is removed; with requeue it is built anew."""
    endings.of = {"bash": [Ending.NEVER, Ending.COMPLETE]}
    build = rawhide.build("bash")
    rawhide.listen()
    rawhide.passes(4)
    asked = rawhide.by("person")
    rawhide.app.operators.abandon(1, "the hub is rebuilt", asked, requeue=requeue)
    rawhide.settle()

    expected = (
        [(build.id, "abandoned"), (build.id, "built")] if requeue else [(build.id, "abandoned")]
    )
    assert rawhide.outcomes() == expected
    assert leftovers(rawhide) == []


def test_scratch_builds_publish_nothing(rawhide: Rawhide) -> None:
    """Built in a side tag, and that is all: no build row, nothing promoted, a ledger of its own."""
    settings = replace(rawhide.configured.offer.settings, mode="scratch")
    rawhide.configured.offer = replace(rawhide.configured.offer, settings=settings)
    build = rawhide.build("bash")
    rawhide.listen()
    rawhide.settle()

    assert rawhide.outcomes() == [(build.id, "built")]
    assert [b.state for b in rawhide.world.builds.values() if b.task_id] == []
    assert leftovers(rawhide) == []


def test_what_is_not_tagged_stops_nothing(rawhide: Rawhide) -> None:
    """An upstream build that Koji will not tag is named, and the rest goes on."""
    build = rawhide.build("bash")
    rawhide.listen()
    rawhide.world.builds[build.id].state = BuildState.DELETED
    rawhide.settle()

    [seeded] = rawhide.events(Seeded.topic)
    assert [each.build_id for each in seeded.failed] == [build.id]


def test_what_is_left_over_is_cleaned_up(rawhide: Rawhide) -> None:
    """A side tag that this log made and no batch owns goes; another's stays, unless it is named."""
    rawhide.build("bash")
    rawhide.listen()
    rawhide.passes(2)
    hub = rawhide.app.hub
    assert hub is not None
    assert rawhide.koji is not None
    [mine] = leftovers(rawhide)[:1]
    theirs = rawhide.koji.create_side_tag("eln-build").name
    assert [orphan.name for orphan in hub.orphans.find()] == [theirs]

    meta = rawhide.by("service").meta()
    rawhide.app.journal.record(lambda _: [batch_draft(1, Finished(0, 1), meta)])
    assert {orphan.name: orphan.batch for orphan in hub.orphans.find()} == {mine: 1, theirs: None}

    assert len(hub.orphans.remove((), rawhide.by("service"))) == 1
    assert [orphan.name for orphan in hub.orphans.find()] == [theirs]
    with pytest.raises(NotFound):
        hub.orphans.remove([mine], rawhide.by("service"))
    hub.orphans.remove([theirs], rawhide.by("service"))
    assert hub.orphans.find() == []


@pytest.mark.parametrize("downstream", ["bash", "shell"])
def test_what_came_into_the_stable_tag_since_it_was_queued_is_not_built(
    rawhide: Rawhide, downstream: str
) -> None:
    """From the same source, by a person or by a batch that a restored log does not know."""
    if downstream != "bash":
        renamed = policy(overrides={downstream: Override("bash")})
        rawhide.configured.offer = replace(rawhide.configured.offer, policy=renamed)
        rawhide.world.list_package(STABLE, downstream)
    build = rawhide.build("bash")
    rawhide.listen()
    rawhide.passes()
    assert rawhide.events(Planned.topic)
    made = rawhide.world.add_build(downstream, "1", "1.eln141", source=build.source)
    rawhide.tag(made, STABLE)
    rawhide.listen()
    rawhide.settle()

    assert rawhide.built_sources() == []
    [built] = rawhide.events(Built.topic)
    assert (built.build_id, built.downstream_build_id, built.adopted) == (build.id, made.id, True)
    assert leftovers(rawhide) == []


@pytest.mark.parametrize("used", ["seeded", "built in"])
def test_what_a_lost_batch_uses_is_not_taken_for_the_side_tag_of_an_intent(
    rawhide: Rawhide, used: str
) -> None:
    """In a restored log the intent may be an old one, and the side tags since of later batches."""
    rawhide.build("bash")
    rawhide.listen()
    rawhide.passes()
    [made] = rawhide.events(SideTagCreated.topic)
    meta = rawhide.by("service").meta()
    lost = [SideTagRemoved(made.tag_id), SideTagRequested((made.tag_id,))]
    rawhide.app.journal.record(lambda _: [batch_draft(1, event, meta) for event in lost])
    theirs = side_tag_of_a_lost_batch(rawhide, used)
    rawhide.settle()

    assert [event.name for event in rawhide.events(SideTagCreated.topic)].count(theirs.name) == 0
    assert rawhide.world.tag(theirs.name).config is not None
    assert [outcome for _, outcome in rawhide.outcomes("bash")] == ["built"]


def side_tag_of_a_lost_batch(rawhide: Rawhide, used: str) -> SideTag:
    """Return one that is on no record, and in which there is something already."""
    assert rawhide.koji is not None
    side = rawhide.koji.create_side_tag("eln-build")
    build = rawhide.build("llvm", None)
    if used == "seeded":
        assert rawhide.koji.tag_builds(side.id, [build.id]) == {build.id: None}
    else:
        [submitted] = rawhide.koji.submit([str(build.source)], side.name, {"draft": True})
        assert submitted.task_id is not None
    return side
