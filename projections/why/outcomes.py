# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of an attempt, as the end of a sentence: `was rebuilt on … as …, batch 311`."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from domain.package.events import Built, Outcome
from domain.package.state import Attempt
from domain.values import minute
from projections.why import causes
from projections.why.inquiry import Inquiry

_Said = Callable[[str, str], str]
"""Says it, given when it was and what was told of it; either may be empty."""

OUTCOMES: Final[Mapping[Outcome | Literal["built"], _Said]] = {
    "built": lambda at, told: f"was rebuilt{at}{told}",
    "failed": lambda at, told: f"failed to build{at}{told}",
    "timed-out": lambda at, told: f"took too long to build and was cancelled{at}{told}",
    "cancelled": lambda at, told: f"was cancelled in Koji{at}{told}",
    "abandoned": lambda at, told: f"was given up{at}{told}",
    "refused": lambda at, told: f"was refused by Koji{at}{told}",
    "rejected": lambda _, told: f"was rejected{told}",
    "superseded": lambda at, told: f"was not built any more{at}, for a later one came{told}",
    "gone": lambda at, told: f"was not built any more{at}, for it had left the tag{told}",
}
"""How each outcome of a queued build is told."""


def became(inquiry: Inquiry, attempt: Attempt) -> str:
    """Return what became of an attempt by now, and who had it so."""
    if attempt.outcome is None:
        return _waits(inquiry, attempt)
    at = f" on {minute(attempt.ended_at.at)}" if attempt.ended_at else ""
    event = inquiry.event(attempt.ended_position)
    if isinstance(event, Built) and event.adopted:
        return f"needed no rebuild{at}: Koji had {event.downstream_nvr} of the same source already"
    rejected = causes.of_rejection(inquiry, attempt.ended_position)
    said = OUTCOMES[attempt.outcome](at, f": {rejected}" if rejected else _told(event))
    return f"{said}{_why(inquiry, attempt) if attempt.handled else ''}"


def _waits(inquiry: Inquiry, attempt: Attempt) -> str:
    why = _why(inquiry, attempt)
    if attempt.batch is not None:
        return f"is being built by batch {attempt.batch}{why}"
    return f"is queued, by the verdict at position {attempt.position}{why}"


def _why(inquiry: Inquiry, attempt: Attempt) -> str:
    why = causes.of_verdict(inquiry, attempt.position)
    return why and f": {why}"


def _told(event: Any) -> str:
    """What came of it in Koji, by which batch, and what was said of it."""
    built, batch = getattr(event, "downstream_nvr", None), getattr(event, "batch", None)
    detail = getattr(event, "detail", "")
    return "".join(
        (
            f" as {built}" if built else "",
            f", batch {batch}" if batch is not None else "",
            f": {detail}" if detail else "",
        )
    )
