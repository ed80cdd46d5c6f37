# SPDX-License-Identifier: GPL-3.0-or-later
"""What a batch built on its way to people: updates in Bodhi, and the wait for the stable tag."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from msgspec import Struct

from adapters.ports.bodhi import Bodhi, BodhiAmbiguous, BodhiError
from adapters.ports.koji import TagRow
from adapters.service.acting import Acting, Handler
from adapters.service.intervals import is_due
from adapters.service.journal import Draft, batch_draft
from adapters.service.operation import Operation
from adapters.service.stable import arrived, history, reached
from domain.batch import Batch, BatchEvent
from domain.batch import acts as do
from domain.batch.decide import IN_FLIGHT
from domain.batch.events import SideTagRemoved
from domain.batch.limits import Publication
from domain.batch.publishing import MEASURED, chunks, patience
from domain.batch.state import Update
from domain.batch.update_events import (
    StableTimedOut,
    UpdateDropped,
    UpdateHeld,
    UpdateRefused,
    UpdateRequested,
    UpdatesPlanned,
    UpdateSplit,
    UpdateSubmitted,
)

NAMED: Final = 50
"""Packages that the notes of an update name; beyond that they say how many more there are."""

_log = structlog.get_logger(__name__)


class Publishes(Struct, frozen=True):
    """Where and how batches are published; ``page``: of a batch, by its number, to be linked to."""

    bodhi: Bodhi
    how: Publication
    page: Callable[[int], str | None] = lambda _: None


class Publishing:
    """Each method carries one act out, and returns whether something came of it.

    ``waits``: how long the batches before took to be stable; ``poll``: between two looks at the
    stable tag, unless a message tells that something came into it.
    """

    def __init__(
        self,
        acting: Acting,
        publishes: Publishes,
        waits: Callable[[int], Sequence[timedelta]],
        poll: timedelta,
    ) -> None:
        self._acting = acting
        self._bodhi = publishes.bodhi
        self._page = publishes.page
        self._waits = waits
        self._poll = poll
        self._polled: datetime | None = None
        self._heard = 0

    def handlers(self) -> dict[type[do.Act], Handler]:
        """Return what carries each act of publishing out."""
        return {
            do.PlanUpdates: self.plan,
            do.RequestUpdate: self.request,
            do.FindUpdate: self.find,
            do.HoldUpdate: self.hold,
            do.SplitUpdate: self.split,
            do.DropUpdate: self.drop,
            do.AwaitStable: self.await_stable,
        }

    def plan(self, batch: Batch, act: do.PlanUpdates, operation: Operation) -> bool:
        """Settle the updates, and how long each is waited for."""
        together = self._together(act)
        if together is None:
            return False
        how = act.publication
        updates = chunks(act.items, how.batch_size, how.max_single_batch_size, together)
        wait = patience(self._waits(MEASURED) if how.adaptive else (), how)
        event = UpdatesPlanned(updates, how.stable_tag, round(wait.total_seconds()))
        return self._acting.record(batch, operation, event)

    def _together(self, act: do.PlanUpdates) -> Mapping[str, str] | None:
        """Ask which update of Rawhide's each build came in; None while the answer may be had."""
        if not act.divided:
            return {}
        try:
            return self._bodhi.updates_of_builds([item.planned.nvr for item in act.items])
        except BodhiError as error:
            _log.warning("what came together in Rawhide is not known", why=str(error))
            return {} if act.overdue else None

    def request(self, batch: Batch, act: do.RequestUpdate, operation: Operation) -> bool:
        """Record the intent, look, and have the update made, unless it is there."""
        if not self._acting.record(batch, operation, UpdateRequested(act.update)):
            return False
        tag = _side_tag(batch, act.update)
        events: Sequence[BatchEvent]
        try:
            events = self._submitted(batch, act.update)
        except BodhiAmbiguous as error:
            _log.warning("an update may have been made", side_tag=tag, why=str(error))
            return True
        except BodhiError as error:
            _log.warning("no update was made", side_tag=tag, why=str(error))
            events = [UpdateRefused(act.update, error.why or error.what)]
        now = self._acting.open_batch()
        if now is None or not now.updates[act.update - 1].unanswered:
            return True  # somebody has found it
        return self._acting.record(now, operation, *events)

    def _submitted(self, batch: Batch, number: int) -> Sequence[BatchEvent]:
        """Have the update made, unless it is there, be it of a side tag that nobody knows.

        Then ours is of no use; where only some of its builds are there, they go their own way.
        """
        side, update = batch.side_tags[number], batch.updates[number - 1]
        if (found := self._bodhi.update_of(side.name)) is not None:
            return [UpdateSubmitted(number, found, adopted=True)]
        alias, there = self._of_builds(batch, update)
        if alias is None:
            made = self._bodhi.submit(side.name, self._notes(batch, number))
            return [UpdateSubmitted(number, made)]
        if len(there) < len(update.build_ids):
            return [UpdateSplit(number, there, len(batch.updates) + 1)]
        assert side.tag_id is not None  # noqa: S101 - it was seeded
        self._acting.koji.remove_side_tag(side.tag_id)
        removed = SideTagRemoved(side.tag_id, f"{alias} has its builds", number)
        return [removed, UpdateSubmitted(number, alias, adopted=True)]

    def _of_builds(self, batch: Batch, update: Update) -> tuple[str | None, tuple[int, ...]]:
        """Return an update in which builds of this one are already, and which of them are.

        A log that was restored as of an earlier time knows nothing of what was done after that.
        """
        nvrs = {i: str(batch.items[i].downstream_nvr) for i in update.build_ids}
        found = self._bodhi.updates_of_builds([*nvrs.values()])
        alias = next((found[nvr] for nvr in nvrs.values() if nvr in found), None)
        return alias, tuple(i for i, nvr in nvrs.items() if found.get(nvr) == alias)

    def find(self, batch: Batch, act: do.FindUpdate, operation: Operation) -> bool:
        """Adopt the update that is there; after a while there is none, and another is asked for."""
        tag = _side_tag(batch, act.update)
        try:
            found = self._bodhi.update_of(tag)
        except BodhiError as error:
            _log.warning("Bodhi is needed, and does not answer", side_tag=tag, why=str(error))
            return False
        if found is not None:
            event = UpdateSubmitted(act.update, found, adopted=True)
            return self._acting.record(batch, operation, event)
        asked = batch.updates[act.update - 1].requested_at
        if asked is not None and self._acting.clock() - asked < IN_FLIGHT:
            return False
        refused = UpdateRefused(act.update, "Bodhi's answer was lost, and there is no update")
        return self._acting.record(batch, operation, refused)

    def hold(self, batch: Batch, act: do.HoldUpdate, operation: Operation) -> bool:
        """Tell that it does not come about, and when it is tried again."""
        _log.warning("an update is held", batch=batch.number, why=act.reason)
        event = UpdateHeld(act.update, act.reason, act.until)
        return self._acting.record(batch, operation, event)

    def split(self, batch: Batch, act: do.SplitUpdate, operation: Operation) -> bool:
        """Let the rest go without these."""
        return self._acting.record(
            batch, operation, UpdateSplit(act.update, act.build_ids, len(batch.updates) + 1)
        )

    def drop(self, batch: Batch, act: do.DropUpdate, operation: Operation) -> bool:
        """Give it up."""
        _log.warning("an update is given up", batch=batch.number, why=act.reason)
        return self._acting.record(batch, operation, UpdateDropped(act.update, act.reason))

    def await_stable(self, batch: Batch, act: do.AwaitStable, operation: Operation) -> bool:
        """Look which of the builds Koji's history has in the stable tag, where it is time."""
        if not self._is_due(batch):
            return False
        rows = history(self._acting.koji, batch, act.items)
        self._polled = self._acting.clock()
        times = reached(rows)
        drafts = [*arrived(batch, act.items, times, operation)]
        missing = {item.build_id for item in act.items if item.downstream not in times}
        drafts += self._late(batch, act, missing, rows, operation)
        return self._acting.record_drafts(batch, drafts)

    def _is_due(self, batch: Batch) -> bool:
        """Whether it is time to look, or a message told of the stable tag since the last look."""
        told = self._acting.tagged_since(max(self._heard, batch.position))
        self._heard = max((position for position, _ in told), default=self._heard)
        waited = is_due(self._polled, self._poll, self._acting.clock())
        return waited or any(tag == batch.stable_tag for _, tag in told)

    def _late(
        self,
        batch: Batch,
        act: do.AwaitStable,
        missing: set[int],
        rows: Sequence[TagRow],
        operation: Operation,
    ) -> Iterator[Draft]:
        """Tell of the updates that were waited for long enough, unless signing is backed up.

        That is where nothing at all came into the tag for as long as an update is waited for.
        """
        if not act.overdue:
            return
        lately = self._acting.koji.hub_clock() - timedelta(seconds=batch.wait)
        stalled = all(row.create_ts < lately for row in rows)
        for number in act.hopeless if stalled else act.overdue:
            waiting = (item.build_id for item in batch.awaited(batch.updates[number - 1]))
            late = tuple(build_id for build_id in waiting if build_id in missing)
            if late:
                event = StableTimedOut(number, late, stalled)
                _log.warning("not stable in time", batch=batch.number, builds=len(late))
                yield batch_draft(batch.number, event, operation.meta())

    def _notes(self, batch: Batch, update: int) -> str:
        """Say what it is, in plain text: which packages, of which batch, and where that is told."""
        items = [batch.items[build_id] for build_id in batch.updates[update - 1].build_ids]
        names = sorted(item.planned.package for item in items)
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        page = self._page(batch.number)
        told = f" See {page}" if page else ""
        return (
            f"ELNBuildSync batch {batch.number}: rebuilt from Fedora Rawhide for Fedora ELN: "
            f"{', '.join(names[:NAMED])}{more}.{told}"
        )


def _side_tag(batch: Batch, update: int) -> str:
    return batch.side_tags[update].name
