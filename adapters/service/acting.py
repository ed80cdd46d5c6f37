# SPDX-License-Identifier: GPL-3.0-or-later
"""What every act of a batch needs: the hub, the clock, the journal, and who we are in Koji."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias, cast

from adapters.ports import Clock
from adapters.ports.koji import Koji, KojiDenied, TaskInfo, TaskState
from adapters.service import naming
from adapters.service.journal import Draft, Journal, View, batch_draft
from adapters.service.operation import Operation
from domain.admission.plan import Subject
from domain.batch import Batch, BatchEvent, Item
from domain.batch.decide import Found
from domain.batch.events import SideTagCreated
from domain.package.events import Tagged

Handler: TypeAlias = Callable[[Batch, Any, Operation], bool]
"""Carries an act out for a batch; whether something came of it."""


class Acting:
    """Records of a batch, only while it is as it was when the act was decided on."""

    def __init__(self, journal: Journal, koji: Koji, clock: Clock) -> None:
        self.koji = koji
        self.clock = clock
        self._journal = journal

    def open_batch(self) -> Batch | None:
        """Return the batch that is open."""
        with self._journal.look() as view:
            return view.batch

    def tagged_since(self, position: int) -> list[tuple[int, str]]:
        """Return what was recorded behind a position as tagged: where that is, and the tag."""
        found = self._journal.since(position, Tagged.topic)
        return [(each.position, each.envelope.event.tag) for each in found]

    def tasks(self, since: datetime, after: int = 0) -> list[Found]:
        """Return our ``build`` tasks since an instant of the hub's time, and after a task.

        Scratch builds are left out.
        """
        return [
            Found(task.id, str(task.request[0]), str(task.request[1]), task.created, _failed(task))
            for task in self.koji.build_tasks(self.owner(), since, after)
            if task.request and not _scratch(task)
        ]

    def subjects(self, items: Iterable[Item]) -> Mapping[str, Subject]:
        """Return the packages of these builds, by name, and what the stable tag has of them."""
        with self._journal.look() as view:
            names = naming.names(view)
            twins = {i.planned.package: names.downstream(i.planned.package) for i in items}
            packages = view.packages({*twins, *twins.values()})
        return {
            name: Subject(packages[name], packages[twin].destinations)
            for name, twin in twins.items()
        }

    def side_tags_made(self) -> list[tuple[str, SideTagCreated]]:
        """Return every side tag that is on record, with the stream of its batch."""
        created = (each.envelope for each in self._journal.since(0, SideTagCreated.topic))
        return [(envelope.originator_id, envelope.event) for envelope in created]

    def record(self, batch: Batch, operation: Operation, *events: BatchEvent) -> bool:
        """Record events of the batch, as of now; whether there were any.

        How long ago an intent is matters, and the acts before it may have taken minutes.
        """
        meta = replace(operation, now=self.clock()).meta()
        return self.record_drafts(batch, [batch_draft(batch.number, e, meta) for e in events])

    def record_drafts(self, batch: Batch, drafts: Sequence[Draft]) -> bool:
        """Record what an act came to, for the batch and its packages; whether it was anything."""

        def decide(view: View) -> Sequence[Draft]:
            unchanged = view.batch is not None and view.batch.version == batch.version
            same = unchanged and cast("Batch", view.batch).number == batch.number
            return drafts if same else []

        return bool(self._journal.record(decide))

    def owner(self) -> int:
        """Return who we are in Koji. Raises KojiDenied where we are not logged in."""
        user = self.koji.whoami()
        if user is None:
            raise KojiDenied(
                "nothing can be built",
                why="we are not logged in to Koji",
                do="give koji.user and koji.password_file, or koji.principal and koji.keytab",
            )
        return user.id


def _failed(task: TaskInfo) -> bool:
    return task.state in (TaskState.FAILED, TaskState.CANCELED)


def _scratch(task: TaskInfo) -> bool:
    return any(isinstance(o, dict) and bool(o.get("scratch")) for o in task.request or ())
