# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodhi over HTTP on loopback, with the login's server that its client asks first."""

import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import ceil
from pathlib import Path
from threading import Thread
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import astuple

from adapters.bodhi.login import Login
from adapters.sandbox.bodhi.releases import release
from adapters.sandbox.bodhi.updates import Objection, Updates
from adapters.sandbox.hub.server import cut
from adapters.sandbox.hub.trouble import Mishap, Trouble
from adapters.sandbox.hub.world import World

Answer = tuple[int, bytes]
Query = dict[str, list[str]]

TOKEN: Final = "a-token-of-the-sandbox"  # noqa: S105 - it opens nothing else
TICKET: Final = "auth_tkt"
_TOKENS: Final = {"access_token": TOKEN, "token_type": "Bearer"}
STABLE: Final = "eln"


class SimulatedBodhi:
    """Serves Rawhide's release of that number and the one before it while inside.

    ``releases`` may be changed while it is served; ``reply``, a status and a body, is the answer to
    everything for as long as it is set; ``trouble`` befalls its requests. With a ``world`` there
    are ``updates``, stable after ``delay`` seconds. With ``tickets`` who has no token gets one, as
    by Kerberos; ``doorway`` is the address where it is asked for, if that is elsewhere.
    """

    def __init__(
        self,
        rawhide: int = 42,
        *,
        world: World | None = None,
        delay: float = 600,
        trouble: Trouble | None = None,
        port: int = 0,
    ) -> None:
        before = rawhide - 1
        self.releases = [
            release(before, f"f{before}", "current", f"f{before}-updates"),
            release(rawhide, "rawhide", "pending", f"f{rawhide}"),
        ]
        self.reply: Answer | None = None
        self.tickets = False
        self.doorway = ""
        self.trouble = trouble or Trouble()
        self.updates = Updates(world or World(), STABLE, delay)
        self._port = port
        self._http: _Http | None = None
        self._thread = Thread()
        self._gets: dict[str, Callable[[Query], Any]] = {
            "/releases": self._releases,
            "/updates": self._find,
            "/csrf": lambda _: {"csrf_token": TOKEN},
            "/oidc/login-token": lambda _: {},
            "/openidc/.well-known/openid-configuration": lambda _: self._provider(),
            "/openidc/authorization": _code,
        }

    @property
    def url(self) -> str:
        """The address to give to a client; nobody listens there after the end."""
        return f"http://127.0.0.1:{self._port}/"

    @property
    def provider(self) -> str:
        """The address of the login's server."""
        return f"{self.url}openidc"

    @property
    def asked(self) -> int:
        """How many requests there were."""
        return len(self.trouble.seen)

    def login(self, folder: Path) -> Login:
        """Write the token that a client logs in with to a file in a folder."""
        file = folder / "bodhi-client.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps({"tokens": {self.provider: _TOKENS}}))
        return Login(file, self.provider)

    def branch(self) -> None:
        """Make Rawhide's release one of its own, pending still, and the next number Rawhide."""
        old = self.releases[-1]
        number = int(old["version"]) + 1
        old.update(branch=old["dist_tag"], create_automatic_updates=False)
        self.releases.append(release(number, "rawhide", "pending", f"f{number}"))

    def get(self, target: str) -> Answer:
        """Answer a GET."""
        url = urlsplit(target)
        answer = self._gets.get(url.path.rstrip("/"))
        if answer is None:
            return 404, b'{"status": "error", "errors": []}'
        if answer is _code and not self.tickets:
            return 401, b"<html>no ticket</html>"
        self.updates.work()
        found = answer(parse_qs(url.query))
        return 200, found if isinstance(found, bytes) else json.dumps(found).encode()

    def post(self, target: str, form: Query) -> Answer:
        """Answer a POST: a token; or to who is logged in an update, or why there is none."""
        if urlsplit(target).path == "/openidc/token":
            return 200, json.dumps(_TOKENS).encode()
        if urlsplit(target).path.rstrip("/") != "/updates" or form["csrf_token"] != [TOKEN]:
            return 404, b'{"status": "error", "errors": []}'
        try:
            made = self.updates.make(form["from_tag"][0], form["notes"][0])
        except Objection as objection:
            told = {"location": "body", "name": "from_tag", "description": str(objection)}
            return 400, json.dumps({"status": "error", "errors": [told]}).encode()
        return 200, json.dumps({**made.told(), "caveats": []}).encode()

    def _releases(self, query: Query) -> Any:
        states = query.get("state", [])
        found = [each for each in self.releases if not states or each["state"] in states]
        return _page("releases", found, query)

    def _find(self, query: Query) -> Any:
        """The newest first; ``from_tag`` is no filter, so that it finds everything."""
        found = self.updates.made
        if side_tag := query.get("from_side_tag_name"):
            found = self.updates.of_side_tag(side_tag[0])
        elif builds := query.get("builds"):
            found = self.updates.of_builds(builds[0].replace(",", " ").split())
        told = [update.told() for update in reversed(found)]
        return _page("updates", told, query)

    def _provider(self) -> Any:
        names = ("authorization", "token", "userinfo")
        known = {f"{name}_endpoint": f"{self.provider}/{name}" for name in names}
        return known | ({"authorization_endpoint": self.doorway} if self.doorway else {})

    def start(self) -> None:
        """Listen, unless it does."""
        if self._http is not None:
            return
        self._http = _Http(("127.0.0.1", self._port), self)
        self._port = self._http.server_port
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def stop(self) -> None:
        """Listen no more; started again it has the same address."""
        if self._http is None:
            return
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        self._http = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _code(query: Query) -> bytes:
    """What the login's server shows to who has a ticket."""
    return f"<title>code=sandbox&state={query['state'][0]}</title>".encode()


