# SPDX-License-Identifier: GPL-3.0-or-later
"""What a batch built on its way to people: updates in Bodhi, and the wait for the stable tag."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from msgspec import Struct

from adapters.ports.bodhi import Bodhi, BodhiAmbiguous, BodhiError
from adapters.ports.koji import TagRow
from adapters.service.acting import Acting
from adapters.service.journal import Draft, batch_draft
from adapters.service.operation import Operation
from adapters.service.stable import arrived, history, reached
from domain.batch import Batch
from domain.batch import acts as do
from domain.batch.decide import IN_FLIGHT
from domain.batch.limits import Publication
from domain.batch.publishing import MEASURED, chunks, patience
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

    def adopt(self, batch: Batch, act: do.RequestSideTag, operation: Operation) -> bool:
        """Look for an update of just these builds, which needs no side tag; whether there is one.

        A log that was restored as of an earlier time knows nothing of what was done after that.
        """
        update = batch.updates[act.update - 1]
        nvrs = [str(batch.items[build_id].downstream_nvr) for build_id in update.build_ids]
        try:
            found = self._bodhi.updates_of_builds(nvrs)
        except BodhiError as error:
            _log.warning("Bodhi is needed, and does not answer", why=str(error))
            return False
        aliases = {found.get(nvr) for nvr in nvrs}
        alias = aliases.pop()
        if aliases or alias is None:
            return False
        event = UpdateSubmitted(act.update, alias, adopted=True)
        return self._acting.record(batch, operation, event)

    def request(self, batch: Batch, act: do.RequestUpdate, operation: Operation) -> bool:
        """Record the intent, look, and have the update made, unless it is there."""
        if not self._acting.record(batch, operation, UpdateRequested(act.update)):
            return False
        tag = _side_tag(batch, act.update)
        event: UpdateSubmitted | UpdateRefused
        try:
            found = self._bodhi.update_of(tag)
            alias = found or self._bodhi.submit(tag, self._notes(batch, act.update))
            event = UpdateSubmitted(act.update, alias, adopted=found is not None)
        except BodhiAmbiguous as error:
            _log.warning("an update may have been made", side_tag=tag, why=str(error))
            return True
        except BodhiError as error:
            _log.warning("no update was made", side_tag=tag, why=str(error))
            event = UpdateRefused(act.update, error.why or error.what)
        now = self._acting.open_batch()
        if now is None or not now.updates[act.update - 1].unanswered:
            return True  # somebody has found it
        return self._acting.record(now, operation, event)

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
        waited = self._polled is None or self._acting.clock() - self._polled >= self._poll
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


Handler = Callable[[Batch, Any, Operation], bool]


def handlers(publishing: Publishing, make: Handler) -> dict[type[do.Act], Handler]:
    """Return what carries each act of publishing out; ``make`` makes a side tag."""

    def side_tag(batch: Batch, act: do.RequestSideTag, operation: Operation) -> bool:
        adopted = act.update > 0 and publishing.adopt(batch, act, operation)
        return adopted or make(batch, act, operation)

    return {
        do.RequestSideTag: side_tag,
        do.PlanUpdates: publishing.plan,
        do.RequestUpdate: publishing.request,
        do.FindUpdate: publishing.find,
        do.HoldUpdate: publishing.hold,
        do.SplitUpdate: publishing.split,
        do.DropUpdate: publishing.drop,
        do.AwaitStable: publishing.await_stable,
    }


def _side_tag(batch: Batch, update: int) -> str:
    return batch.side_tags[update].name
