# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor looks at of the web side: its configuration, and who lets people sign in."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import requests

from adapters.cli.checks.check import Check
from adapters.config.sections import Oidc, Web
from adapters.config.static import Config
from adapters.web.build import origin_of, session_key
from adapters.web.signin import provider_of
from domain.errors import EbsError

LOCAL: Final = {"localhost", "127.0.0.1", "::1"}
TIMEOUT: Final = 10.0
"""Seconds for the provider to answer."""


def checks(config: Config) -> Iterator[Check]:
    """Yield whether it could be served as it is configured, and people could sign in."""
    try:
        session_key(config.web)
        provider_of(config.oidc)
    except EbsError as error:
        yield Check("web", "fail", str(error), error.do)
        return
    yield _web(config.web, config.oidc)
    if config.oidc.issuer is None:
        yield Check("sign-in", "ok", "none is configured: everybody reads, nobody writes")
    else:
        yield _provider(config.oidc.issuer)


def _web(web: Web, oidc: Oidc) -> Check:
    origin = urlsplit(origin_of(web))
    if oidc.issuer is not None and origin.scheme != "https" and origin.hostname not in LOCAL:
        found = f"people sign in at {origin.geturl()}, without TLS"
        return Check("web", "warn", found, "put a proxy with TLS before it, and name it in web.url")
    if oidc.issuer is not None and web.session_key_file is None:
        found = "who is signed in is signed out at each start, and by the next process"
        return Check("web", "warn", found, "give web.session_key_file")
    return Check("web", "ok", f"{origin.geturl()}, sessions of {web.session_hours} h")


def _provider(issuer: str) -> Check:
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    do = "check oidc.issuer, and whether the provider answers"
    try:
        answer = requests.get(address, timeout=TIMEOUT)
        answer.raise_for_status()
        named = answer.json().get("issuer")
    except (requests.RequestException, AttributeError) as error:
        return Check("sign-in", "fail", f"{issuer} does not answer: {error}", do)
    if named != issuer:
        return Check("sign-in", "fail", f"{issuer} calls itself {named}", "correct oidc.issuer")
    return Check("sign-in", "ok", issuer)
