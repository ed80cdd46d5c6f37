# SPDX-License-Identifier: GPL-3.0-or-later
"""What is announced on the bus; the bodies are described in ``deploy/docs/messages.md``."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from psycopg import Cursor

from domain.batch import number_of
from domain.batch.events import Finished, Planned
from domain.envelope import Event, Recorded
from domain.package import name_of
from domain.package.events import Built
from domain.service.events import Paused, PauseExpired, PlanHeld, PolicyAdopted, Resumed
from projections import batches
from projections.notices import Announcement
from projections.sql import statement

Announce: TypeAlias = Callable[[Cursor[Any], Recorded], Iterator[Announcement]]

POLICY: Final = "policy"
"""Who pauses where the policy says so."""


def announcements(cursor: Cursor[Any], recorded: Recorded) -> Iterator[Announcement]:
    """Yield what is announced of an event: one message, or none."""
    return _OF[type(recorded.envelope.event)](cursor, recorded)


def _planned(_: Cursor[Any], recorded: Recorded) -> Iterator[Announcement]:
    planned: Planned = recorded.envelope.event
    body = {
        "batch": number_of(recorded.envelope.originator_id),
        "mode": planned.mode,
        "target": planned.target,
        "packages": [build.package for build in planned.builds],
    }
    yield Announcement("batch.started", body)


def _finished(cursor: Cursor[Any], recorded: Recorded) -> Iterator[Announcement]:
    batch = batches.of_stream(cursor, recorded.envelope.originator_id)
    items = batch.items.values()
    body = {
        "batch": batch.number,
        "mode": batch.mode,
        "built": [item.planned.package for item in items if item.succeeded],
        "failed": [item.planned.package for item in items if not item.succeeded],
    }
    yield Announcement("batch.finished", body)


def _built(_: Cursor[Any], recorded: Recorded) -> Iterator[Announcement]:
    built: Built = recorded.envelope.event
    body = {
        "package": name_of(recorded.envelope.originator_id),
        "build_id": built.build_id,
        "mode": built.mode,
        "batch": built.batch,
        "downstream_build_id": built.downstream_build_id,
        "downstream_nvr": built.downstream_nvr,
    }
    yield Announcement("package.rebuilt", body)


def _held(_: Cursor[Any], recorded: Recorded) -> Iterator[Announcement]:
    held: PlanHeld = recorded.envelope.event
    body = {"plan": held.plan, "reason": held.reason, "builds": len(held.builds)}
    yield Announcement("plan.held", body)


def _paused(_: Cursor[Any], recorded: Recorded) -> Iterator[Announcement]:
    paused: Paused = recorded.envelope.event
    until = paused.until.isoformat() if paused.until else None
    yield _pause(recorded.envelope.meta.actor, paused.reason, until)


def _resumed(_: Cursor[Any], recorded: Recorded) -> Iterator[Announcement]:
    resumed: Resumed = recorded.envelope.event
    yield _resume(recorded.envelope.meta.actor, resumed.reason)


def _expired(_: Cursor[Any], recorded: Recorded) -> Iterator[Announcement]:
    yield _resume(recorded.envelope.meta.actor, "the pause ran out")


def _policy(cursor: Cursor[Any], recorded: Recorded) -> Iterator[Announcement]:
    """The policy pauses, or does so no longer, where the one before it said otherwise."""
    row = cursor.execute(statement("policy_pause"), [recorded.position]).fetchone()
    before, after = bool(row and row[0]), recorded.envelope.event.policy.pause
    if after and not before:
        yield _pause(POLICY, "pause: true in the policy", None)
    elif before and not after:
        yield _resume(POLICY, "pause: false in the policy")


def _pause(by: str, reason: str, until: str | None) -> Announcement:
    return Announcement("paused", {"by": by, "reason": reason, "until": until})


def _resume(by: str, reason: str) -> Announcement:
    return Announcement("resumed", {"by": by, "reason": reason})


_OF: Final[Mapping[type[Event], Announce]] = {
    Planned: _planned,
    Finished: _finished,
    Built: _built,
    PlanHeld: _held,
    Paused: _paused,
    Resumed: _resumed,
    PauseExpired: _expired,
    PolicyAdopted: _policy,
}
"""The events that are announced: another one is a line here, and a class in the bus's schemas."""

TOPICS: Final = tuple(event.topic for event in _OF)
