# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors as RFC 9457 has them: problem documents with stable codes.

::

    EbsError
    ├── Unauthenticated   nobody we know asks
    ├── CrossSite         another site's page made a browser ask
    ├── TooLarge          the body is longer than any that means something
    ├── TooSlow           the body does not come
    ├── TooMany           it was asked too often
    ├── WrongType         the body is of a type that is not read
    └── NotStarted        nothing is configured yet
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from msgspec import Struct
from starlette.exceptions import HTTPException

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
    """It was asked too often."""


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


def handle_problems(site: FastAPI) -> None:
    """Answer every error with a problem document."""
    for kind in (EbsError, RequestValidationError, HTTPException, Exception):
        site.add_exception_handler(kind, _handle)


def respond(error: EbsError, request_id: str) -> Response:
    """Return the answer to who caused an error, or met one."""
    meaning = WEB.get(type(error)) or meaning_of(error)
    problem = Problem(error.what, meaning.status, meaning.code, error.why, error.do, request_id)
    return Response(
        msgspec.json.encode(problem),
        status_code=meaning.status,
        headers=_headers(meaning.status),
        media_type=MEDIA_TYPE,
    )


def _headers(status: int) -> dict[str, str]:
    told = {"Cache-Control": "no-store"}
    if status == WEB[Unauthenticated].status:
        told["WWW-Authenticate"] = "Bearer"
    if status in (WEB[TooMany].status, WEB[NotStarted].status):
        told["Retry-After"] = str(RETRY_AFTER)
    return told


async def _handle(request: Request, error: Exception) -> Response:
    response = respond(_understood(error), request.state.request_id)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


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
