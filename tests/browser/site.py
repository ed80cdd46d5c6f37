# SPDX-License-Identifier: GPL-3.0-or-later
"""``ebs serve`` as a process, on a database that tests may write to and read as they like."""

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import itsdangerous

from adapters.service.journal import Draft, Journal
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from domain.envelope import Meta
from domain.package import stream
from domain.package.events import Tagged
from tests.adapters.service.online import TRIGGER
from tests.browser.looking import USUAL, Look, Way, looking
from tests.browser.pages import PAGES
from tests.fixtures.serving import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

KEY: Final = b"0123456789abcdef0123456789abcdef"
ADMINS: Final = "eln-sig"
SECRET: Final = "only for the tests, and at least thirty-two bytes of it"  # noqa: S105 - as it says
NOWHERE: Final = "http://127.0.0.1:9/openidc"
"""A provider that nobody asks: who signed in has a cookie."""


@dataclass(frozen=True)
class Site:
    """Where it is, and its log."""

    origin: str
    database: Database
    log: EventLog

    def path(self, name: str) -> str:
        """Return where a page is; the plan is the one that the story holds."""
        [(_, held)] = self.acts("plan-held")
        return PAGES[name].format(plan=held.plan)

    def cookie(self, name: str, *groups: str) -> Any:
        """Return the cookie of somebody who signed in a moment ago, as Playwright takes it."""
        until = (datetime.now(UTC) + timedelta(hours=1)).timestamp()
        session = {"user": name, "groups": list(groups), "until": until}
        signer = itsdangerous.TimestampSigner(KEY.hex())
        value = signer.sign(b64encode(json.dumps(session).encode())).decode()
        return {"name": "ebs", "value": value, "url": self.origin}

    def tag(self, package: str, build_id: int) -> str:
        """Record that a build was tagged, as the service hears of it; return the build's name."""
        nvr = f"{package}-{build_id}-1.fc41"
        meta = Meta(datetime.now(UTC), "message", "told by a test")
        draft = Draft(stream(package), Tagged(build_id, nvr, TRIGGER), meta)
        Journal(self.log).record(lambda _: [draft])
        return nvr

    def acts(self, topic: str) -> list[tuple[str, Any]]:
        """Return the events of a topic, with who was behind each."""
        found = self.log.read(topics=[topic])
        return [(each.envelope.meta.actor, each.envelope.event) for each in found]


@contextmanager
def ada(browser: "Browser", site: Site, way: Way = USUAL) -> Iterator[Look]:
    """Look as Ada, who administers the service."""
    with looking(browser, site.origin, way) as look:
        look.page.context.add_cookies([site.cookie("ada", ADMINS)])
        yield look


@contextmanager
def served(
    folder: Path, database: Database, *, port: int = 0, issuer: str = NOWHERE
) -> Iterator[Site]:
    """Serve a database."""
    (folder / "session.key").write_bytes(KEY)
    (folder / "oidc.secret").write_text(SECRET)
    settings = {
        "WEB__SESSION_KEY_FILE": str(folder / "session.key"),
        "OIDC__ISSUER": issuer,
        "OIDC__CLIENT_ID": "ebs",
        "OIDC__CLIENT_SECRET_FILE": str(folder / "oidc.secret"),
        "OIDC__ADMIN_GROUPS": json.dumps([ADMINS]),
    }
    with (
        serving(folder, database.conninfo, port, **settings) as at,
        EventLog(database.conninfo, EVENTS) as log,
    ):
        yield Site(f"http://127.0.0.1:{at}", database, log)
