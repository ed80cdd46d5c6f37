# SPDX-License-Identifier: GPL-3.0-or-later
"""What people are told of a batch that Koji or Bodhi holds up, or the way to the stable tag."""

from collections.abc import Iterator
from typing import Any, TypeAlias, assert_never

from psycopg import Cursor

from domain.batch import Batch
from domain.batch.events import Held
from domain.batch.update_events import StableTimedOut, UpdateDropped, UpdateHeld
from domain.envelope import Recorded
from domain.values import minute
from projections import batches
from projections.notices import Letter

Delay: TypeAlias = Held | UpdateHeld | UpdateDropped | StableTimedOut


def delays(cursor: Cursor[Any], recorded: Recorded, _: str) -> Iterator[Letter]:
    """Yield what holds a batch up, and which of its packages."""
    event: Delay = recorded.envelope.event
    batch = batches.of_stream(cursor, recorded.envelope.originator_id)
    names = [batch.items[build_id].planned.package for build_id in _builds(batch, event)]
    subject, text = _told(batch, event)
    look = f"See how it is:   ebs batch {batch.number}"
    packages = f"Its packages: {', '.join(names)}"
    yield Letter(event.topic, subject, f"{text}\n\n{look}\n\n{packages}\n", tuple(names))


def _builds(batch: Batch, event: Delay) -> tuple[int, ...]:
    match event:
        case Held():
            return tuple(batch.items)
        case StableTimedOut():
            return event.build_ids
        case UpdateHeld() | UpdateDropped():
            return batch.updates[event.update - 1].build_ids
        case _:
            assert_never(event)


def _told(batch: Batch, event: Delay) -> tuple[str, str]:
    """Return the subject, and what is the matter."""
    match event:
        case Held():
            return (
                "ELNBuildSync batch held up",
                (
                    f"Batch {batch.number} does not get on: {event.reason}. "
                    f"It is tried again at {minute(event.until)}."
                ),
            )
        case UpdateHeld():
            return (
                "ELNBuildSync update held up",
                (
                    f"Bodhi does not make an update of batch {batch.number}: {event.reason}. "
                    f"It is asked again at {minute(event.until)}."
                ),
            )
        case UpdateDropped():
            return (
                "ELNBuildSync update given up",
                (
                    f"Bodhi did not make an update of batch {batch.number}: {event.reason}. "
                    "Its builds are promoted in Koji, and are for a person to publish."
                ),
            )
        case StableTimedOut():
            backed_up = " Nothing at all got there lately: signing seems backed up."
            return (
                "ELNBuildSync builds late for the stable tag",
                (
                    f"Builds of batch {batch.number} are not in {batch.stable_tag}, and were "
                    f"waited for as long as is configured.{backed_up if event.stalled else ''}"
                ),
            )
        case _:
            assert_never(event)
