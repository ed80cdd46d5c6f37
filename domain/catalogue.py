# SPDX-License-Identifier: GPL-3.0-or-later
"""Every event there is, by the stable topic it is stored under."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, get_args

from domain.batch import BatchEvent
from domain.envelope import Event
from domain.package import PackageEvent
from domain.service import ServiceEvent

EVENTS: Final[Mapping[str, type[Event]]] = MappingProxyType(
    {
        event.topic: event
        for event in (*get_args(PackageEvent), *get_args(BatchEvent), *get_args(ServiceEvent))
    }
)
