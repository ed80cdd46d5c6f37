# SPDX-License-Identifier: GPL-3.0-or-later
"""Side tags of ours in Koji that no batch owns: what a crash or a lost answer left behind.

Another service may use the same account: what this log did not make is shown, and removed only by
its name. The side tag of an update that Bodhi has is Bodhi's, also where the log was restored as of
a time before that update and does not know it.
"""

from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Final

from msgspec import Struct

from adapters.ports.bodhi import Bodhi
from adapters.ports.koji import Koji, KojiDenied, SideTag
from adapters.service.journal import Draft, Journal, View, batch_draft
from adapters.service.operation import Operation
from domain.batch import number_of
from domain.batch.events import SideTagCreated, SideTagRemoved
from domain.batch.update_events import UpdateSubmitted
from domain.envelope import Recorded
from domain.errors import NotFound, Refused

LONGEST: Final = timedelta(days=30)
"""No task of ours runs for so long."""


class Orphan(Struct, frozen=True):
    """A side tag that no open batch owns; ``batch`` made it, None where this log knows none.

    ``running``: how many tasks build into it.
    """

    name: str
    tag_id: int
    batch: int | None
    running: int


class Orphans:
    """Finds and removes them. Without a ``bodhi`` its updates are those that are on record."""

    def __init__(
        self, journal: Journal, koji: Koji, target: str, bodhi: Bodhi | None = None
    ) -> None:
        self._journal = journal
        self._koji = koji
        self._target = target
        self._bodhi = bodhi

    def find(self) -> list[Orphan]:
        """Return every side tag of ours that no open batch owns, nor Bodhi.

        Raises KojiError, BodhiError.
        """
        me, target = self._koji.whoami(), self._koji.build_target(self._target)
        if me is None or target is None:
            raise KojiDenied(
                "side tags cannot be looked for",
                why="we are not logged in to Koji" if me is None else f"no target {self._target}",
                do="see 'ebs doctor'",
            )
        made = self._made()
        with self._journal.look() as view:
            sides = view.batch.side_tags.values() if view.batch else ()
        owned = {side.tag_id for side in sides} | self._bodhis()
        mine = self._koji.side_tags(target.build_tag.id, me.id)
        running = [*self._running(me.id)] if mine else []
        return [
            Orphan(tag.name, tag.id, made.get(tag.id), running.count(tag.name))
            for tag in mine
            if tag.id not in owned and not self._is_bodhis(tag)
        ]

    def remove(self, named: Collection[str], operation: Operation) -> list[Recorded]:
        """Remove those that this log made, or those named; never one that is built into.

        Raises NotFound for a name that is none, Refused where tasks run, KojiError, BodhiError.
        """
        found = self.find()
        chosen = [o for o in found if (o.name in named if named else o.batch is not None)]
        strange = set(named) - {orphan.name for orphan in chosen}
        if strange:
            raise NotFound(
                f"{', '.join(sorted(strange))}: no side tag of ours that is left over",
                do="see 'ebs cleanup --dry-run'",
            )
        busy = [orphan.name for orphan in chosen if orphan.running]
        if busy and named:
            raise Refused(f"tasks build into {', '.join(busy)}", do="cancel them, or wait")
        recorded = []
        for orphan in chosen:
            if not orphan.running:
                recorded += self._remove(orphan, operation)
        return recorded

    def _remove(self, orphan: Orphan, operation: Operation) -> list[Recorded]:
        """Remove it from Koji first: what is gone already is removed."""
        self._koji.remove_side_tag(orphan.tag_id)
        if orphan.batch is None:
            return []
        event = SideTagRemoved(orphan.tag_id, "left over")
        number = orphan.batch

        def decide(_: View) -> Iterator[Draft]:
            yield batch_draft(number, event, operation.meta())

        return self._journal.record(decide)

    def _made(self) -> dict[int, int]:
        """Return the batch that made each side tag, by the tag's id."""
        created = self._journal.since(0, SideTagCreated.topic)
        return {
            each.envelope.event.tag_id: number_of(each.envelope.originator_id) or 0
            for each in created
        }

    def _bodhis(self) -> set[int]:
        """Return the side tags, by id, of which Bodhi has an update."""
        submitted = {
            (each.envelope.originator_id, each.envelope.event.update)
            for each in self._journal.since(0, UpdateSubmitted.topic)
        }
        created = self._journal.since(0, SideTagCreated.topic)
        return {
            each.envelope.event.tag_id
            for each in created
            if (each.envelope.originator_id, each.envelope.event.update) in submitted
        }

    def _is_bodhis(self, tag: SideTag) -> bool:
        return self._bodhi is not None and self._bodhi.update_of(tag.name) is not None

    def _running(self, owner: int) -> Iterator[str]:
        """Yield the target of each task of ours that is not over."""
        since = self._koji.hub_clock() - LONGEST
        for task in self._koji.build_tasks(owner, since):
            if task.request and not task.state.over:
                yield str(task.request[1])
