# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds in the log because of what, and of whom, a build is due, queued, built or rejected."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from adapters.app import App
from adapters.tables import minute
from domain.envelope import Recorded
from domain.package import stream as stream_name
from domain.package.events import Ended, Queued, RebuildRequested, Requested, Tagged
from domain.service.events import PlanApproved


class Causes(Struct, frozen=True):
    """What is on record of one package, and every approval of a plan."""

    own: tuple[Recorded, ...]
    approvals: dict[str, Recorded]

    def of_verdict(self, position: int) -> str:
        """Return because of what the build was queued at a position; empty where it was due."""
        for recorded in self.own:
            event = recorded.envelope.event
            if recorded.position == position and isinstance(event, Queued):
                basis = event.basis
                asked = self.of_due(event.build_id, basis.request, basis.generation, position)
                approved = self.approvals.get(basis.approval or "")
                parts = (asked, approved and _by("approved", approved))
                return "; ".join(part for part in parts if part)
        return ""

    def of_due(
        self, build_id: int, request: str | None, generation: int, before: int | None = None
    ) -> str:
        """Return who asked for the build, or for the rebuild that made it due again."""
        earlier = [r for r in self.own if before is None or r.position < before]
        if request is not None:
            asked = _last(earlier, Requested, id=request)
            return _by("requested", asked) if asked else ""
        rebuild = _last(earlier, RebuildRequested, generation=generation)
        tagged = next((r for r in earlier if _is(r, Tagged, build_id=build_id)), None)
        old = rebuild and tagged and tagged.position < rebuild.position
        return _by("a rebuild was asked for", rebuild) if rebuild and old else ""

    def of_rejection(self, build_id: int, evidence: Iterable[int]) -> str | None:
        """Return how a person rejected the build, or another of its source; None if nobody did."""
        positions = frozenset(evidence)
        told = [r for r in self.own if r.position in positions]
        ended = _last(told, Ended, outcome="rejected")
        if ended is None:
            return None
        event, meta = ended.envelope.event, ended.envelope.meta
        which = "" if event.build_id == build_id else ", as a build of the same source was"
        by = f" (by {meta.actor} at {minute(meta.occurred_at)})"
        return f"was rejected{which}: {event.detail}{by}"


def causes_of(app: App, package: str) -> Causes:
    """Read what is on record."""
    approvals = {r.envelope.id: r for r in app.log.read(topics=[PlanApproved.topic])}
    return Causes(tuple(app.log.stream(stream_name(package))), approvals)


def _by(what: str, recorded: Recorded) -> str:
    reason = getattr(recorded.envelope.event, "reason", "")
    return f"{what} by {recorded.envelope.meta.actor}{reason and f': {reason}'}"


def _last(log: Sequence[Recorded], kind: type, **wanted: Any) -> Recorded | None:
    return next((r for r in reversed(log) if _is(r, kind, **wanted)), None)


def _is(recorded: Recorded, kind: type, **wanted: Any) -> bool:
    """Whether it is such an event with these values; ``id`` is the envelope's."""
    event = recorded.envelope.event
    known = {"id": recorded.envelope.id}
    return isinstance(event, kind) and all(
        known.get(name, getattr(event, name, None)) == value for name, value in wanted.items()
    )
