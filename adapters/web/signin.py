# SPDX-License-Identifier: GPL-3.0-or-later
"""Sign-in by OpenID Connect: the code flow with PKCE, by authlib; groups from userinfo.

The session is a signed cookie. It is made anew at sign-in, so that nobody is signed in to a session
that somebody else put there, and holds a name, groups and an end; no token of the provider's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx2
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth, StarletteOAuth2App
from fastapi import APIRouter, Request, Response
from joserfc.errors import JoseError
from starlette.responses import RedirectResponse

from adapters.config.files import read
from adapters.config.sections import Oidc
from adapters.errors import DependencyDown
from adapters.web.people import GROUPS, UNTIL, USER, within
from adapters.web.problems import Unauthenticated
from adapters.web.site import Here, Site
from domain.errors import Invalid, NotFound
from domain.values import user_name

BACK: Final = "return_to"
CALLBACK: Final = "/oidc/callback"
TIMEOUT: Final = 10.0
"""Seconds for the provider to answer."""

_SECRET_LIMIT: Final = 64 * 1024

router = APIRouter(include_in_schema=False)

_log = structlog.get_logger(__name__)


def provider_of(oidc: Oidc) -> StarletteOAuth2App | None:
    """Return the provider that is configured; nothing is asked of it yet. Raises as files do."""
    if oidc.issuer is None or oidc.client_secret_file is None:
        return None
    return OAuth().register(
        "oidc",
        server_metadata_url=f"{oidc.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_id=oidc.client_id,
        client_secret=secret(oidc.client_secret_file).decode(),
        client_kwargs={
            "scope": " ".join(oidc.scopes),
            "code_challenge_method": "S256",
            "timeout": TIMEOUT,
        },
    )


def secret(file: Path) -> bytes:
    """Return what a secret file holds. Raises NotFound, NotPermitted or Invalid."""
    found = read(file, limit=_SECRET_LIMIT).strip()
    if not found:
        raise Invalid(f"{file} is empty", do="put the secret there")
    return found


@router.get("/login")
async def login(site: Here, request: Request) -> Response:
    """Send the browser to the provider, to come back by CALLBACK."""
    provider = _provider(site, request)
    back = within(request.query_params.get(BACK, ""))
    with _understood():
        metadata = await provider.load_server_metadata()
        _same_issuer(metadata, site.app.config.oidc)
        response: Response = await provider.authorize_redirect(request, site.origin + CALLBACK)
    request.session[BACK] = back
    return response


@router.get(CALLBACK)
async def callback(site: Here, request: Request) -> Response:
    """Take the provider's word for who it is, and begin a session."""
    provider = _provider(site, request)
    if not {"code", "error"} & request.query_params.keys() or "state" not in request.query_params:
        raise Invalid("this is no answer of the provider", do="begin at /login")
    oidc = site.app.config.oidc
    claims = {"iss": {"values": [oidc.issuer], "essential": True}}
    claims["aud"] = {"values": [str(oidc.client_id)], "essential": True}
    with _understood():
        token = await provider.authorize_access_token(request, claims_options=claims)
        told = await provider.userinfo(token=token)
    if not token.get("userinfo") or told.get("sub") != token["userinfo"]["sub"]:
        raise Unauthenticated("the provider tells of two people", do="begin at /login")
    back = within(request.session.get(BACK, ""))
    lasting = timedelta(hours=site.app.config.web.session_hours)
    begun = _session(oidc, told, site.app.clock() + lasting)
    request.session.clear()
    request.session.update(begun)
    _log.info("signed in", by=begun[USER])
    return RedirectResponse(back, status_code=303)


@router.get("/logout")
async def logout(request: Request) -> Response:
    """End the session in this browser."""
    request.session.clear()
    return RedirectResponse("/", status_code=303)


def _session(oidc: Oidc, told: Any, until: datetime) -> dict[str, Any]:
    """Return what a session holds. Raises Unauthenticated for who has no name."""
    given = told.get(oidc.groups_claim, [])
    groups = given if isinstance(given, list) else [given]
    try:
        name = user_name(str(told.get(oidc.user_claim, "")))
    except Invalid as error:
        raise Unauthenticated(
            f"the provider's {oidc.user_claim} is no name", why=error.why
        ) from None
    # Only the groups that matter: a cookie has 4 kB.
    ours = sorted(set(oidc.admin_groups).intersection(map(str, groups)))
    return {USER: name, GROUPS: ours, UNTIL: until.timestamp()}


def _provider(site: Site, request: Request) -> StarletteOAuth2App:
    site.limits.sign_in(request.client.host if request.client else "")
    if site.provider is None:
        raise NotFound("nobody can sign in here", why="no OpenID provider is configured")
    return site.provider


def _same_issuer(metadata: Any, oidc: Oidc) -> None:
    if metadata.get("issuer") != oidc.issuer:
        raise Unauthenticated(
            "the provider is not the one that is configured",
            why="it names another issuer",
            do="correct oidc.issuer",
        )


@contextmanager
def _understood() -> Iterator[None]:
    """Raise what authlib and its libraries raise as one of ours, without what the provider said."""
    try:
        yield
    except httpx2.HTTPStatusError as error:
        raise Unauthenticated(
            "the provider refuses", why=f"it answers {error.response.status_code}"
        ) from error
    except httpx2.HTTPError as error:
        raise DependencyDown(
            "the OpenID provider does not answer", why=type(error).__name__, do="try again"
        ) from error
    except (AuthlibBaseError, JoseError) as error:
        raise Unauthenticated(
            "the sign-in failed", why=type(error).__name__, do="begin at /login"
        ) from error
