# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors as RFC 9457 has them: problem documents with stable codes.

::

    EbsError
    ├── Unauthenticated   nobody we know asks
    ├── CrossSite         another site's page made a browser ask
    ├── TooLarge          the body is longer than any that means something
    ├── TooSlow           the body does not come
    ├── TooMany           it was asked too often, or for too much at once
    ├── WrongType         the body is of a type that is not read
    └── NotStarted        nothing is configured yet
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.routing import Match

from adapters.errors import MEANINGS, Meaning, meaning_of
from domain.errors import EbsError, Invalid, NotFound

MEDIA_TYPE: Final = "application/problem+json"


class Unauthenticated(EbsError):
    """Nobody we know asks."""


class CrossSite(EbsError):
    """Another site's page made a browser ask, with the cookie of who looks at it."""


class TooLarge(EbsError):
    """The body is longer than any that means something."""


class TooSlow(EbsError):
    """The body does not come."""


class TooMany(EbsError):
    """It was asked too often, or for too much at once; Retry-After says when to ask again."""


class WrongType(EbsError):
    """The body is of a type that is not read."""


class NotStarted(EbsError):
    """Nothing is configured yet, so that nothing can be answered."""


class MethodNotAllowed(EbsError):
    """The address is there, and does not take this method."""


WEB: Final[Mapping[type[EbsError], Meaning]] = {
    Unauthenticated: Meaning("unauthenticated", 7, 401),
    CrossSite: Meaning("cross-site", 7, 403),
    MethodNotAllowed: Meaning("method-not-allowed", 2, 405),
    TooSlow: Meaning("too-slow", 1, 408),
    TooLarge: Meaning("too-large", 1, 413),
    WrongType: Meaning("wrong-type", 1, 415),
    TooMany: Meaning("too-many", 1, 429),
    NotStarted: Meaning("not-started", 6, 503),
}
"""What only the web knows; the rest is in ``adapters.errors.MEANINGS``."""

CODES: Final = {**MEANINGS, **WEB}

API: Final = "/api/"
"""Below this, programs ask."""

DOCUMENTED: Final = "see /api/v1/openapi.json"

RETRY_AFTER: Final = 10
"""Seconds after which to ask again what was not to be had."""


class Problem(Struct, frozen=True):
    """What failed (``title``), why (``detail``), and what to ``do``; ``code`` is for programs."""

    title: str
    status: int
    code: str
    detail: str = ""
    do: str = ""
    request_id: str = ""


METHODS: Final = {"GET": "GET, HEAD", "POST": "POST"}
"""What an address may take, and what is told of it: the doorway makes a GET of a HEAD."""

Page = Callable[[Request, EbsError, Meaning], bytes]
"""Tells a person of an error."""


def handle_problems(site: FastAPI, page: Page) -> None:
    """Answer every error with a problem document; a browser with a page, but for the API's."""
    for kind in (EbsError, RequestValidationError, HTTPException, Exception):
        site.add_exception_handler(kind, partial(_handle, page))


def respond(error: EbsError, request_id: str) -> Response:
    """Return the answer to who caused an error, or met one."""
    meaning = _meaning(error)
    problem = Problem(error.what, meaning.status, meaning.code, error.why, error.do, request_id)
    return _response(meaning, msgspec.json.encode(problem), MEDIA_TYPE)


def _meaning(error: EbsError) -> Meaning:
    return WEB.get(type(error)) or meaning_of(error)


def _response(meaning: Meaning, body: bytes, media_type: str) -> Response:
    headers = _headers(meaning.status)
    return Response(body, status_code=meaning.status, headers=headers, media_type=media_type)


def _headers(status: int) -> dict[str, str]:
    told = {"Cache-Control": "no-store"}
    if status == WEB[Unauthenticated].status:
        told["WWW-Authenticate"] = "Bearer"
    if status in (WEB[TooMany].status, WEB[NotStarted].status):
        told["Retry-After"] = str(RETRY_AFTER)
    return told


async def _handle(page: Page, request: Request, error: Exception) -> Response:
    known = _understood(error)
    if _browses(request):
        meaning = _meaning(known)
        response = _response(meaning, page(request, known, meaning), "text/html")
    else:
        response = respond(known, request.state.request_id)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    if isinstance(known, MethodNotAllowed) and (allowed := _allowed(request)):
        response.headers["Allow"] = allowed
    return response


def _allowed(request: Request) -> str:
    """Return every method that the address takes; Starlette names those of one of its routes.

    What lies below a mount is no route: Starlette knows better there.
    """

    def takes(method: str) -> bool:
        asked = {**request.scope, "method": method}
        return any(route.matches(asked)[0] is Match.FULL for route in request.app.routes)

    return ", ".join(told for method, told in METHODS.items() if takes(method))


def _browses(request: Request) -> bool:
    """Whether a person looks at a page of ours, and no program asks."""
    told = request.headers.get("accept", "")
    return "text/html" in told and not request.url.path.startswith(API)


def _understood(error: Exception) -> EbsError:
    """Return an error as one of ours; of a bug nothing is told but that it is one."""
    if isinstance(error, EbsError):
        return error
    if isinstance(error, RequestValidationError):
        faults = "; ".join(map(_fault, error.errors()))
        return Invalid("the request cannot be read", why=faults, do=DOCUMENTED)
    if isinstance(error, HTTPException):
        return _of_starlette(error)
    return EbsError("unexpected fault", do="report it with the request id")


def _of_starlette(error: HTTPException) -> EbsError:
    if error.status_code == 404:  # noqa: PLR2004 - the number is the name
        return NotFound("there is nothing at this address", do=DOCUMENTED)
    if error.status_code == WEB[MethodNotAllowed].status:
        return MethodNotAllowed("this address does not take the method", do="see Allow")
    return Invalid("the request cannot be read", why=str(error.detail))


def _fault(fault: Any) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    return f"{where}: {fault['msg']}"
