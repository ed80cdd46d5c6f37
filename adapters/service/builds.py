# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds what is queued: batch by batch, each act in Koji between an intent and an outcome.

Level-triggered: a step does what the log says is to be done now, until it has to wait. Killed
anywhere, the next step is told the same act; see ``domain/batch/process.py``.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from typing import Any

from structlog.contextvars import bound_contextvars

from adapters.ports import Clock, Hint, of_tag, of_task
from adapters.ports.koji import Koji, KojiPermanent
from adapters.service.acting import Acting, Handler
from adapters.service.journal import Draft, Journal, View, batch_draft, package_draft
from adapters.service.operation import Operation
from adapters.service.outcomes import of_slice
from adapters.service.publishing import Publishes, Publishing
from adapters.service.sidetags import SideTags
from adapters.service.stable import Stragglers
from adapters.service.submission import Submission
from adapters.tracing import span
from domain.batch import Batch, BatchEvent
from domain.batch import acts as do
from domain.batch.decide import Target, conclude, plan
from domain.batch.events import AttemptStarted, Held, SliceFinished, SliceStarted
from domain.batch.limits import Limits
from domain.batch.process import next_acts
from domain.package.events import BuildStarted
from projections import batches, eligibility


class Builds:
    """Takes queued builds to Koji.

    ``target``: Koji's build target, whose build tag the side tags are made from; ``poll``: how long
    to wait between two looks at tasks; ``publishes``: how what was built is published, if at all.
    """

    def __init__(
        self,
        journal: Journal,
        koji: Koji,
        clock: Clock,
        target: str,
        poll: timedelta,
        *,
        publishes: Publishes | None = None,
    ) -> None:
        self._journal = journal
        self._koji = koji
        self._clock = clock
        self._target = target
        self._limits = Limits(publication=publishes.how if publishes else None)
        self._acting = Acting(journal, koji, clock)
        self._submission = Submission(self._acting, poll)
        self._carry_out = self._handlers()
        if publishes is not None:
            publishing = Publishing(self._acting, publishes, self._waits, poll)
            self._carry_out |= publishing.handlers()
        self._stragglers = Stragglers(journal, koji, clock, poll)

    def step(self, operation: Operation) -> Batch | None:
        """Do what is to be done now; return the batch that is open, None where none is.

        Raises KojiError; what was done until then is on record.
        """
        self._stragglers.look(operation)
        self._begin(operation)
        while (batch := self._acting.open_batch()) is not None:
            acts = next_acts(batch, self._clock(), self._limits)
            if not any(self._does(batch, act, operation) for act in acts):
                return self._acting.open_batch()
        return None

    def _does(self, batch: Batch, act: do.Act, operation: Operation) -> bool:
        """Carry an act out; whether something came of it."""
        with bound_contextvars(batch=batch.number), span(type(act).__name__):
            return self._carry_out[type(act)](batch, act, operation)

    def poll_now(self) -> None:
        """Let the next step look at the tasks, however long ago the last look was."""
        self._submission.poll_now()

    def nudge(self, hints: Collection[Hint]) -> bool:
        """Let the next step look at the tasks at once, where a hint is about the open batch.

        Returns whether one is.
        """
        batch = self._acting.open_batch()
        if batch is None:
            return False
        about = {of_tag(batch.into), *map(of_task, batch.building)}
        concerned = not about.isdisjoint(hints)
        if concerned:
            self.poll_now()
        return concerned

    def _waits(self, count: int) -> list[timedelta]:
        """Return how long so many batches, the last that were published, took to be stable."""
        with self._journal.look() as view:
            return batches.stable_waits(view.cursor, count)

    def _begin(self, operation: Operation) -> None:
        """Begin a batch of all that is queued, unless one is open or we are paused."""
        with self._journal.look() as view:
            if _engaged(view) or not any(
                attempt.batch is None
                for package in eligibility.load_queued(view.cursor)
                for attempt in package.queued
            ):
                return
        target = self._where()

        def decide(view: View) -> Iterator[Draft]:
            queued = eligibility.load_queued(view.cursor)
            planned = None if _engaged(view) else plan(queued, view.service, target)
            if planned is not None:
                number, meta = batches.last_number(view.cursor) + 1, operation.meta()
                yield batch_draft(number, planned, meta)
                for each in planned.builds:
                    event = BuildStarted(each.build_id, planned.mode, each.generation, number)
                    yield package_draft(each.package, event, meta)

        self._journal.record(decide)

    def _where(self) -> Target:
        """Ask for the target's build tag. Raises KojiPermanent where there is no such target."""
        found = self._koji.build_target(self._target)
        if found is None:
            raise KojiPermanent(
                "nothing can be built",
                why=f"Koji has no target {self._target}",
                do="check koji.build_target in the static configuration",
            )
        return Target(self._target, found.build_tag.name)

    def _handlers(self) -> dict[type[do.Act], Handler]:
        """Return what carries each act out; it says whether something came of it."""
        side_tags, submission = SideTags(self._acting), self._submission
        return {
            do.RequestSideTag: side_tags.request,
            do.FindSideTag: side_tags.find,
            do.Seed: side_tags.seed,
            do.AwaitSeeds: side_tags.await_seeds,
            do.RequestRepo: side_tags.request_repo,
            do.AwaitRepo: side_tags.await_repo,
            do.RemoveSideTag: side_tags.remove,
            do.Submit: submission.submit,
            do.FindTasks: submission.find,
            do.TimeOut: submission.time_out,
            do.Poll: submission.poll,
            do.Promote: submission.promote,
            do.GiveUp: submission.give_up,
            do.Hold: self._noting(lambda _, act: Held(act.reason, act.until)),
            do.StartSlice: self._noting(lambda _, act: SliceStarted(act.order)),
            do.StartAttempt: self._noting(
                lambda _, act: AttemptStarted(act.attempt, act.build_ids)
            ),
            do.FinishSlice: self._finish_slice,
            do.Finish: self._noting(lambda batch, _: conclude(batch)),
            do.Rest: lambda _batch, _act, _operation: False,
        }

    def _noting(self, event: Callable[[Batch, Any], BatchEvent]) -> Handler:
        """Return the handler of an act that is done by recording it."""
        return lambda batch, act, operation: self._acting.record(
            batch, operation, event(batch, act)
        )

    def _finish_slice(self, batch: Batch, act: do.FinishSlice, operation: Operation) -> bool:
        """Tell the packages what came of the slice, but of drafts that are to be promoted yet."""
        items = [item for item in batch.items.values() if item.planned.order == act.order]
        failed = tuple(i.build_id for i in items if i.outcome not in (None, "built"))
        meta = operation.meta()
        drafts = [batch_draft(batch.number, SliceFinished(act.order, failed), meta)]
        drafts += [
            package_draft(item.planned.package, of_slice(batch, item), meta)
            for item in items
            if item.outcome is not None and item not in batch.unpromoted
        ]
        return self._acting.record_drafts(batch, drafts)


def _engaged(view: View) -> bool:
    return view.batch is not None or view.service.pause is not None
