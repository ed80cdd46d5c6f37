# SPDX-License-Identifier: GPL-3.0-or-later
"""Who asks, and what they may: everybody reads, administrators write."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from msgspec import Struct

from adapters.errors import NotPermitted
from adapters.service.operation import Operation
from adapters.web.problems import CrossSite, Unauthenticated
from adapters.web.site import Here, Site

USER: Final = "user"
GROUPS: Final = "groups"
UNTIL: Final = "until"
"""What a session holds: a name, groups, and until when, in seconds since 1970."""

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Person(Struct, frozen=True):
    """Who asks: a person who signed in, or a token by its name."""

    name: str
    admin: bool


def somebody(request: Request, site: Here) -> Person | None:
    """Return who asks, None where nobody says so. Raises Unauthenticated for a wrong token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme:
        name = site.tokens.owner(token.strip()) if scheme.lower() == "bearer" else None
        if name is None:
            raise Unauthenticated(
                "the token is not valid",
                why="it was never made here, has expired or was revoked",
                do="an administrator makes one by 'ebs token new'",
            )
        return Person(f"token/{name}", admin=True)
    return signed_in(request, site)


def signed_in(request: Request, site: Site) -> Person | None:
    """Return who signed in with this browser, None where nobody did or it is too long ago."""
    session: Mapping[str, Any] = request.session
    if USER not in session or session[UNTIL] < site.app.clock().timestamp():
        return None
    ours = site.app.config.oidc.admin_groups
    return Person(session[USER], admin=not set(ours).isdisjoint(session[GROUPS]))


def admin(request: Request, site: Here) -> Person:
    """Return who asks, if that is who may write.

    Raises NotPermitted, Unauthenticated, CrossSite or TooMany otherwise.
    """
    if not site.writable:
        raise NotPermitted(
            "this service is read-only on the web",
            why="no OpenID provider is configured",
            do="use 'ebs' on its machine, or configure [oidc]",
        )
    person = somebody(request, site)
    if person is None:
        raise Unauthenticated("sign in first", do="at /login, or send a Bearer token")
    request.state.actor = person.name
    if request.method not in SAFE and "authorization" not in request.headers:
        same_origin(request, site)
    if not person.admin:
        raise NotPermitted(
            f"{person.name} may only read",
            why="nobody of this person's groups administers the service",
            do=f"ask to join {' or '.join(site.app.config.oidc.admin_groups)}",
        )
    site.limits.write(person.name)
    return person


Admin = Annotated[Person, Depends(admin)]


def same_origin(request: Request, site: Site) -> None:
    """Raise CrossSite unless a page of ours makes the browser ask.

    Where the browser says whence it asks, that counts; one that does not names the origin of what
    it posts.
    """
    told = request.headers
    where = told.get("sec-fetch-site")
    allowed = where == "same-origin" if where else told.get("origin") == site.origin
    if not allowed:
        raise CrossSite(
            "another site made the browser ask",
            why=f"it was not a page of {site.origin}",
            do="sign in there, and act there",
        )


def asks_first(request: Request) -> bool:
    """Whether a browser only opened an address, which changes nothing before a person says so."""
    return request.method in SAFE and "authorization" not in request.headers


def operation(request: Request, person: Person, site: Site) -> Operation:
    """Return what a person does by a request; its events bear the request's id."""
    return Operation(person.name, "person", site.app.clock(), request.state.request_id)


def within(target: str) -> str:
    """Return the path on this site that somebody wants to come back to, the front page for others.

    A browser takes a backslash for a slash, and two slashes for another host.
    """
    foreign = target.startswith("//") or "\\" in target
    fit = target.startswith("/") and target.isascii() and target.isprintable() and not foreign
    return target if fit else "/"
