# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be done for a batch next, and what Koji's answers mean to it.

Every act is intent, look, act, outcome. An intent is acted upon by who recorded it, at once and
once. Anybody else who finds it without an outcome looks for the task; if there is none, the request
may still be on its way, so that only after the hub's request timeout the intent is made anew.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple, assert_never

from msgspec import Struct

from domain.admission.plan import Subject
from domain.batch.events import (
    LAST,
    BuildFinished,
    BuildSubmitted,
    DuplicateFound,
    Finished,
    Planned,
    PlannedBuild,
    SideTagCreated,
)
from domain.batch.state import Batch, Item
from domain.package import Package
from domain.package.state import Attempt
from domain.policy import Names, Policy
from domain.service import Service

IN_FLIGHT: Final = timedelta(minutes=5)
"""For how long after its intent a request may still arrive: our patience and the hub's together."""


class Found(NamedTuple):
    """A ``build`` task of ours that Koji has; ``failed``: it was cancelled, or came to nothing."""

    task_id: int
    source: str
    target: str
    created: datetime
    failed: bool = False


class Submission(NamedTuple):
    """A build of a batch, and the task that builds it."""

    item: Item
    task: Found


class Target(NamedTuple):
    """Koji's target, and the tag that a side tag is made from, None where none is."""

    name: str
    base: str | None = None


class Looked(NamedTuple):
    """What a look for lost answers brought; ``again`` is to be submitted again."""

    events: tuple[BuildSubmitted | DuplicateFound, ...]
    again: tuple[Item, ...]


class KojiBuild(Struct, frozen=True, gc=False):
    """A build in Koji, downstream."""

    build_id: int
    nvr: str
    source: str | None
    complete: bool


class TaskResult(Struct, frozen=True, gc=False):
    """How a task ended: with which build of its own, or why not.

    ``existing`` is the build that Koji named where it refused to build one a second time.
    """

    state: Literal["closed", "failed", "cancelled"]
    build: KojiBuild | None = None
    existing: KojiBuild | None = None
    fault: str = ""


def plan(packages: Iterable[Package], service: Service, target: Target) -> Planned | None:
    """Return the batch of all that is queued and in none, the oldest verdict first; or None."""
    policy, mode = service.configured.policy, service.configured.settings.mode
    if policy is None or mode == "shadow":
        return None
    names = Names(policy, service.configured.packages.views)
    waiting = [
        (attempt.position, _planned(package, attempt, policy, names.downstream(package.name)))
        for package in packages
        for attempt in package.queued
        if attempt.mode == mode and attempt.batch is None and attempt.source is not None
    ]
    builds = tuple(build for _, build in sorted(waiting, key=lambda each: each[0]))
    return Planned(builds, target.name, mode, service.dist, target.base) if builds else None


def order_of(policy: Policy, downstream: str) -> int:
    """Return in which slice a package is built, by the first pattern that fits (EBS's rule)."""
    fits = (order for pattern, order in policy.ordering if re.search(pattern, downstream))
    return next(fits, LAST)


def _planned(package: Package, attempt: Attempt, policy: Policy, downstream: str) -> PlannedBuild:
    """Order and seed a build by its name downstream."""
    skipped = any(re.search(pattern, downstream) for pattern in policy.skip_tag)
    return PlannedBuild(
        package.name,
        attempt.build_id,
        package.builds[attempt.build_id].nvr,
        str(attempt.source),
        attempt.generation,
        order=order_of(policy, downstream),
        seed=not skipped,
    )


def look(batch: Batch, tasks: Iterable[Found], now: datetime) -> Looked:
    """Compare what was intended with the tasks that Koji has: adopt, cancel, or do it again."""
    events: list[BuildSubmitted | DuplicateFound] = []
    again: list[Item] = []
    unclaimed = _unclaimed(batch, tasks)
    for item in batch.items.values():
        mine = [t for t in unclaimed.get(item.planned.source, ()) if _may_be_of(item, t)]
        if item.unanswered and mine:
            events.append(BuildSubmitted(item.build_id, mine.pop(0).task_id, adopted=True))
        elif item.unanswered and is_stale(item, now):
            again.append(item)
        events += [DuplicateFound(item.build_id, task.task_id) for task in mine]
    return Looked(tuple(events), tuple(again))


def lost_after(made: Iterable[SideTagCreated], ids: Iterable[int]) -> int:
    """Return the task that whatever the log lost with some side tags came after.

    ``made``: all side tags on record; ``ids``: those, on record or not, that builds were lost with.
    A log loses what was recorded after an instant. A side tag that it still knows, no younger than
    any of these, was made before that instant; so what was lost came after it. Koji counts its tags
    and tasks: whichever is later has the higher id, whatever any clock says. One that is adopted
    tells nothing: it may be of those that were lost. 0 where none on record is that old.
    """
    first = min(ids)
    known = [(tag.tag_id, tag.after_task) for tag in made if tag.tag_id <= first]
    return max(((i, task) for i, task in known if task is not None), default=(0, 0))[1]


