# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds what is queued: batch by batch, each act in Koji between an intent and an outcome.

Level-triggered: a step does what the log says is to be done now. Killed anywhere, the next step
finds the intent and looks in Koji; see ``domain/batch/decide.py``.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from adapters.ports import Clock
from adapters.ports.koji import Koji, KojiDenied, KojiPermanent, Submitted
from adapters.service.journal import Draft, Journal, View, batch_draft, package_draft
from adapters.service.operation import Operation
from adapters.service.results import Results
from domain.batch import Batch, Item
from domain.batch.decide import Found, candidates, conclude, look
from domain.batch.events import (
    BuildFinished,
    BuildRequested,
    BuildSubmitted,
    DuplicateFound,
    Planned,
)
from domain.package.events import BuildStarted, Built, Ended
from projections import batches, eligibility

PRIORITY: Final = 5
"""Koji's priority of our builds, as EBS has it."""

_log = structlog.get_logger(__name__)


class Builds:
    """Takes queued builds to Koji; ``poll`` is how long to wait between two looks at its tasks."""

    def __init__(
        self, journal: Journal, koji: Koji, clock: Clock, target: str, poll: timedelta
    ) -> None:
        self._journal = journal
        self._koji = koji
        self._clock = clock
        self._target = target
        self._poll = poll
        self._results = Results(koji)
        self._polled: datetime | None = None

    def step(self, operation: Operation) -> Batch | None:
        """Do what is to be done now; return the batch that is open, None where none is.

        Raises KojiError; what was done until then is on record.
        """
        self._begin(operation)
        for act in (self._look_for_lost, self._submit_new, self._ask_how_it_goes, self._conclude):
            batch = self._open()
            if batch is None:
                return None
            act(batch, operation)
        return self._open()

    def poll_now(self) -> None:
        """Let the next step look at the tasks, however long ago the last look was."""
        self._polled = None

    def _open(self) -> Batch | None:
        with self._journal.look() as view:
            return view.batch

    # --- begin and end -------------------------------------------------------------------------

    def _begin(self, operation: Operation) -> None:
        """Begin a batch of all that is queued, unless one is open or we are paused."""

        def decide(view: View) -> Iterator[Draft]:
            service = view.service
            mode = service.configured.settings.mode
            if view.batch is not None or service.pause is not None or mode == "shadow":
                return
            waiting = candidates(eligibility.load_queued(view.cursor), mode)
            if waiting:
                number, meta = batches.last_number(view.cursor) + 1, operation.meta()
                planned = Planned(waiting, self._target, mode, service.dist)
                yield batch_draft(number, planned, meta)
                for each in waiting:
                    event = BuildStarted(each.build_id, mode, each.generation, number)
                    yield package_draft(each.package, event, meta)

        self._journal.record(decide)

    def _conclude(self, batch: Batch, operation: Operation) -> None:
        if finished := conclude(batch):
            draft = batch_draft(batch.number, finished, operation.meta())
            self._record(batch, lambda _: [draft])

    # --- submit --------------------------------------------------------------------------------

    def _submit_new(self, batch: Batch, operation: Operation) -> None:
        self._submit(batch, batch.unrequested, operation)

    def _submit(self, batch: Batch, items: Sequence[Item], operation: Operation) -> None:
        """Record the intent, and act on it at once: only who recorded it may, and only now."""
        if not items:
            return
        ids = tuple(item.build_id for item in items)
        attempt = max(item.attempt for item in items) + 1
        intent = BuildRequested(ids, self._koji.hub_clock(), attempt)
        draft = batch_draft(batch.number, intent, operation.meta())
        self._record(batch, lambda _: [draft])
        options = {"scratch": True} if batch.mode == "scratch" else {}
        sources = [item.planned.source for item in items]
        answers = self._koji.submit(sources, batch.target, options, PRIORITY)
        told = dict(zip(ids, answers, strict=True))
        self._record(batch, lambda now: _answered(now, told, operation))

    def _look_for_lost(self, batch: Batch, operation: Operation) -> None:
        """Find the tasks of intents without an outcome; submit again what is surely not there."""
        unanswered = batch.unanswered
        if not unanswered:
            return
        since = min(item.since for item in unanswered if item.since)
        tasks = [
            Found(task.id, str(task.request[0]), str(task.request[1]), task.created)
            for task in self._koji.build_tasks(self._owner(), since)
            if task.request
        ]
        found = look(batch, tasks, self._clock())
        meta = operation.meta()
        drafts = [batch_draft(batch.number, event, meta) for event in found.events]
        self._record(batch, lambda _: drafts)
        self._cancel(e.task_id for e in found.events if isinstance(e, DuplicateFound))
        if found.again:
            _log.warning("submitted again", builds=len(found.again), batch=batch.number)
            self._submit(self._open() or batch, found.again, operation)

    def _owner(self) -> int:
        user = self._koji.whoami()
        if user is None:
            raise KojiDenied(
                "nothing can be built",
                why="we are not logged in to Koji",
                do="give koji.user and koji.password_file, or koji.principal and koji.keytab",
            )
        return user.id

    # --- how it goes ---------------------------------------------------------------------------

    def _ask_how_it_goes(self, batch: Batch, operation: Operation) -> None:
        now = self._clock()
        if self._polled is not None and now - self._polled < self._poll:
            return
        ended = self._results.of(batch)
        self._cancel(self._results.running(batch.duplicates))
        self._record(batch, lambda now: _ended(now, ended, operation))
        self._polled = now

    def _cancel(self, task_ids: Iterator[int] | Sequence[int]) -> None:
        for task_id in task_ids:
            _log.warning("cancelling a task that builds a source once more", task=task_id)
            self._koji.cancel(task_id)

    def _record(self, batch: Batch, decide: Callable[[Batch], Sequence[Draft]]) -> None:
        """Record something of a batch, as it is by now, while it is open."""

        def on_view(view: View) -> Sequence[Draft]:
            same = view.batch is not None and view.batch.number == batch.number
            return decide(view.batch) if same and view.batch else []

        self._journal.record(on_view)


