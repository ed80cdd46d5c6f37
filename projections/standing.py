# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands open, and since when: for who watches the service, not for who decides.

It costs what is open, never what the log holds: the queue, the open batch, the last event of a
topic that an index finds.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple, get_args

from psycopg import Cursor

from domain.batch import Batch
from domain.package import Package
from domain.service import Service
from domain.service.events import PolicyRejected
from domain.values import Mode
from projections.points import occurred
from projections.sql import statement

ActName = Literal["build", "side-tag", "seed", "repo", "update", "stable"]
"""``seed``: Rawhide's builds are tagged into the side tag; ``stable``: an update's builds get into
the stable tag."""

ActState = Literal["unanswered", "running"]
"""``unanswered``: intended, and what became of it is not known; ``running``: known, not done."""

ACTS: Final = tuple((act, state) for act in get_args(ActName) for state in get_args(ActState))
"""Every act in every state."""


class Act(NamedTuple):
    """An act in Koji or Bodhi that is not over; times are UTC."""

    name: ActName
    state: ActState
    since: datetime


class Queue(NamedTuple):
    """How many builds are queued and not ended, and how many of them are in no batch yet.

    ``oldest``: the position of the first verdict that none was built by; None for an empty queue.
    """

    queued: int
    waiting: int
    oldest: int | None


def queue(packages: Iterable[Package], mode: Mode) -> Queue:
    """Return what the queue of one mode holds."""
    attempts = [a for package in packages for a in package.queued if a.mode == mode]
    waiting = sum(a.batch is None for a in attempts)
    return Queue(len(attempts), waiting, min((a.position for a in attempts), default=None))


def acts(batch: Batch) -> Iterator[Act]:
    """Yield the acts of a batch that are not over, by what is on record."""
    for item in batch.unanswered:
        if item.requested_at is not None:
            yield Act("build", "unanswered", item.requested_at)
    for item in batch.building.values():
        if item.submitted_at is not None:
            yield Act("build", "running", item.submitted_at)
    yield from _side_tags(batch)
    yield from _updates(batch)


def _side_tags(batch: Batch) -> Iterator[Act]:
    for side in batch.side_tags.values():
        if side.tag_id is None:
            yield Act("side-tag", "unanswered", side.since)
        elif side.asked is not None and not side.seeded:
            yield Act("seed", "running", side.since)
        elif side.request_id is not None and not side.ready:
            yield Act("repo", "running", side.since)


def _updates(batch: Batch) -> Iterator[Act]:
    for update in batch.updates:
        if update.open and update.unanswered and update.requested_at is not None:
            yield Act("update", "unanswered", update.requested_at)
        elif update.open and update.since is not None:
            yield Act("update", "running", update.since)
        elif update.submitted_at is not None and update.stable_at is None and not update.late:
            yield Act("stable", "running", update.submitted_at)


def oldest(open_acts: Iterable[Act]) -> dict[tuple[ActName, ActState], datetime]:
    """Return since when the oldest act of each name and state is open."""
    found: dict[tuple[ActName, ActState], datetime] = {}
    for act in open_acts:
        key = act.name, act.state
        found[key] = min(act.since, found.get(key, act.since))
    return found


def held_since(cursor: Cursor[Any], service: Service) -> datetime | None:
    """Return when the plan was held that waits longest, None where none does."""
    plans = [held.plan for held in service.held]
    if not plans:
        return None
    found = {"plans": plans, "upto": service.position}
    return _moment(cursor.execute(statement("plans_held_since"), found))


def rejected_since(cursor: Cursor[Any], service: Service) -> datetime | None:
    """Return when the policy was last rejected, None while the one offered is in force."""
    if not service.rejected:
        return None
    found = {"topic": PolicyRejected.topic, "upto": service.position}
    return _moment(cursor.execute(statement("last_of_topic"), found))


def decided_at(cursor: Cursor[Any], position: int) -> datetime | None:
    """Return when the event at a position occurred, None where there is none."""
    return occurred(cursor, [position]).get(position)


def _moment(cursor: Cursor[Any]) -> datetime | None:
    row = cursor.fetchone()
    return row[0] if row else None
