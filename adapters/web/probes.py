# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes: whether it can answer, and whether all is well with the service.

They have threads of their own (asyncio's, which nothing else takes): where all those of the pages
and the API are at work, no process is taken out of service for that, which would help nobody.
"""

import asyncio
from typing import Final

from fastapi import APIRouter, Response
from starlette.responses import PlainTextResponse

from adapters.errors import DependencyDown
from adapters.web import status
from adapters.web.site import Here, Site
from domain.values import minute
from projections import runner

NO_CACHE: Final = {"Cache-Control": "no-store"}
AS_BEFORE: Final = {"Cache-Control": "no-cache"}
"""As ELNBuildSync answers at its address."""

router = APIRouter(include_in_schema=False)


@router.get("/startup")
async def startup(site: Here) -> Response:
    """Say whether there is a configuration to work with."""
    told = await asyncio.to_thread(_started, site)
    return PlainTextResponse(told, headers=AS_BEFORE)


@router.get("/healthz")
async def healthz(site: Here) -> Response:
    """Say whether all is well with the service as a whole; for who watches, not who restarts.

    A consumer that is dead, a bus that is silent and a certificate that ends are told here.
    """
    return _plain(await asyncio.to_thread(_well, site))


@router.get("/readyz")
async def readyz(site: Here) -> Response:
    """Say whether the database answers and its projections are of this release."""
    return _plain(await asyncio.to_thread(_ready, site))


def _started(site: Site) -> str:
    with site.app.journal.look() as view:
        status.started(view)
    return "started"


def _well(site: Site) -> str:
    with site.app.journal.look() as view:
        alerts = view.service.alerts
    if alerts:
        told = (f"{alert.kind} ({minute(alert.at)})" for alert in alerts)
        raise DependencyDown("something is amiss", why="; ".join(told), do="see 'ebs status'")
    return "ok\n"


def _ready(site: Site) -> str:
    with site.app.log.reading() as cursor:
        position = runner.position(cursor)
    if position is None:
        raise DependencyDown(
            "the projections are of another release", do="run 'ebs projections rebuild'"
        )
    return f"ready at {position}\n"


def _plain(text: str) -> Response:
    return PlainTextResponse(text, headers=NO_CACHE)
