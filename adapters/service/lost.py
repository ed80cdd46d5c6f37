# SPDX-License-Identifier: GPL-3.0-or-later
"""What we had Koji do and know nothing of, for the log was restored as of a time before that.

Whoever restores a database cannot restore Koji. So before a side tag is made, and before builds are
submitted, Koji is asked what there is already: that is adopted, and on record from now on.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from adapters.ports.koji import BuildState, SideTag
from adapters.service.acting import Acting
from domain.batch import Batch, BatchEvent, Item
from domain.batch.decide import CLOCKS_APART, Found, Submission, begun, done_elsewhere
from domain.batch.events import BuildFinished, BuildRequested, BuildSubmitted

LONGEST: Final = timedelta(days=30)
"""Nobody restores what is older, and nothing of ours in Koji is at work for so long."""

_log = structlog.get_logger(__name__)


class Lost:
    """Looks for it. Raises KojiError."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting

    def side_tag(self, batch: Batch, mine: Sequence[SideTag]) -> SideTag | None:
        """Return the one of our side tags that builds of the batch were submitted to already."""
        unknown = self._unknown(mine) if batch.drafts else []
        if not unknown:
            return None
        sources = {item.planned.source for item in batch.items.values()}
        into = {
            task.target for task in self._acting.tasks(self._long_ago()) if task.source in sources
        }
        return next((tag for tag in unknown if tag.name in into), None)

    def builds(self, batch: Batch, items: Sequence[Item]) -> list[BatchEvent]:
        """Return what is to be recorded of those that were submitted already, or even built."""
        side = batch.side
        if side is None or not batch.drafts:
            return []
        mine = self._acting.koji.side_tags(batch.base or "", self._acting.owner())
        long = side.adopted or batch.tries or self._unknown(mine)
        since = self._long_ago() if long else side.since - CLOCKS_APART
        tasks = self._acting.tasks(since)
        here = begun(batch, items, tasks)
        there = [*self._promoted(self._elsewhere(batch, items, here, tasks))]
        if not here and not there:
            return []
        found = [*here, *(one for one, _ in there)]
        _log.warning("builds are adopted", batch=batch.number, builds=len(found))
        ids = tuple(one.item.build_id for one in found)
        oldest = min(one.task.created for one in found)
        return [
            BuildRequested(ids, oldest, batch.attempt),
            *(BuildSubmitted(one.item.build_id, one.task.task_id, adopted=True) for one in here),
            *(finished for _, finished in there),
        ]

    def _elsewhere(
        self,
        batch: Batch,
        items: Sequence[Item],
        here: Sequence[Submission],
        tasks: Sequence[Found],
    ) -> list[Submission]:
        """Return the tasks of lost batches that built what nobody wants built once more."""
        others = self._acting.side_tags_made(but=batch.number).values()
        found = done_elsewhere(batch, items, tasks, others)
        if not found:
            return []
        passed = {one.item.build_id for one in here} | self._acting.repeated(batch)
        return [one for one in found if one.item.build_id not in passed]

    def _promoted(
        self, submissions: Sequence[Submission]
    ) -> Iterator[tuple[Submission, BuildFinished]]:
        """Yield those whose build is what people get: a draft is of no use without its side tag."""
        made = self._acting.koji.builds_of_tasks([one.task.task_id for one in submissions])
        for one in submissions:
            build = made.get(one.task.task_id)
            if build is not None and build.state is BuildState.COMPLETE and not build.draft:
                yield (
                    one,
                    BuildFinished(
                        one.item.build_id,
                        "built",
                        task_id=one.task.task_id,
                        downstream_build_id=build.build_id,
                        downstream_nvr=build.nvr,
                        adopted=True,
                    ),
                )

    def _unknown(self, mine: Sequence[SideTag]) -> list[SideTag]:
        made = self._acting.side_tags_made() if mine else {}
        return [tag for tag in mine if tag.id not in made]

    def _long_ago(self) -> datetime:
        return self._acting.koji.hub_clock() - LONGEST