def begun(batch: Batch, items: Iterable[Item], tasks: Iterable[Found]) -> list[Submission]:
    """Return the tasks that build these into the side tag although nobody set about to submit them.

    A log that was restored as of an earlier time knows nothing of what was done after that.
    """
    unclaimed = _unclaimed(batch, tasks)
    mine = ((item, unclaimed.get(item.planned.source)) for item in items)
    return [Submission(item, found[0]) for item, found in mine if found]


def done_elsewhere(
    batch: Batch, items: Iterable[Item], tasks: Iterable[Found], others: Collection[str]
) -> list[Submission]:
    """Return likewise the tasks that built these in a batch of which the log knows nothing.

    ``others``: the side tags of other batches on record, which tell themselves of what they built.
    """
    known = {*others, batch.into, batch.target}
    lost = {t.source: t for t in sorted(tasks) if t.target not in known and not t.failed}
    mine = ((item, lost.get(item.planned.source)) for item in items)
    return [Submission(item, task) for item, task in mine if task is not None]


def repeated(batch: Batch, items: Iterable[Item], subjects: Mapping[str, Subject]) -> set[int]:
    """Return the builds, of these, that are to be built although they were before."""
    queued = ((item, _attempt(batch, item, subjects)) for item in items)
    return {item.build_id for item, each in queued if each and (each.generation or each.round)}


def published_since(
    batch: Batch, items: Collection[Item], subjects: Mapping[str, Subject]
) -> Iterator[BuildFinished]:
    """Yield the end of those whose source came into the stable tag since they were queued.

    Built by a batch of which the log knows nothing, or by a person. What was there before, the gate
    has seen. ``subjects``: by their names upstream.
    """
    again = repeated(batch, items, subjects)
    for item in items:
        queued, source = _attempt(batch, item, subjects), item.planned.source
        if queued is None or item.build_id in again:
            continue
        for seen in subjects[item.planned.package].destinations:
            if seen.source == source and seen.position > queued.position:
                built = KojiBuild(seen.build_id, seen.nvr, source, complete=True)
                yield _finished(item, "built", built, adopted=True)
                break


def _attempt(batch: Batch, item: Item, subjects: Mapping[str, Subject]) -> Attempt | None:
    """Return the line of its package's ledger that the batch builds an item for."""
    ledger = subjects[item.planned.package].package.ledger
    mine = (a for a in ledger if (a.batch, a.build_id) == (batch.number, item.build_id))
    return next(mine, None)


def _unclaimed(batch: Batch, tasks: Iterable[Found]) -> dict[str, list[Found]]:
    """Return the tasks for the batch's target that belong to no build yet, by source.

    In order, those that failed last: after one that failed there may have been another attempt.
    """
    taken = {item.task_id for item in batch.items.values()} | {*batch.duplicates, *batch.spent}
    found: dict[str, list[Found]] = {}
    for task in sorted(tasks, key=lambda task: (task.failed, task.task_id)):
        if task.target == batch.into and task.task_id not in taken:
            found.setdefault(task.source, []).append(task)
    return found


def _may_be_of(item: Item, task: Found) -> bool:
    return item.since is not None and task.created >= item.since


def is_stale(item: Item, now: datetime) -> bool:
    """Whether no request that was sent for the intent can arrive any more."""
    return item.requested_at is not None and now - item.requested_at >= IN_FLIGHT


def finish(item: Item, result: TaskResult) -> BuildFinished:
    """Return what the end of its task means to a build."""
    match result.state:
        case "closed":
            return _finished(item, "built", result.build)
        case "cancelled":
            return _finished(item, "cancelled", result.build, result.fault)
        case "failed":
            return _failed(item, result)
        case _:
            assert_never(result.state)


def _failed(item: Item, result: TaskResult) -> BuildFinished:
    """'Build already exists' is an answer, not a failure: of the same source, it is what we want.

    A build may be complete although its task failed: then it was not tagged.
    """
    existing = result.existing
    if existing is not None and existing.complete and existing.source == item.planned.source:
        return _finished(item, "built", existing, result.fault, adopted=True)
    if existing is not None:
        return _finished(item, "refused", existing, result.fault)
    untagged = result.build is not None and result.build.complete
    told = f"built, and not tagged: {result.fault}" if untagged else result.fault
    return _finished(item, "failed", result.build, told)


def _finished(
    item: Item,
    outcome: Literal["built", "failed", "cancelled", "refused"],
    build: KojiBuild | None,
    detail: str = "",
    *,
    adopted: bool = False,
) -> BuildFinished:
    return BuildFinished(
        item.build_id,
        "timed-out" if item.late and outcome == "cancelled" else outcome,
        task_id=item.task_id,
        downstream_build_id=build.build_id if build else None,
        downstream_nvr=build.nvr if build else None,
        detail=detail,
        adopted=adopted,
    )


def conclude(batch: Batch) -> Finished:
    """Return the end of a batch whose every build ended."""
    return Finished(batch.built, len(batch.items) - batch.built)
