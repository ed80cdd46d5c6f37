# SPDX-License-Identifier: GPL-3.0-or-later
"""The first to see a request and the last to see its answer.

It names the request, reads its body within bounds of size and time before anything else is done,
sets the headers that every answer bears, and logs a line: never a header, a query or a body, for
there are the secrets.
"""

import asyncio
import logging
from collections.abc import MutableMapping
from time import perf_counter
from typing import Any, Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.meters import ANSWERS
from adapters.service.operation import new_id
from adapters.web.problems import TooLarge, TooMany, TooSlow, respond
from adapters.words import plain
from domain.errors import EbsError

LARGEST: Final = 256 * 1024
"""Bytes of a body: every package of the distribution by name fits."""

MOST: Final = 400
"""Requests under way at a time: fewer than there may be connections, so that probes get through."""

PATIENCE: Final = 15.0
"""Seconds in which a body has to arrive, and a part of an answer has to be taken."""

PATH_SHOWN: Final = 200
"""Characters of an address that are logged."""

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""What every answer bears: no page loads from elsewhere, runs what stands in it, or is framed."""

HSTS: Final = (b"strict-transport-security", b"max-age=31536000")

QUIET: Final = frozenset({"/alive", "/startup", "/healthz", "/readyz"})
"""What is asked every few seconds, and logged only when it goes wrong."""

_log = structlog.get_logger(__name__)


class Doorway:
    """``https``: browsers reach the service by https only."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._headers = [*HEADERS, *((HSTS,) if https else ())]
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, began = new_id(), perf_counter()
        scope.setdefault("state", {})["request_id"] = request_id
        answer = _Answer(send, [*self._headers, (b"x-request-id", request_id.encode())])
        with structlog.contextvars.bound_contextvars(request=request_id):
            self._under_way += 1
            try:
                await self._through(scope, receive, answer)
            finally:
                self._under_way -= 1
                _tell(scope, answer.status, perf_counter() - began)

    async def _through(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            self._admit(scope["path"])
            body = await _whole(scope, receive)
        except EbsError as error:
            response = respond(error, scope["state"]["request_id"])
            response.headers["Connection"] = "close"
            await response(scope, receive, answer)
            return
        # FastAPI knows no HEAD; the server leaves the body out by the method that it knows.
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        try:
            await self._app({**scope, "method": method}, _Again(body, receive), answer)
        except TimeoutError:
            _log.info("nobody took the answer")

    def _admit(self, path: str) -> None:
        """Raise TooMany where too many others ask, but not for a probe: they do not end by that."""
        if self._under_way > MOST and path not in QUIET:
            raise TooMany("too many ask at once", why=f"{MOST} are answered first", do="ask again")


class _Answer:
    """Sends the answer on, with the headers that each has."""

    def __init__(self, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._headers = headers
        self.status = 0

    async def __call__(self, message: Message) -> None:
        """Send a part of it. Raises TimeoutError where nobody takes it."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *self._headers]
        async with asyncio.timeout(PATIENCE):
            await self._send(message)


class _Again:
    """Gives the body that was read, and from then on what the client does."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        """Receive."""
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


async def _whole(scope: Scope, receive: Receive) -> bytes:
    """Read the body. Raises TooLarge or TooSlow."""
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > LARGEST:
        raise _too_large()
    try:
        async with asyncio.timeout(PATIENCE):
            return await _read(receive)
    except TimeoutError:
        raise TooSlow("the body did not arrive", do=f"send it within {PATIENCE:.0f} s") from None


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message: MutableMapping[str, Any] = await receive()
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise _too_large()
        more = message.get("more_body", False)
    return b"".join(parts)


def _too_large() -> TooLarge:
    return TooLarge("the body is too large", why=f"more than {LARGEST} bytes", do="send less")


def _tell(scope: Scope, status: int, seconds: float) -> None:
    ANSWERS.labels(status).observe(seconds)
    path = scope["path"]
    level = logging.DEBUG if path in QUIET and status < 400 else logging.INFO  # noqa: PLR2004
    _log.log(
        level,
        "request",
        method=scope["method"],
        path=plain(path[:PATH_SHOWN]),
        status=status,
        ms=round(seconds * 1000, 1),
        by=scope["state"].get("actor"),
    )
