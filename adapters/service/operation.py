# SPDX-License-Identifier: GPL-3.0-or-later
"""One thing that is being done: who does it, when, and the id that ties its events together."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from domain.envelope import Meta
from domain.values import Moment, Via


def new_id() -> str:
    """Return the name of a new operation."""
    return uuid4().hex


@dataclass(frozen=True, slots=True)
class Operation:
    """An ingest, a pass of the gate, a command; all its events bear its id as correlation."""

    actor: str
    via: Via
    now: datetime
    id: str = field(default_factory=new_id)

    def meta(
        self, *, causation: str = "", moment: Moment | None = None, actor: str | None = None
    ) -> Meta:
        """Return the envelope's part about the event; ``moment`` is when Koji did it, else now."""
        return Meta(
            occurred_at=moment.at if moment else self.now,
            koji_event=moment.event if moment else 0,
            via=self.via,
            correlation=self.id,
            causation=causation,
            actor=self.actor if actor is None else actor,
        )
