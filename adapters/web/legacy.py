# SPDX-License-Identifier: GPL-3.0-or-later
"""What ELNBuildSync's users call, at its addresses, by its methods.

It changes things by GET too, and its scripts rely on that. So do we, for a token in the request's
header. A browser that opens such an address is shown a button: a link, a bookmark or an image
changes nothing.
"""

import logging
from typing import Final

import msgspec
import structlog
from fastapi import APIRouter, Request, Response
from starlette.responses import PlainTextResponse, RedirectResponse

from adapters.service.journal import View
from adapters.web import status
from adapters.web.api.asking import Asked, ask
from adapters.web.bodies import Body
from adapters.web.pages.show import confirm
from adapters.web.people import Admin, asks_first, operation, somebody
from adapters.web.site import Here, Site
from domain.service import Service
from domain.service.decide import log_level

NO_CACHE: Final = {"Cache-Control": "no-cache"}
REASON: Final = "asked for on the web"
"""Why, where ELNBuildSync's addresses take no reason."""

router = APIRouter()

_log = structlog.get_logger(__name__)
_encode = msgspec.json.Encoder().encode


@router.get("/status", include_in_schema=False)
@router.get("/status.html", include_in_schema=False)
async def front(request: Request) -> Response:
    """Lead to the board, never for good: ELNBuildSync, if it comes back, leads the other way."""
    asked = request.url.query
    return RedirectResponse(f"/?{asked}" if asked else "/", status_code=307)


@router.get("/alive", include_in_schema=False)
async def alive() -> Response:
    """Answer, which a process that is stuck cannot."""
    return PlainTextResponse("alive", headers=NO_CACHE)


@router.get("/status.json", include_in_schema=False)
def status_json(site: Here, request: Request) -> Response:
    """Tell the status of every package."""

    def told(view: View) -> bytes:
        status.started(view)
        return _encode(status.document(view, site.koji_pages, site.app.clock()))

    return site.answers.tell(request, told)


# --- what changes something ---------------------------------------------------------------------


@router.get("/trigger", include_in_schema=False)
def trigger_form(site: Here, request: Request) -> Response:
    """Lead to who may trigger, and say how."""
    if site.writable and somebody(request, site) is None:
        return RedirectResponse("/login?return_to=/trigger", status_code=307)
    text = "POST a JSON array of downstream package names here, with a Bearer token.\n"
    return PlainTextResponse(text, headers=NO_CACHE)


@router.post("/trigger", include_in_schema=False)
def trigger(site: Here, person: Admin, request: Request, body: Body) -> Response:
    """Ask for a build of each package, and say of each what came of it."""
    names = body.read(list[str])
    asked = ask(site.app, names, REASON, operation(request, person, site))
    if "application/json" in request.headers.get("accept", ""):
        return Response(_encode(asked), media_type="application/json", headers=NO_CACHE)
    return PlainTextResponse(_told(asked, person.name), headers=NO_CACHE)


@router.api_route("/control/pause", methods=["GET", "POST"], include_in_schema=False)
def pause(site: Here, person: Admin, request: Request) -> Response:
    """Pause until somebody resumes; who paused without an end before has said why already."""
    if asks_first(request):
        return confirm(site, request, "Pause the service?")
    running = _service(site).operator_pause
    if running is None or running.until is not None:
        site.app.operators.pause(REASON, None, operation(request, person, site))
    return PlainTextResponse("paused\n", headers=NO_CACHE)


@router.api_route("/control/unpause", methods=["GET", "POST"], include_in_schema=False)
def unpause(site: Here, person: Admin, request: Request) -> Response:
    """Lift the operators' pause; where nothing is paused there is nothing to do."""
    if asks_first(request):
        return confirm(site, request, "Lift the operators' pause?")
    if _service(site).pause is not None:
        site.app.operators.resume(operation(request, person, site), REASON)
    return PlainTextResponse("unpaused\n", headers=NO_CACHE)


@router.api_route("/loglevel/{level}", methods=["GET", "POST"], include_in_schema=False)
def loglevel(site: Here, level: str, person: Admin, request: Request) -> Response:
    """Set the level of this process's log; who did is on record before it counts."""
    wanted = log_level(level).level
    if asks_first(request):
        return confirm(site, request, f"Set the log level to {wanted}?")
    site.app.operators.log_level(wanted, operation(request, person, site))
    logging.getLogger().setLevel(wanted)
    _log.warning("log level changed", level=wanted, by=person.name)
    return PlainTextResponse(f"Log level set to {wanted}\n", headers=NO_CACHE)


def _service(site: Site) -> Service:
    with site.app.journal.look() as view:
        return view.service


def _told(asked: Asked, by: str) -> str:
    """Say it in ELNBuildSync's words, and of each name that is not requested why."""
    lines = [f"User {by} requesting builds of:"]
    lines += [each.package for each in asked.verdicts if each.verdict == "requested"]
    refused = [each for each in asked.verdicts if each.verdict != "requested"]
    if refused:
        lines += ["Not requested:", *(f"{each.package}: {each.why}" for each in refused)]
    return "\n".join(lines) + "\n"
