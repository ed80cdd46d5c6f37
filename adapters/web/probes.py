# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes: whether it can answer, and whether all is well with the service."""

from typing import Final

from fastapi import APIRouter, Response
from starlette.responses import PlainTextResponse

from adapters.errors import DependencyDown
from adapters.tables import minute
from adapters.web.site import Here
from projections import runner

NO_CACHE: Final = {"Cache-Control": "no-store"}

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
def healthz(site: Here) -> Response:
    """Say whether all is well with the service as a whole; for who watches, not who restarts.

    A consumer that is dead, a bus that is silent and a certificate that ends are told here.
    """
    with site.app.journal.look() as view:
        alerts = view.service.alerts
    if alerts:
        told = (f"{alert.kind} ({minute(alert.at)}Z)" for alert in alerts)
        raise DependencyDown("something is amiss", why="; ".join(told), do="see 'ebs status'")
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
