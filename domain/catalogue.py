# SPDX-License-Identifier: GPL-3.0-or-later
"""Every event there is, by the stable topic it is stored under."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, get_args

from domain.batch import BatchEvent
from domain.batch.state import PREFIX as BATCHES
from domain.envelope import Event
from domain.package import PackageEvent
from domain.package.state import PREFIX as PACKAGES
from domain.service import STREAM as SERVICE
from domain.service import ServiceEvent

_KINDS: Final[Mapping[str, tuple[type[Event], ...]]] = {
    PACKAGES: get_args(PackageEvent),
    BATCHES: get_args(BatchEvent),
    SERVICE: get_args(ServiceEvent),
}

EVENTS: Final[Mapping[str, type[Event]]] = MappingProxyType(
    {event.topic: event for events in _KINDS.values() for event in events}
)

STREAMS: Final[Mapping[str, str]] = MappingProxyType(
    {event.topic: stream for stream, events in _KINDS.items() for event in events}
)
"""How the names of the streams begin that an event of a topic may stand in."""
