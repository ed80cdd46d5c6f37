# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the web side together, each part replaceable by keyword."""

import secrets
from functools import cache, partial
from typing import Final

from fastapi import FastAPI, Response
from fastapi.telemetry import TelemetryConfig
from starlette.middleware.sessions import SessionMiddleware
from starlette.types import ASGIApp

from adapters.app import App
from adapters.config.sections import Web
from adapters.store.tokens import Tokens
from adapters.web import assets, invitation, legacy, probes, robots, signin
from adapters.web.answers import Answers
from adapters.web.api import feeds, openapi, reads, timeline, writes
from adapters.web.doorway import QUIET, Doorway
from adapters.web.limits import Limits
from adapters.web.live import Live
from adapters.web.pages import PAGES
from adapters.web.pages.menu import menu_of
from adapters.web.pages.show import trouble
from adapters.web.problems import handle_problems
from adapters.web.site import Invitation, Site
from domain.errors import Invalid

PORT: Final = 8080
"""Where it listens unless told otherwise, as ELNBuildSync does."""

SHORTEST_KEY: Final = 32
"""Bytes of what sessions are signed with."""

HOUR: Final = 3600
"""Seconds."""

SECRET: Final = (signin.CALLBACK, invitation.WELCOME)
"""Whose addresses hold a secret."""

TELEMETRY: Final[TelemetryConfig] = {
    "auto_configure": False,
    "operation_spans": False,
    "metrics": False,
    "logs": False,
    "exclude": lambda scope: scope["path"] in {*SECRET, *QUIET},
}
"""Requests are traced where ``adapters.tracing`` is on, but for those that are made every few
seconds, or hold a secret."""


def build_site(
    app: App, *, limits: Limits | None = None, invited: Invitation | None = None
) -> Site:
    """Return what the addresses work with, by the configuration. Raises as secret files do.

    Its ``live`` is to be closed before the server that serves it.
    """
    return Site(
        app=app,
        origin=origin_of(app.config.web),
        tokens=Tokens(app.log.connections),
        answers=Answers(app),
        limits=limits or Limits(),
        live=Live(app.log, app.clock),
        provider=signin.provider_of(app.config.oidc),
        invitation=invited,
    )


def build_web(site: Site) -> ASGIApp:
    """Return the application that a web server runs."""
    web = FastAPI(
        title="ebs",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=TELEMETRY,
    )
    web.state.site = site
    web.state.menu = menu_of(page.router for page in PAGES)
    handle_problems(web, partial(trouble, site))
    apart = (legacy, signin, invitation, probes, robots)
    for part in (*apart, reads, writes, feeds, timeline, *PAGES):
        web.include_router(part.router)
    described = cache(lambda: openapi.document(web))
    web.add_route(openapi.PATH, lambda _: Response(described(), media_type=openapi.JSON))
    web.mount(assets.AT, assets.Static(), name="static")
    settings = site.app.config.web
    web.add_middleware(
        SessionMiddleware,
        secret_key=session_key(settings),
        session_cookie="__Host-ebs" if site.https else "ebs",
        max_age=settings.session_hours * HOUR,
        same_site="lax",  # the provider's page sends the browser back here
        https_only=site.https,
    )
    # Around everything: what FastAPI answers to a bug goes past the middleware that it knows.
    return Doorway(web, https=site.https)


def origin_of(web: Web) -> str:
    """Return scheme, host and port as browsers see them."""
    return (web.url or f"http://{web.host}:{web.port or PORT}").rstrip("/")


def session_key(web: Web) -> str:
    """Return what sessions are signed with. Raises as secret files do, Invalid for a short one."""
    if web.session_key_file is None:
        return secrets.token_hex(SHORTEST_KEY)
    key = signin.secret(web.session_key_file)
    if len(key) < SHORTEST_KEY:
        raise Invalid(
            f"{web.session_key_file} is too short a key",
            why=f"it has {len(key)} bytes",
            do=f"put {SHORTEST_KEY} random ones there: openssl rand -hex 32",
        )
    return key.hex()
