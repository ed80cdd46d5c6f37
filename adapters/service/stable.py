# SPDX-License-Identifier: GPL-3.0-or-later
"""What Koji's history has of batches' builds in the stable tag, and what is told of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from adapters.ports import Clock
from adapters.ports.koji import Koji, KojiPermanent, TagRow
from adapters.service.intervals import is_due
from adapters.service.journal import Draft, Journal, View, batch_draft, package_draft
from adapters.service.operation import Operation
from domain.batch import Batch, Item
from domain.batch.update_events import StableReached
from domain.package.events import Published
from projections import batches

_log = structlog.get_logger(__name__)


def history(koji: Koji, batch: Batch, items: Sequence[Item]) -> list[TagRow]:
    """Ask what came into the stable tag since the first of a batch's builds was submitted."""
    since = min(item.since for item in items if item.since is not None)
    return koji.tag_history(str(batch.stable_tag), koji.event_before(since))


def reached(rows: Sequence[TagRow]) -> dict[int, datetime]:
    """Return when each build came into the tag first."""
    return {row.build_id: row.create_ts for row in reversed(rows)}


def arrived(
    batch: Batch, items: Sequence[Item], times: Mapping[int, datetime], operation: Operation
) -> Iterator[Draft]:
    """Tell the batch and the packages which of the builds are in the stable tag."""
    there = [(item, item.downstream) for item in items if item.downstream in times]
    if not there:
        return
    meta = operation.meta()
    told = StableReached(tuple(item.build_id for item, _ in there))
    yield batch_draft(batch.number, told, meta)
    aliases = {i: str(update.alias) for update in batch.updates for i in update.build_ids}
    for item, downstream in there:
        assert downstream is not None  # noqa: S101 - it is one of the times
        event = Published(
            item.build_id,
            batch.mode,
            item.planned.generation,
            downstream,
            str(item.downstream_nvr),
            aliases[item.build_id],
            str(batch.stable_tag),
            times[downstream],
            batch=batch.number,
        )
        yield package_draft(item.planned.package, event, meta)


class Stragglers:
    """Looks for the builds whose batches went on without them; every ``poll``."""

    def __init__(self, journal: Journal, koji: Koji, clock: Clock, poll: timedelta) -> None:
        self._journal = journal
        self._koji = koji
        self._clock = clock
        self._poll = poll
        self._polled: datetime | None = None

    def look(self, operation: Operation) -> None:
        """Record those that have come since. Raises KojiError."""
        now = self._clock()
        if not is_due(self._polled, self._poll, now):
            return
        with self._journal.look() as view:
            late = [batch for batch in view.unstable() if not batch.open]
        for batch in late:
            self._look_for(batch, operation)
        self._polled = now

    def _look_for(self, batch: Batch, operation: Operation) -> None:
        """A tag that is no more keeps nothing else back."""
        try:
            times = reached(history(self._koji, batch, batch.unstable))
        except KojiPermanent as error:
            _log.warning("late builds cannot be looked for", batch=batch.number, why=str(error))
        else:
            self._journal.record(_late(batch.number, times, operation))


def _late(
    number: int, times: Mapping[int, datetime], operation: Operation
) -> Callable[[View], Iterator[Draft]]:
    def decide(view: View) -> Iterator[Draft]:
        for batch in batches.load(view.cursor, [number]).values():
            yield from arrived(batch, batch.unstable, times, operation)

    return decide
