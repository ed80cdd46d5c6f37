# SPDX-License-Identifier: GPL-3.0-or-later
"""The plans that the guard holds until a person has said what becomes of them."""

from typing import Final

from adapters.service.journal import View
from domain.envelope import Recorded
from domain.errors import EbsError, NotFound, Refused
from domain.service.events import PlanApproved, PlanLapsed, PlanRejected
from domain.service.state import HeldPlan
from domain.values import minute

_BECAME: Final = {
    PlanApproved.topic: "was approved",
    PlanRejected.topic: "was rejected",
    PlanLapsed.topic: "lapsed, for none of its builds was due any longer,",
}
"""What became of a plan that was held, by the event that says so."""


def held(view: View, plan: str) -> HeldPlan:
    """Return a plan that is held.

    Raises Refused where it was, and is not any more, and NotFound where it never was.
    """
    found = view.service.held_plan(plan)
    if found is None:
        raise _no_longer(view, plan) or _never(view, plan)
    return found


def _no_longer(view: View, plan: str) -> EbsError | None:
    for recorded in reversed([*view.log.read(upto=view.position, topics=list(_BECAME))]):
        if recorded.envelope.event.plan == plan:
            return Refused(
                f"the plan {plan} is not held any more",
                why=_became(recorded),
                do="see 'ebs plan' for what is held,"
                f" 'ebs events --after {recorded.position - 1}' for what followed",
            )
    return None


def _became(recorded: Recorded) -> str:
    event, meta = recorded.envelope.event, recorded.envelope.meta
    by = "" if meta.via == "service" else f" by {meta.actor}"
    at = f"at position {recorded.position}, {minute(meta.occurred_at)}"
    return f"it {_BECAME[event.topic]}{by} {at}"


def _never(view: View, plan: str) -> EbsError:
    waiting = ", ".join(each.plan for each in view.service.held) or "none"
    return NotFound(
        f"no plan {plan!r} is held",
        why=f"plans that wait for a person: {waiting}",
        do="see 'ebs plan'; 'ebs work' holds a plan when the guard asks for a person",
    )
