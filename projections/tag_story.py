# SPDX-License-Identifier: GPL-3.0-or-later
"""A tag's story: when it was the trigger, was read and had gaps; of a side tag, that of its batch.

Its taggings are the packages' own. An index by tag would find them, and make each a third dearer to
record, for a question that is seldom asked; without one all taggings are read.
"""

from collections.abc import Iterator
from heapq import merge
from operator import attrgetter
from typing import Any, Final

from domain.batch.events import SideTagCreated, SideTagRemoved
from domain.envelope import Recorded
from domain.service.events import Baselined, GapFound, TriggerChanged
from projections.log import Log

TOLD: Final = (Baselined, GapFound, TriggerChanged, SideTagCreated)
"""What names a tag, and is seldom."""


def tell(log: Log, tag: str, upto: int) -> Iterator[Recorded]:
    """Yield what is on record of a tag up to a position; nothing of one that nobody named."""
    found = [*_naming(log, tag, upto)]
    made = [r for r in found if isinstance(r.envelope.event, SideTagCreated)]
    ends = (_removed(log, recorded, upto) for recorded in made)
    return merge(found, *ends, key=attrgetter("position"))


def _naming(log: Log, tag: str, upto: int) -> Iterator[Recorded]:
    for recorded in log.read(upto=upto, topics=[event.topic for event in TOLD]):
        if tag in _tags(recorded.envelope.event):
            yield recorded


def _tags(event: Any) -> tuple[str | None, ...]:
    if isinstance(event, TriggerChanged):
        return event.before, event.after
    if isinstance(event, SideTagCreated):
        return (event.name,)
    return tuple(event.counts)


def _removed(log: Log, made: Recorded, upto: int) -> Iterator[Recorded]:
    tag_id = made.envelope.event.tag_id
    for recorded in log.stream(made.envelope.originator_id, upto=upto):
        event = recorded.envelope.event
        if isinstance(event, SideTagRemoved) and event.tag_id == tag_id:
            yield recorded