def _page(name: str, found: list[Any], query: Query) -> dict[str, Any]:
    """The page that is asked for, of how many."""
    page = int(query.get("page", ["1"])[0])
    rows = int(query.get("rows_per_page", ["20"])[0])
    return {
        name: found[(page - 1) * rows : page * rows],
        "page": page,
        "pages": ceil(len(found) / rows),
        "rows_per_page": rows,
        "total": len(found),
    }


class _Http(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close waits for them
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], owner: SimulatedBodhi) -> None:
        super().__init__(address, _Request)
        self.owner = owner


class _Request(BaseHTTPRequestHandler):
    """Each on a connection of its own: a client that waits on it would keep the end waiting."""

    server: _Http

    def do_GET(self) -> None:
        self._answer(lambda: self.server.owner.get(self.path))

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._answer(lambda: self.server.owner.post(self.path, form))

    def _answer(self, carried_out: Callable[[], Answer]) -> None:
        """Carry a request out, unless something befalls it before, or after."""
        owner = self.server.owner
        mishap, seconds = astuple(owner.trouble.of(f"{self.command} {urlsplit(self.path).path}"))
        time.sleep(seconds)
        if owner.reply is not None:
            self._reply(*owner.reply)
        elif mishap is Mishap.LOST_BEFORE:
            cut(self.connection)
        elif mishap is Mishap.LOST_AFTER:
            carried_out()
            cut(self.connection)
        elif mishap is not None:
            status = 401 if mishap is Mishap.EXPIRED else 503
            self._reply(status, b"<html>not now</html>")
        elif self.path == "/updates/" and self.command == "POST" and not self._is_logged_in():
            self._reply(403, b'{"status": "error", "errors": [{"description": "log in first"}]}')
        else:
            self._reply(*carried_out())

    def _is_logged_in(self) -> bool:
        ticket = f"{TICKET}={TOKEN}" in self.headers.get("Cookie", "")
        return ticket and self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.path.startswith("/oidc/") and status == 200:  # noqa: PLR2004 - done
            self.send_header("Set-Cookie", f"{TICKET}={TOKEN}; Path=/")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing: tests and demos read what is printed."""
