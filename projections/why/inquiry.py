# SPDX-License-Identifier: GPL-3.0-or-later
"""What a question about a package is answered from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from domain.admission.judge import Decision, decide, newest_in_tag
from domain.admission.rules import Rules
from domain.envelope import Recorded
from domain.package.state import Attempt, Destination, Package
from domain.service.state import Service


@dataclass(frozen=True)
class Inquiry:
    """A package under the rules in force, and the events of its story, all as of one position.

    ``destinations`` is what the stable tag holds, or has held, of it, ``events`` by their positions
    are those of the package and of what the stable tag holds, ``approvals`` those of plans, by id.
    """

    service: Service
    rules: Rules
    package: Package
    destinations: tuple[Destination, ...]
    events: Mapping[int, Recorded]
    approvals: Mapping[str, Recorded]

    @cached_property
    def decision(self) -> Decision:
        """What the gate would record now."""
        return decide(self.package, self.destinations, self.rules)

    @cached_property
    def newest(self) -> int | None:
        """The build of the latest place in the trigger tag: the one that people mean."""
        return newest_in_tag(self.package, self.rules)

    @property
    def targeted(self) -> bool:
        """Whether the package is in the list or the overrides."""
        return self.rules.names.targeted(self.package.name)

    def nvr(self, build_id: int) -> str:
        """Return the name, version and release of one of its builds."""
        return self.package.builds[build_id].nvr

    def event(self, position: int) -> Any:
        """Return the event at a position of the story, None where it is not part of that."""
        recorded = self.events.get(position)
        return recorded.envelope.event if recorded else None

    def attempt(self, position: int) -> Attempt | None:
        """Return the attempt that was entered into the ledger at a position."""
        return next((a for a in self.package.ledger if a.position == position), None)

    def attempts(self, build_id: int) -> list[Attempt]:
        """Return the attempts at a build in the present mode, the last one last."""
        mode = self.rules.mode
        return [a for a in self.package.ledger if (a.build_id, a.mode) == (build_id, mode)]
