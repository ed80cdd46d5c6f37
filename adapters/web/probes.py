# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes: whether the process lives, and whether it can answer."""

from typing import Final

from fastapi import APIRouter, Response
from starlette.responses import PlainTextResponse

from adapters.errors import DependencyDown
from adapters.web.site import Here
from projections import runner

NO_CACHE: Final = {"Cache-Control": "no-store"}

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> Response:
    """Answer, which a process that is stuck cannot."""
    return PlainTextResponse("ok\n", headers=NO_CACHE)


@router.get("/readyz")
def readyz(site: Here) -> Response:
    """Say whether the database answers and its projections are of this release."""
    with site.app.log.reading() as cursor:
        position = runner.position(cursor)
    if position is None:
        raise DependencyDown(
            "the projections are of another release", do="run 'ebs projections rebuild'"
        )
    return PlainTextResponse(f"ready at {position}\n", headers=NO_CACHE)
