# SPDX-License-Identifier: GPL-3.0-or-later
"""Because of whom a build is due, queued, built or rejected."""

from collections.abc import Iterable
from typing import Any

from domain.envelope import Recorded
from domain.package.events import Ended, Queued, RebuildRequested, Requested, Tagged
from domain.values import minute
from projections.why.inquiry import Inquiry


def of_verdict(inquiry: Inquiry, position: int) -> str:
    """Return because of what the build was queued at a position; empty where it was due."""
    event = inquiry.event(position)
    if not isinstance(event, Queued):
        return ""
    basis = event.basis
    asked = of_due(inquiry, event.build_id, basis.request, basis.generation, position)
    approved = inquiry.approvals.get(basis.approval or "")
    return "; ".join(part for part in (asked, approved and _by("approved", approved)) if part)


def of_due(
    inquiry: Inquiry,
    build_id: int,
    request: str | None,
    generation: int,
    before: int | None = None,
) -> str:
    """Return who asked for the build, or for the rebuild that made it due again."""
    earlier = [r for at, r in inquiry.events.items() if before is None or at < before]
    if request is not None:
        asked = _last(earlier, Requested, id=request)
        return _by("requested", asked) if asked else ""
    rebuild = _last(earlier, RebuildRequested, generation=generation)
    tagged = next((r for r in earlier if _is(r, Tagged, build_id=build_id)), None)
    old = rebuild and tagged and tagged.position < rebuild.position
    return _by("a rebuild was asked for", rebuild) if rebuild and old else ""


def of_rejection(inquiry: Inquiry, position: int) -> str:
    """Return who rejected what ended at a position, and when; empty where nobody did."""
    event = inquiry.event(position)
    if not (isinstance(event, Ended) and event.outcome == "rejected"):
        return ""
    meta = inquiry.events[position].envelope.meta
    return f"{event.detail} (by {meta.actor} at {minute(meta.occurred_at)})"


def _by(what: str, recorded: Recorded) -> str:
    reason = getattr(recorded.envelope.event, "reason", "")
    return f"{what} by {recorded.envelope.meta.actor}{reason and f': {reason}'}"


def _last(log: Iterable[Recorded], kind: type, **wanted: Any) -> Recorded | None:
    return next((r for r in reversed([*log]) if _is(r, kind, **wanted)), None)


def _is(recorded: Recorded, kind: type, **wanted: Any) -> bool:
    """Whether it is such an event with these values; ``id`` is the envelope's."""
    event = recorded.envelope.event
    known = {"id": recorded.envelope.id}
    return isinstance(event, kind) and all(
        known.get(name, getattr(event, name, None)) == value for name, value in wanted.items()
    )
