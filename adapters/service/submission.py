# SPDX-License-Identifier: GPL-3.0-or-later
"""The builds of a batch in Koji: submitted, looked for, followed, promoted, given up."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from msgspec.structs import replace

from adapters.ports.koji import BuildSource, KojiPermanent, Submitted
from adapters.service.acting import Acting
from adapters.service.intervals import is_due
from adapters.service.journal import Draft, batch_draft, package_draft
from adapters.service.lost import Lost
from adapters.service.operation import Operation
from adapters.service.outcomes import built, ended
from adapters.service.results import Results
from domain.batch import Batch, BatchEvent, Item
from domain.batch import acts as do
from domain.batch.decide import look
from domain.batch.events import (
    BuildFinished,
    BuildRequested,
    BuildSubmitted,
    BuildTimedOut,
    DuplicateFound,
    Promoted,
    PromotionRefused,
)
from domain.package.events import FailureCleared

PRIORITY: Final = 5
"""Koji's priority of our builds, as EBS has it."""

_log = structlog.get_logger(__name__)


class Submission:
    """Each method carries one act out, and returns whether something came of it."""

    def __init__(self, acting: Acting, poll: timedelta) -> None:
        self._acting = acting
        self._poll = poll
        self._lost = Lost(acting)
        self._results = Results(acting.koji)
        self._polled: datetime | None = None

    def poll_now(self) -> None:
        """Let the next look at the tasks be made at once."""
        self._polled = None

    def submit(self, batch: Batch, act: do.Submit, operation: Operation) -> bool:
        """Record the intent, and act on it at once: only who recorded it may, and only now.

        What was done already is adopted first, and the rest is submitted after that.
        """
        if lost := self._lost.builds(batch, act.items):
            return self._acting.record(batch, operation, *lost)
        ids = tuple(item.build_id for item in act.items)
        since = self._acting.koji.last_event().ts
        if not self._acting.record(batch, operation, BuildRequested(ids, since, batch.attempt)):
            return False
        sources = [item.planned.source for item in act.items]
        answers = self._acting.koji.submit(sources, batch.into, _options(batch), PRIORITY)
        self._polled = self._acting.clock()  # nothing has come of them yet
        now = self._acting.open_batch()
        if now is not None:
            told = zip(ids, answers, strict=True)
            self._acting.record(now, operation, *_answered(told))
        return True

    def find(self, batch: Batch, act: do.FindTasks, operation: Operation) -> bool:
        """Find the tasks of intents without an outcome; submit again what is surely not there."""
        since = min(item.since for item in act.items if item.since)
        tasks = self._acting.tasks(since)
        found = look(batch, tasks, self._acting.clock())
        progress = self._acting.record(batch, operation, *found.events)
        self._cancel(e.task_id for e in found.events if isinstance(e, DuplicateFound))
        if not progress and found.again and batch.abandoned is None:
            _log.warning("submitted again", builds=len(found.again), batch=batch.number)
            return self.submit(batch, do.Submit(found.again), operation)
        return progress

    def time_out(self, batch: Batch, act: do.TimeOut, operation: Operation) -> bool:
        """Record that these take too long, and cancel their tasks."""
        late = [(item, item.task_id) for item in act.items if item.task_id is not None]
        events = [BuildTimedOut(item.build_id, task_id) for item, task_id in late]
        progress = self._acting.record(batch, operation, *events)
        self._cancel(task_id for _, task_id in late)
        self._polled = None
        return progress

    def poll(self, batch: Batch, _: do.Poll, operation: Operation) -> bool:
        """Look how the tasks are, where it is time; what should be cancelled is, once more."""
        now = self._acting.clock()
        if not is_due(self._polled, self._poll, now):
            return False
        late = [item.task_id for item in batch.building.values() if item.late and item.task_id]
        self._cancel(self._results.running([*batch.duplicates, *late]))
        progress = self._acting.record(batch, operation, *self._results.of(batch))
        self._polled = None if progress else now
        return progress

    def promote(self, batch: Batch, act: do.Promote, operation: Operation) -> bool:
        """Look which are drafts still, and promote those; what is promoted already is done."""
        by_draft = {item.downstream: item for item in act.items if item.downstream is not None}
        before = self._acting.koji.sources(by_draft)
        drafts = [i for i, build in before.items() if build is None or build.draft]
        refused = self._acting.koji.promote(drafts) if drafts else {}
        after = self._acting.koji.sources(by_draft)
        told: list[Draft] = []
        for draft, item in by_draft.items():
            told += _promotion(batch, item, after[draft], refused.get(draft), operation)
        return self._acting.record_drafts(batch, told)

    def give_up(self, batch: Batch, _: do.GiveUp, operation: Operation) -> bool:
        """Cancel what runs, and end what is not built as abandoned."""
        self._cancel(self._results.running([*batch.duplicates, *batch.building]))
        meta = operation.meta()
        drafts: list[Draft] = []
        for item in batch.items.values():
            if not batch.is_over(item):
                end = BuildFinished(item.build_id, "abandoned", detail=batch.abandoned or "")
                told = ended(batch, item, "abandoned", batch.abandoned or "")
                drafts.append(batch_draft(batch.number, end, meta))
                drafts.append(package_draft(item.planned.package, told, meta))
                if batch.requeue:
                    again = FailureCleared(batch.abandoned or "", item.planned.source)
                    drafts.append(package_draft(item.planned.package, again, meta))
        return self._acting.record_drafts(batch, drafts)

    def _cancel(self, task_ids: Iterable[int]) -> None:
        for task_id in task_ids:
            _log.warning("cancelling a task", task=task_id)
            self._acting.koji.cancel(task_id)


def _options(batch: Batch) -> dict[str, Any]:
    """A build waits for a repository as new as its tag: Koji takes a stale one otherwise."""
    if batch.mode == "scratch":
        return {"scratch": True}
    return {"draft": True, "wait_repo": True} if batch.drafts else {}


def _answered(told: Iterable[tuple[int, Submitted]]) -> Iterable[BatchEvent]:
    """Yield what Koji answered; where that is not known nothing is said, and it is looked for."""
    for build_id, answer in told:
        if answer.task_id is not None:
            yield BuildSubmitted(build_id, answer.task_id)
        elif isinstance(answer.error, KojiPermanent):
            yield BuildFinished(build_id, "failed", detail=str(answer.error))


def _promotion(
    batch: Batch,
    item: Item,
    build: BuildSource | None,
    error: Exception | None,
    operation: Operation,
) -> list[Draft]:
    """Return what became of a draft; nothing where it is not known, and it is tried again."""
    meta, package, draft = operation.meta(), item.planned.package, item.downstream or 0
    if build is not None and not build.draft:
        promoted = Promoted(item.build_id, draft, build.nvr)
        named = replace(item, downstream_nvr=build.nvr)
        return [
            batch_draft(batch.number, promoted, meta),
            package_draft(package, built(batch, named), meta),
        ]
    if isinstance(error, KojiPermanent):
        refused = PromotionRefused(item.build_id, draft, error.why)
        return [
            batch_draft(batch.number, refused, meta),
            package_draft(package, ended(batch, item, "refused", error.why), meta),
        ]
    return []
