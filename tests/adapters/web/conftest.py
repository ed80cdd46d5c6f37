# SPDX-License-Identifier: GPL-3.0-or-later
"""The web side on a database and a port of the test's own, asked over a real socket."""

import json
import logging
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import itsdangerous
import pytest
from structlog.testing import capture_logs

from adapters.config.sections import Oidc, Web
from adapters.config.static import Config
from adapters.store.log import EventLog
from adapters.web.build import build_site, build_web
from adapters.web.limits import Limits
from adapters.web.server import serving
from adapters.web.site import Site
from tests.adapters.service.given import World

KEY = b"0123456789abcdef0123456789abcdef"
ADMINS = ("eln-sig",)
SECRET = "only for the tests, and at least thirty-two bytes of it"  # noqa: S105 - as it says
NOWHERE = "http://127.0.0.1:9/openidc"
"""A provider that nobody needs to ask: who has a token or a session does not."""

UNLIMITED = "1000000 per minute"

STACKED = re.compile(
    r' role="(table|rowgroup|row|columnheader|rowheader|cell)"| data-label="[^"]*"'
)


class Asker:
    """Asks as nobody; ``token`` writes; ``site`` is what answers."""

    def __init__(self, site: Site, address: str, token: str) -> None:
        self.site = site
        self.address = address
        self.token = token
        self.client = httpx2.Client(base_url=address, timeout=20)

    def get(self, path: str, **options: Any) -> httpx2.Response:
        """Ask."""
        return self.client.get(path, **options)

    def page(self, path: str, **options: Any) -> str:
        """Ask for a page; return it without what its tables bear for narrow screens."""
        return STACKED.sub("", self.get(path, **options).text)

    def post(self, path: str, body: Any = None, **options: Any) -> httpx2.Response:
        """Write, by the token unless other headers are given."""
        headers = options.pop("headers", {"Authorization": f"Bearer {self.token}"})
        return self.client.post(path, json=body, headers=headers, **options)

    def signed_in(self, name: str = "ada", *groups: str, lasting: float = 3600) -> str:
        """Return the header of a cookie as a sign-in would set it."""
        until = (datetime.now(UTC) + timedelta(seconds=lasting)).timestamp()
        session = {"user": name, "groups": list(groups), "until": until}
        signer = itsdangerous.TimestampSigner(KEY.hex())
        value = signer.sign(b64encode(json.dumps(session).encode())).decode()
        return f"ebs={value}"


Serve = Callable[..., Asker]


@contextmanager
def asking(
    world: World,
    folder: Path,
    limits: Limits | None = None,
    port: int = 0,
    url: str | None = None,
    **oidc: Any,
) -> Iterator[Asker]:
    """Serve a world; without more there is a provider, and a token of an administrator."""
    (folder / "session.key").write_bytes(KEY)
    (folder / "oidc.secret").write_text(SECRET)
    given = {"issuer": NOWHERE, "client_id": "ebs", "admin_groups": ADMINS, **oidc}
    config = Config.model_construct(
        state_dir=folder,
        web=Web(port=port, url=url, session_key_file=folder / "session.key"),
        oidc=Oidc(client_secret_file=folder / "oidc.secret", **given),
    )
    app = replace(world.app, config=config)
    site = build_site(app, limits=limits or Limits(sign_ins=UNLIMITED, writes=UNLIMITED))
    token = site.tokens.new("ci", "root", datetime.now(UTC) + timedelta(days=1))
    with serving(build_web(site), "127.0.0.1", port) as at, closing(site.live):
        asker = Asker(site, f"http://127.0.0.1:{at}", token)
        with asker.client:
            yield asker


@pytest.fixture
def world(log: EventLog) -> World:
    """The service, configured, with its baseline; bash, gcc, zsh and ipa are targets."""
    return World(log).start()


@pytest.fixture
def serve(world: World, tmp_path: Path) -> Iterator[Serve]:
    """Serve the world in the test's own way."""
    with ExitStack() as stack:

        def start(limits: Limits | None = None, **oidc: Any) -> Asker:
            return stack.enter_context(asking(world, tmp_path, limits, **oidc))

        yield start


@pytest.fixture
def web(serve: Serve) -> Asker:
    """The world, served."""
    return serve()


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    """The lines that were logged."""
    level = logging.getLogger().level
    with capture_logs() as lines:
        yield lines
    logging.getLogger().setLevel(level)
