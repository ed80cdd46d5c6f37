# SPDX-License-Identifier: GPL-3.0-or-later
"""What a batch's events add up to."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from domain.batch.events import BuildOutcome, PlannedBuild
from domain.values import Mode

PREFIX: Final = "batch:"


class Item(Struct, frozen=True, array_like=True, gc=False):
    """One build of a batch, and how far it has come.

    ``since``: the hub's time before the last intent, ``requested_at``: ours; ``task_id``: once it
    was submitted; ``outcome``: once it ended.
    """

    planned: PlannedBuild
    since: datetime | None = None
    requested_at: datetime | None = None
    attempt: int = 0
    task_id: int | None = None
    outcome: BuildOutcome | None = None

    @property
    def build_id(self) -> int:
        """The upstream build."""
        return self.planned.build_id

    @property
    def unanswered(self) -> bool:
        """Whether somebody set about to submit it, and what became of that is not known."""
        return self.requested_at is not None and self.task_id is None and self.outcome is None


class Batch(Struct, frozen=True, array_like=True, gc=False):
    """All that matters of a batch's stream, which has ``version`` events up to ``position``.

    ``duplicates`` are tasks that were found to build what another task builds already.
    """

    number: int
    version: int = 0
    position: int = 0
    target: str = ""
    mode: Mode = "live"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    items: dict[int, Item] = {}
    duplicates: tuple[int, ...] = ()

    @property
    def open(self) -> bool:
        """Whether something of it is still to be done."""
        return self.ended_at is None

    @property
    def unrequested(self) -> tuple[Item, ...]:
        """The builds that nobody set about to submit yet."""
        return tuple(i for i in self.items.values() if i.requested_at is None)

    @property
    def unanswered(self) -> tuple[Item, ...]:
        """The builds that were to be submitted, and what became of it is not known."""
        return tuple(item for item in self.items.values() if item.unanswered)

    @property
    def building(self) -> dict[int, Item]:
        """The builds that Koji is at, by their tasks."""
        return {
            item.task_id: item
            for item in self.items.values()
            if item.task_id is not None and item.outcome is None
        }

    @property
    def built(self) -> int:
        """How many were built."""
        return sum(item.outcome == "built" for item in self.items.values())


def stream(number: int) -> str:
    """Return the id of a batch's stream."""
    return f"{PREFIX}{number}"
