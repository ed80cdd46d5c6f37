# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows a page: a template within the layout, made once for each position of the log.

A page that shows what an administrator may do is made for each of them, and once for all others.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request, Response

from adapters.errors import Meaning
from adapters.points import read
from adapters.service.journal import View
from adapters.web.answers import AGE
from adapters.web.pages.address import Address
from adapters.web.pages.forms import RECORDED, Refusal, recorded
from adapters.web.pages.templates import filled
from adapters.web.people import Person, signed_in
from adapters.web.site import Site
from domain.errors import EbsError
from projections.points import Point

HTML: Final = "text/html"
OF_A_PERSON: Final = {"Cache-Control": "private, no-store"}

Told = Callable[[View], Mapping[str, Any]]
"""Returns what a template is filled with, from a view of the log."""


async def _then(at: Annotated[str, Query(max_length=64)] = "") -> Point | None:
    return read(at) if at else None


Then = Annotated[Point | None, Depends(_then)]
"""As of when; a field that was left empty is the present."""


def show(
    site: Site,
    request: Request,
    template: str,
    told: Told,
    *,
    here: Address | None = None,
    at: Point | None = None,
    refusal: Refusal | None = None,
) -> Response:
    """Answer with a page that follows the log; as of a point, where one is given.

    ``here`` is the page's address as it was understood, for what links back to it. With a
    ``refusal`` of a form that stands on it, it says so there, with what was typed.
    """
    person = signed_in(request, site)
    here = here or Address(request.url.path)
    done = request.query_params.get(RECORDED, "")

    def made(view: View) -> bytes:
        around = _around(site, request, person) | _of_service(view)
        shown = {"here": here, "refusal": refusal, "recorded": recorded(view, done)}
        return filled(template, **around | shown | {**told(view)})

    if refusal is not None:
        with site.app.journal.look() as view:
            return Response(made(view), refusal.status, headers=OF_A_PERSON, media_type=HTML)
    who = f"{person.name} {person.admin}" if person else "nobody"
    return site.answers.tell(request, made, at, media_type=HTML, age=AGE, who=who)


def confirm(
    site: Site,
    request: Request,
    question: str,
    *,
    template: str = "confirm.html",
    button: str = "Yes",
    back: str = "/",
    fields: Mapping[str, str] = {},
    **told: Any,
) -> Response:
    """Answer with a page that asks a person, and whose button posts to the same address.

    ``fields`` go with it; No leads ``back``.
    """
    around = _around(site, request, signed_in(request, site))
    asked = {"question": question, "button": button, "back": back, "fields": fields}
    text = filled(template, **around | asked | told)
    return Response(text, headers=OF_A_PERSON, media_type=HTML)


def trouble(site: Site, request: Request, error: EbsError, meaning: Meaning) -> bytes:
    """Return the page that tells a person what went wrong; it asks nothing of the database."""
    person = signed_in(request, site) if "session" in request.scope else None
    around = _around(site, request, person)
    request_id = request.state.request_id
    return filled(
        "problem.html", **around, error=error, status=meaning.status, request_id=request_id
    )


def _around(site: Site, request: Request, person: Person | None) -> dict[str, Any]:
    """Return what the layout shows of who looks, and where."""
    return {
        "person": person,
        "writable": site.writable,
        "invited": site.provider is None and site.invitation is not None,
        "menu": request.app.state.menu,
        "path": request.url.path,
        "now": site.app.clock(),
        "sites": site.app.config.sites(),
        "log": None,
        "refusal": None,
        "recorded": None,
    }


def _of_service(view: View) -> dict[str, Any]:
    """Return what the layout shows of the log and the service, as of the view."""
    return {"log": view, "pause": view.service.pause, "held": view.service.held}
