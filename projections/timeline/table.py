# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of places: each event there is, a line an event, by the kind of its stream."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from domain.batch.events import Finished, Planned
from domain.envelope import Event, Recorded
from projections.timeline.names import Names
from projections.timeline.of_batch import BATCH
from projections.timeline.of_package import PACKAGE
from projections.timeline.of_service import ALERTS, BUS, SERVICE
from projections.timeline.places import Place

PLACES: Final[Mapping[type[Event], Place | Callable[[Any], Place]]] = MappingProxyType(
    {**SERVICE, **BUS, **BATCH, **PACKAGE}
)
"""Of every event: its place, or what chooses it by what the event says."""


def place_of(event: Any) -> Place:
    """Return where an event stands."""
    found = PLACES[type(event)]
    return found if isinstance(found, Place) else found(event)


def told(recorded: Recorded) -> str:
    """Return an event in words; what it happened to is not named."""
    event, meta = recorded.envelope.event, recorded.envelope.meta
    place = place_of(event)
    word, said = place.word(event, meta), place.said(event)
    return f"{word}: {said}" if said else word


def sentence(recorded: Recorded, names: Names) -> str:
    """Return what an event happened to, as far as it or ``names`` say, and the event in words."""
    return f"{names.subject(recorded)} {told(recorded)}".lstrip()


def _spans(places: Mapping[type[Event], Any]) -> tuple[str, ...]:
    """Return the topics of what begins or ends a span."""
    return tuple(
        event.topic
        for event, place in places.items()
        if not isinstance(place, Place) or place.part in ("begins", "ends")
    )


LASTING: Final = (*_spans(SERVICE), *_spans(BUS), Planned.topic, Finished.topic)
"""Topics of which the last events before a window say what was going on when it began."""

TRACKS: Final = tuple(
    dict.fromkeys(
        (
            *(place.track for place in PLACES.values() if isinstance(place, Place)),
            *(track for track, _ in ALERTS.values()),
        )
    )
)
"""The tracks of all lanes, in their order."""
