# SPDX-License-Identifier: GPL-3.0-or-later
"""The probes of a process that serves no pages, beside its metrics."""

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from adapters.supervision import Supervision
from adapters.web.probes import NO_CACHE


def health(supervision: Supervision, metrics: Any) -> Starlette:
    """Return an application that tells how a process is, and shows its metrics at all else.

    ``/startup``: whether it has begun; ``/readyz``: whether it does what it is there for now;
    ``/alive``: whether its loop came round lately. Else 503; the text says what it is at.
    """
    begun = False

    async def startup(_: Request) -> Response:
        nonlocal begun
        begun = begun or supervision.is_ready
        return _told(begun, supervision)

    async def readyz(_: Request) -> Response:
        return _told(supervision.is_ready and supervision.is_alive, supervision)

    async def alive(_: Request) -> Response:
        return _told(supervision.is_alive, supervision)

    probes = [Route(f"/{probe.__name__}", probe) for probe in (startup, readyz, alive)]
    return Starlette(routes=[*probes, Mount("/", metrics)])


def _told(well: bool, supervision: Supervision) -> Response:  # noqa: FBT001 - what is told
    return PlainTextResponse(f"{supervision.status}\n", 200 if well else 503, headers=NO_CACHE)