def _answered(batch: Batch, told: dict[int, Submitted], operation: Operation) -> list[Draft]:
    """Return what Koji answered; where that is not known nothing is said, and it is looked for."""
    drafts: list[Draft] = []
    for build_id, answer in told.items():
        if answer.task_id is not None:
            event = BuildSubmitted(build_id, answer.task_id)
            drafts.append(batch_draft(batch.number, event, operation.meta()))
        elif isinstance(answer.error, KojiPermanent):
            refused = BuildFinished(build_id, "failed", detail=str(answer.error))
            drafts += _ended(batch, [refused], operation)
    return drafts


def _ended(batch: Batch, ended: Sequence[BuildFinished], operation: Operation) -> list[Draft]:
    """Return the ends of builds, for the batch and for their packages."""
    drafts: list[Draft] = []
    for event in ended:
        item = batch.items[event.build_id]
        if item.outcome is None:
            meta = operation.meta()
            outcome = _outcome(batch, item, event)
            drafts.append(batch_draft(batch.number, event, meta))
            drafts.append(package_draft(item.planned.package, outcome, meta))
    return drafts


def _outcome(batch: Batch, item: Item, event: BuildFinished) -> Built | Ended:
    planned = item.planned
    if event.outcome == "built":
        return Built(
            planned.build_id,
            batch.mode,
            planned.generation,
            downstream_build_id=event.downstream_build_id,
            downstream_nvr=event.downstream_nvr,
            batch=batch.number,
            adopted=event.adopted,
        )
    return Ended(
        planned.build_id,
        batch.mode,
        planned.generation,
        event.outcome,
        source=planned.source,
        detail=event.detail,
        batch=batch.number,
    )
