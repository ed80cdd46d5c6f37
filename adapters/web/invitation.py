# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the person in who started the service at a terminal: by a link that is printed there, once.

For a service on loopback that nobody else is to write to: what is printed is read by nobody else.
"""

from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from adapters.web.people import GROUPS, UNTIL, USER
from adapters.web.problems import Unauthenticated
from adapters.web.site import Here

WELCOME: Final = "/welcome"

router = APIRouter(include_in_schema=False)


@router.get(WELCOME)
async def welcome(site: Here, request: Request, key: str = "") -> Response:
    """Begin a session for who has the link. Raises Unauthenticated for a wrong or a second one."""
    guest = site.invitation.take(key) if site.invitation else None
    if guest is None:
        raise Unauthenticated(
            "the link is not valid", why="it is good for one time", do="start anew"
        )
    lasting = timedelta(hours=site.app.config.web.session_hours)
    until = (site.app.clock() + lasting).timestamp()
    request.session.clear()
    groups = [*site.app.config.oidc.admin_groups]
    request.session.update({USER: guest, GROUPS: groups, UNTIL: until})
    return RedirectResponse("/", status_code=303)
