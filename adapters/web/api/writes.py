# SPDX-License-Identifier: GPL-3.0-or-later
"""What administrators may do: each an event on record with who did it and why.

An answer names the events by their ids; ``request_id`` is their correlation, and the answer's
``X-Request-Id``.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Request, Response
from msgspec import Meta, Struct

from adapters.errors import DependencyDown, NotPermitted
from adapters.web.api import examples
from adapters.web.api.asking import MOST, Asked, ask
from adapters.web.api.openapi import shows, takes
from adapters.web.bodies import Asking, Body
from adapters.web.people import Admin, operation
from adapters.web.problems import (
    CrossSite,
    TooLarge,
    TooMany,
    TooSlow,
    Unauthenticated,
    WrongType,
)
from adapters.web.site import Here
from domain.envelope import Recorded
from domain.errors import Conflict, Invalid, NotFound, Refused

ERRORS: Final = (
    Invalid,
    Unauthenticated,
    NotPermitted,
    CrossSite,
    NotFound,
    TooSlow,
    Refused,
    Conflict,
    TooLarge,
    WrongType,
    TooMany,
    DependencyDown,
)

Reason = Annotated[str, Meta(min_length=1, max_length=1000, description="Everybody will read it.")]
Until = Annotated[datetime, Meta(tz=True)]
PlanName = Annotated[str, Path(max_length=64)]

router = APIRouter(prefix="/api/v1", default_response_class=Response)

encode = msgspec.json.Encoder().encode


class Done(Struct, frozen=True):
    """The events that were recorded, by their ids, and the position of the last of them."""

    request_id: str
    events: tuple[str, ...]
    position: int


class WithReason(Asking, frozen=True):
    reason: Reason


class Pausing(WithReason, frozen=True):
    """``until``: when it ends by itself, with an offset; without it a person has to resume."""

    until: Until | None = None


class Triggering(WithReason, frozen=True):
    """Packages by either name; ``force`` passes rows 4 to 8 of the verdict table."""

    packages: Annotated[list[str], Meta(min_length=1, max_length=MOST)]
    force: bool = False


class Clearing(WithReason, frozen=True):
    packages: Annotated[list[str], Meta(min_length=1, max_length=MOST)]


def done(request: Request, recorded: Sequence[Recorded]) -> Response:
    ids = tuple(each.envelope.id for each in recorded)
    position = recorded[-1].position if recorded else 0
    return _json(Done(request.state.request_id, ids, position))


def _json(told: Struct) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(encode(told), media_type="application/json", headers=headers)


DONE: Final[Any] = shows(Done, examples.DONE, *ERRORS)


@router.post(
    "/trigger",
    responses=shows(Asked, examples.ASKED, *ERRORS),
    openapi_extra=takes(Triggering, examples.TRIGGERING),
)
def trigger(site: Here, person: Admin, request: Request, body: Body) -> Response:
    """Ask for the newest build of each package, and tell of each what came of it."""
    asked = body.read(Triggering)
    reason, doing = said(asked.reason), operation(request, person, site)
    return _json(ask(site.app, asked.packages, reason, doing, force=asked.force))


@router.post("/pause", responses=DONE, openapi_extra=takes(Pausing, examples.PAUSING))
def pause(site: Here, person: Admin, request: Request, body: Body) -> Response:
    """Pause: facts are still recorded, nothing is queued."""
    asked = body.read(Pausing)
    doing = operation(request, person, site)
    return done(request, site.app.operators.pause(said(asked.reason), asked.until, doing))


@router.post("/resume", responses=DONE, openapi_extra=takes(WithReason, examples.REASON))
def resume(site: Here, person: Admin, request: Request, body: Body) -> Response:
    """Lift the operators' pause, never the policy's."""
    reason, doing = said(body.read(WithReason).reason), operation(request, person, site)
    return done(request, site.app.operators.resume(doing, reason))


@router.post(
    "/plans/{plan}/approve", responses=DONE, openapi_extra=takes(WithReason, examples.REASON)
)
def approve(site: Here, person: Admin, request: Request, plan: PlanName, body: Body) -> Response:
    """Queue what of a held plan is still due."""
    reason, doing = said(body.read(WithReason).reason), operation(request, person, site)
    return done(request, site.app.gate.approve(plan, doing, reason))


@router.post(
    "/plans/{plan}/reject", responses=DONE, openapi_extra=takes(WithReason, examples.REASON)
)
def reject(site: Here, person: Admin, request: Request, plan: PlanName, body: Body) -> Response:
    """End what of a held plan is still due as rejected."""
    reason, doing = said(body.read(WithReason).reason), operation(request, person, site)
    return done(request, site.app.gate.reject(plan, reason, doing))


@router.post("/failed/clear", responses=DONE, openapi_extra=takes(Clearing, examples.CLEARING))
def clear(site: Here, person: Admin, request: Request, body: Body) -> Response:
    """Let what failed of packages be tried again; all of them or none."""
    asked = body.read(Clearing)
    reason, doing = said(asked.reason), operation(request, person, site)
    return done(request, site.app.operators.clear_failures(asked.packages, reason, doing))


def said(reason: str) -> str:
    """Return what a person says. Raises Invalid for what is empty or would steer a terminal."""
    if not reason.strip() or not reason.isprintable():
        raise Invalid("the reason is no line of text", do="say why: everybody will read it")
    return reason
