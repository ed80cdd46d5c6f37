# SPDX-License-Identifier: GPL-3.0-or-later
"""What we had Koji do and know nothing of, for the log was restored as of a time before that.

Whoever restores a database cannot restore Koji. So before a side tag is made, and before builds are
submitted, Koji is asked what there is already: that is adopted, and on record from now on.

It is asked for the tasks that came after the side tag at hand was made, and those are of this batch
alone: however many there were before, they cost nothing. Only where Koji has a side tag that nobody
knows, or the one at hand is adopted, it is asked for those since the last one before that which is
on record, see ``lost_after``. Killed anywhere here, the next look finds the same.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from typing import Final, TypeAlias

import structlog

from adapters.ports.koji import BuildState, SideTag
from adapters.service.acting import Acting
from domain.batch import Batch, BatchEvent, Item, stream
from domain.batch.decide import (
    Found,
    Submission,
    begun,
    done_elsewhere,
    lost_after,
    published_since,
    repeated,
)
from domain.batch.events import BuildFinished, BuildRequested, BuildSubmitted, SideTagCreated

LONGEST: Final = timedelta(days=30)
"""Nobody restores what is older, and nothing of ours in Koji is at work for so long."""

Made: TypeAlias = Sequence[tuple[str, SideTagCreated]]
"""Side tags that are on record, with the streams of their batches."""

_log = structlog.get_logger(__name__)


class Lost:
    """Looks for it. Raises KojiError."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting

    def side_tag(self, batch: Batch, mine: Sequence[SideTag]) -> SideTag | None:
        """Return the one of our side tags that builds of the batch were submitted to already."""
        made = self._acting.side_tags_made()
        unknown = _unknown(mine, made) if batch.drafts else []
        if not unknown:
            return None
        sources = {item.planned.source for item in batch.items.values()}
        tasks = self._tasks(made, [tag.id for tag in unknown])
        into = {task.target for task in tasks if task.source in sources}
        return next((tag for tag in unknown if tag.name in into), None)

    def unbuilt(self, tags: Sequence[SideTag]) -> list[SideTag]:
        """Return, in order, the side tags that are not on record and nothing was submitted to."""
        made = self._acting.side_tags_made()
        unknown = _unknown(tags, made)
        if not unknown:
            return []
        into = {task.target for task in self._tasks(made, [tag.id for tag in unknown])}
        left = (tag for tag in unknown if tag.name not in into)
        return sorted(left, key=lambda tag: tag.id)

    def builds(self, batch: Batch, items: Sequence[Item]) -> list[BatchEvent]:
        """Return what is to be recorded of those that were submitted already, or even built."""
        if batch.side is None or not batch.drafts:
            return []
        subjects = self._acting.subjects(items)
        if published := [*published_since(batch, items, subjects)]:
            _log.warning("builds are adopted", batch=batch.number, builds=len(published))
            return list[BatchEvent](published)
        made, own = self._acting.side_tags_made(), stream(batch.number)
        mine = self._acting.koji.side_tags(batch.base or "", self._acting.owner())
        ours = [tag.tag_id for owner, tag in made if owner == own]
        tasks = self._tasks(made, [*ours, *(tag.id for tag in _unknown(mine, made))])
        here = begun(batch, items, tasks)
        others = [tag.name for owner, tag in made if owner != own]
        elsewhere = done_elsewhere(batch, items, tasks, others)
        passed = {one.item.build_id for one in here} | repeated(batch, items, subjects)
        there = [*self._promoted([one for one in elsewhere if one.item.build_id not in passed])]
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

    def _tasks(self, made: Made, ids: Collection[int]) -> list[Found]:
        """Return our tasks from since anything may have been lost with side tags of these ids."""
        long_ago = self._acting.koji.hub_clock() - LONGEST
        return self._acting.tasks(long_ago, lost_after((tag for _, tag in made), ids))


def _unknown(mine: Sequence[SideTag], made: Made) -> list[SideTag]:
    on_record = {tag.tag_id for _, tag in made}
    return [tag for tag in mine if tag.id not in on_record]
