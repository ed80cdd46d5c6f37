# SPDX-License-Identifier: GPL-3.0-or-later
"""What builds are called, as far as the events that were heard say so."""

from typing import Any

from domain.batch.events import Planned
from domain.envelope import Recorded
from domain.package import name_of


class Names:
    """Builds by Koji's number: their packages, and their NVRs."""

    def __init__(self) -> None:
        self.packages: dict[int, str] = {}
        self._nvrs: dict[int, str] = {}

    def learn(self, recorded: Recorded) -> None:
        """Take in what an event says."""
        event: Any = recorded.envelope.event
        if isinstance(event, Planned):
            self.packages |= {each.build_id: each.package for each in event.builds}
            self._nvrs |= {each.build_id: each.nvr for each in event.builds}
        elif nvr := getattr(event, "nvr", None):
            self._nvrs[event.build_id] = nvr

    def subject(self, recorded: Recorded) -> str:
        """Return which build or package an event is about; nothing where it is about many."""
        build_id = getattr(recorded.envelope.event, "build_id", None)
        if build_id is None:
            return self.package(recorded)
        return self._nvrs.get(build_id) or f"{self.package(recorded)} build {build_id}".lstrip()

    def package(self, recorded: Recorded) -> str:
        """Return which package an event is about; nothing where it is about many."""
        build_id = getattr(recorded.envelope.event, "build_id", 0)
        return name_of(recorded.envelope.originator_id) or self.packages.get(build_id, "")
