# SPDX-License-Identifier: GPL-3.0-or-later
"""What is announced on the bus; the bodies are described in ``deploy/docs/messages.md``."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from psycopg import Cursor

from domain.batch.events import Finished, Planned
from domain.envelope import Event, Recorded
from domain.package.events import Built
from domain.service.events import Paused, PauseExpired, PlanHeld, Resumed
from projections import batches, eligibility
from projections.notices import Announcement


def announcements(cursor: Cursor[Any], recorded: Recorded) -> Iterator[Announcement]:
    """Yield what is announced of an event: one message, or none."""
    kind, body = _OF[type(recorded.envelope.event)]
    yield Announcement(kind, body(cursor, recorded))


def _started(_: Cursor[Any], recorded: Recorded) -> dict[str, Any]:
    planned = recorded.envelope.event
    packages = [build.package for build in planned.builds]
    return {
        "batch": batches.number_of(recorded.envelope.originator_id),
        "mode": planned.mode,
        "target": planned.target,
        "packages": packages,
    }


def _finished(cursor: Cursor[Any], recorded: Recorded) -> dict[str, Any]:
    batch = batches.of_stream(cursor, recorded.envelope.originator_id)
    return {
        "batch": batch.number,
        "mode": batch.mode,
        "built": [item.planned.package for item in batch.items.values() if item.succeeded],
        "failed": [item.planned.package for item in batch.items.values() if not item.succeeded],
    }


def _rebuilt(_: Cursor[Any], recorded: Recorded) -> dict[str, Any]:
    built = recorded.envelope.event
    return {
        "package": recorded.envelope.originator_id.removeprefix(eligibility.PREFIX),
        "build_id": built.build_id,
        "mode": built.mode,
        "batch": built.batch,
        "downstream_build_id": built.downstream_build_id,
        "downstream_nvr": built.downstream_nvr,
    }


def _held(_: Cursor[Any], recorded: Recorded) -> dict[str, Any]:
    held = recorded.envelope.event
    return {"plan": held.plan, "reason": held.reason, "builds": len(held.builds)}


def _paused(_: Cursor[Any], recorded: Recorded) -> dict[str, Any]:
    paused, actor = recorded.envelope.event, recorded.envelope.meta.actor
    until = paused.until.isoformat() if paused.until else None
    return {"by": actor, "reason": paused.reason, "until": until}


def _resumed(_: Cursor[Any], recorded: Recorded) -> dict[str, Any]:
    event = recorded.envelope.event
    reason = "the pause ran out" if isinstance(event, PauseExpired) else event.reason
    return {"by": recorded.envelope.meta.actor, "reason": reason}


_OF: Final[Mapping[type[Event], tuple[str, Callable[[Cursor[Any], Recorded], dict[str, Any]]]]] = {
    Planned: ("batch.started", _started),
    Finished: ("batch.finished", _finished),
    Built: ("package.rebuilt", _rebuilt),
    PlanHeld: ("plan.held", _held),
    Paused: ("paused", _paused),
    Resumed: ("resumed", _resumed),
    PauseExpired: ("resumed", _resumed),
}
"""The events that are announced: another one is a line here, and a class in the bus's schemas."""

TOPICS: Final = tuple(event.topic for event in _OF)
KINDS: Final = tuple(dict.fromkeys(kind for kind, _ in _OF.values()))
