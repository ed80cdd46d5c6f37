# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do with the service as a whole, and what is in force."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, Response
from msgspec import Meta, Struct

from adapters.points import future
from adapters.service import reports
from adapters.service.changes import differences, listed
from adapters.service.journal import View
from adapters.web.api.writes import said
from adapters.web.bodies import Asking
from adapters.web.pages.address import Address
from adapters.web.pages.forms import Refusal, Submitted, done
from adapters.web.pages.show import Then, show
from adapters.web.site import Here, Site
from domain.batch.events import Abandoned
from domain.envelope import Recorded
from domain.package.events import FailureCleared, RebuildRequested, Requested
from domain.service.events import (
    LogLevelSet,
    NoteAdded,
    PackageListAdopted,
    Paused,
    PlanApproved,
    PlanRejected,
    PolicyAdopted,
    PolicyRejected,
    Resumed,
    TriggerChanged,
)
from projections.links import Adoption
from projections.points import Point
from projections.timeline import told as told_of

ACTS: Final = tuple(
    kind.topic
    for kind in (
        Abandoned,
        FailureCleared,
        LogLevelSet,
        NoteAdded,
        Paused,
        PlanApproved,
        PlanRejected,
        RebuildRequested,
        Requested,
        Resumed,
    )
)
"""What only people do, by topic."""

LISTED: Final = 30
"""Acts of people that are listed, the last ones."""

NAMED: Final = 200
"""Packages that came onto the list or left it, of which so many are named."""

router = APIRouter(include_in_schema=False)


class Pausing(Asking, frozen=True):
    """``until``: a time, or how long from now; without it a person has to resume."""

    reason: Annotated[str, Meta(max_length=1000)] = ""
    until: Annotated[str, Meta(max_length=64)] = ""


class Resuming(Asking, frozen=True):
    reason: Annotated[str, Meta(max_length=1000)] = ""


class Revision(Struct, frozen=True):
    """A revision of the policy that was adopted, and what it changed, a line each."""

    event: Recorded
    changes: Sequence[str]
    commit: str


@router.get("/operations")
def operations(site: Here, request: Request, at: Then) -> Response:
    """Show whether it is paused, what a resume would do, and what is in force."""
    return page(site, request, at=at)


@router.post("/operations/pause")
def pause(sent: Submitted) -> Response:
    """Pause: facts are still recorded, nothing is queued."""

    def act() -> Response:
        asked = sent.form.read(Pausing)
        until = future(asked.until.strip(), sent.doing.now) if asked.until.strip() else None
        operators = sent.site.app.operators
        return done("/operations", operators.pause(said(asked.reason), until, sent.doing))

    return sent.attempt(act, lambda refusal: page(sent.site, sent.request, refusal=refusal))


@router.post("/operations/resume")
def resume(sent: Submitted) -> Response:
    """Lift the operators' pause, never the policy's."""

    def act() -> Response:
        reason = said(sent.form.read(Resuming).reason)
        return done("/queue", sent.site.app.operators.resume(sent.doing, reason))

    return sent.attempt(act, lambda refusal: page(sent.site, sent.request, refusal=refusal))


def page(
    site: Site, request: Request, *, at: Point | None = None, refusal: Refusal | None = None
) -> Response:
    """Answer with the page."""
    here = Address("/operations", {"at": request.query_params.get("at", "")})

    def told(view: View) -> dict[str, Any]:
        return {
            "service": view.service,
            "batch": view.batch,
            "outlook": site.app.gate.hindsight(view, resumed=True),
            "acts": [(reports.event(each), told_of(each)) for each in _acts(view)],
            **_in_force(site, view),
        }

    return show(site, request, "operations.html", told, here=here, at=at, refusal=refusal)


def _acts(view: View) -> Sequence[Recorded]:
    found = view.log.last_of_each(ACTS, view.position, LISTED)
    return sorted(found, key=lambda each: each.position, reverse=True)[:LISTED]


def _in_force(site: Site, view: View) -> dict[str, Any]:
    """Return the revisions in force, and the last that was refused."""
    adopted = _last(view, PackageListAdopted.topic)
    return {
        "policy": _policy(site, view),
        "targets": listed(view.service.configured),
        "listed": adopted,
        "moved": [*_moved(adopted)],
        "trigger": _last(view, TriggerChanged.topic),
        "rejected": _last(view, PolicyRejected.topic) if view.service.rejected else None,
        "named": NAMED,
    }


def _last(view: View, topic: str) -> Recorded | None:
    found = view.log.last_of_each([topic], view.position, 1)
    return found[-1] if found else None


def _policy(site: Site, view: View) -> Revision | None:
    """Return the policy in force, with what is different from the one before."""
    found = view.log.last_of_each([PolicyAdopted.topic], view.position, 2)
    if not found:
        return None
    event = found[-1].envelope.event
    changes = differences(found[0].envelope.event.policy, event.policy)
    commit = site.app.config.sites().commit(Adoption(event.origin, event.commit))
    return Revision(found[-1], [*changes], commit)


def _moved(adopted: Recorded | None) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield what the last package list added, and what it removed."""
    if adopted is not None and (added := adopted.envelope.event.added):
        yield "Added", added
    if adopted is not None and (removed := adopted.envelope.event.removed):
        yield "Removed", removed
