# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodhi's client for a service: it never waits for a person, nor for anything without end.

As it comes, it asks on the terminal or waits on a port where it has no token, tries again and again
where the token is not taken, and waits for every answer as long as it takes.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import requests
from authlib.oidc.discovery.well_known import get_well_known_url
from bodhi.client.bindings import BodhiClient
from bodhi.client.constants import SCOPE
from bodhi.client.oidcclient import JSONStorage, OIDCClient
from msgspec import Struct
from requests_kerberos import OPTIONAL, HTTPKerberosAuth

from adapters.ports.bodhi import BodhiDenied
from adapters.ports.kerberos import Ticket

MOST_LOGINS: Final = 2
"""A token that is refused is renewed once; one that is refused again is not taken at all."""

_CODE: Final = re.compile(r"<title>\s*(code=[^<\s]+)\s*</title>")


class Login(Struct, frozen=True):
    """Who asks: the file with tokens, as bodhi's own command keeps it, and who gives them.

    They are given for the ``ticket``; without it for those that are there.
    """

    file: Path
    id_provider: str
    client_id: str = "bodhi-client"
    ticket: Ticket | None = None


class _Session(OIDCClient):  # type: ignore[misc] # bodhi publishes no types
    """A login by token, renewed by its refresh token or by Kerberos."""

    def __init__(self, login: Login, timeout: float) -> None:
        self._timeout = timeout
        self._ticket = login.ticket
        self._logins = 0
        provider = login.id_provider.rstrip("/")
        super().__init__(login.client_id, SCOPE, provider, JSONStorage(str(login.file)))
        self.client.default_timeout = timeout

    def _get_provider_metadata(self, id_provider: str) -> None:
        address = get_well_known_url(id_provider, external=True)
        answer = requests.get(address, timeout=self._timeout)
        answer.raise_for_status()
        self.metadata = answer.json()

    def login(self, use_kerberos: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - bodhi's signature
        """Log in by Kerberos; there is nobody with a browser."""
        self._logins += 1
        if self._logins > MOST_LOGINS:
            raise denied("the tokens that it gives are not taken")
        uri, _ = self.client.create_authorization_url(self.metadata["authorization_endpoint"])
        there = HTTPKerberosAuth(mutual_authentication=OPTIONAL)
        auth = there if self._ticket is None else self._ticket.auth()
        answer = requests.get(uri, auth=auth, timeout=self._timeout)
        code = _CODE.search(answer.text)
        if not answer.ok or code is None:
            raise denied(f"there is no valid token, and Kerberos gives none: {answer.status_code}")
        self.auth_callback(f"?{code[1]}")


class Writer(BodhiClient):  # type: ignore[misc] # bodhi publishes no types
    """Bodhi's client, logged in. Made for one act: its constructor asks the login's server."""

    def __init__(self, url: str, login: Login, timeout: float) -> None:
        self._options: Mapping[str, Any] = {
            "timeout": timeout,
            "hooks": {"response": refuse},
        }
        self._login = login
        super().__init__(url, login.client_id, login.id_provider)

    def _build_oidc_client(self, client_id: str, id_provider: str) -> None:  # noqa: ARG002 - bodhi's
        self.oidc = _Session(self._login, self._options["timeout"])

    def send_request(self, url: str, verb: str = "GET", **kwargs: Any) -> Any:
        return super().send_request(url, verb, **{**self._options, **kwargs})


def refuse(answer: requests.Response, **_: Any) -> None:
    """Raise for an HTTP error: bodhi's client would keep its text and lose its number."""
    if not answer.ok:
        answer.text  # noqa: B018 - it is read, while there is a connection to read it from
        answer.raise_for_status()


def denied(why: str) -> BodhiDenied:
    """Return that we cannot log in."""
    return BodhiDenied(
        "Bodhi's login failed",
        why=why,
        do="log in once with bodhi's own command, and give its file as bodhi.login_file",
    )
