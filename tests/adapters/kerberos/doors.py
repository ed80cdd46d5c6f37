# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox's Koji and the login of its Bodhi, behind a door where a ticket is asked for."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

import koji
from koji import xmlrpcplus

from adapters.sandbox.bodhi import SimulatedBodhi
from adapters.sandbox.hub import Hub
from adapters.sandbox.hub.dispatch import answered
from tests.fixtures.doorway import Respond

LOGIN = "/kojihub/ssllogin"
CODES = "/authorization"

_SESSION = ("Koji-Session-Id", "Koji-Session-Key", "Koji-Session-Callnum")


class KojiBehind:
    """The hub as its web server asks it; who has shown a ticket gets a session."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def __call__(self, request: dict[str, Any], respond: Respond) -> Iterable[bytes]:
        """Answer a call; sslLogin is answered at its own address only."""
        params, method = xmlrpcplus.loads(_body(request))
        if (request["PATH_INFO"] == LOGIN) != (method == "sslLogin"):
            return _reply(respond, b"", "404 Not Found")
        if method == "sslLogin":
            return _reply(respond, answered(lambda: self._log_in(request["REMOTE_USER"])))
        names = {name: f"HTTP_{name.upper().replace('-', '_')}" for name in _SESSION}
        headers = {name: request[key] for name, key in names.items() if key in request}
        return _reply(respond, self._hub.answer(method, params, headers))

    def _log_in(self, principal: str) -> dict[str, object]:
        """As Koji does, by the name before the realm."""
        user = self._hub.world.users.get(principal.partition("@")[0])
        if user is None:
            raise koji.AuthError(f"unknown user: {principal}")
        return self._hub.sessions.start(user)


def codes_of(bodhi: SimulatedBodhi) -> Any:
    """The address where Bodhi's login gives a code to who has shown a ticket."""
    bodhi.tickets = True

    def application(request: dict[str, Any], respond: Respond) -> Iterable[bytes]:
        _, page = bodhi.get(f"/openidc/authorization?{request['QUERY_STRING']}")
        return _reply(respond, page)

    return application


def _body(request: dict[str, Any]) -> bytes:
    read: BytesIO = request["wsgi.input"]
    return read.read(int(request["CONTENT_LENGTH"]))


def _reply(respond: Respond, body: bytes, status: str = "200 OK") -> Iterable[bytes]:
    respond(status, [("Content-Length", str(len(body)))])
    return [body]
