# SPDX-License-Identifier: GPL-3.0-or-later
"""A Bodhi in memory that bodhi's own client asks over HTTP on loopback: its releases.

    with SimulatedBodhi(rawhide=41) as bodhi:
        BodhiServer(bodhi.url).rawhide_tag()         # f41
        bodhi.branch()
        BodhiServer(bodhi.url).rawhide_tag()         # f42

``releases`` may be changed while it is served; ``reply``, a status and a body, is the answer to
everything for as long as it is set.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, bytes]


def release(number: int, branch: str, state: str, stable_tag: str) -> dict[str, Any]:
    """Return a release as Bodhi tells of it."""
    tag = f"f{number}"
    return {
        "name": f"F{number}",
        "long_name": f"Fedora {number}",
        "version": str(number),
        "id_prefix": "FEDORA",
        "branch": branch,
        "dist_tag": tag,
        "stable_tag": stable_tag,
        "testing_tag": f"{tag}-updates-testing",
        "candidate_tag": f"{tag}-updates-candidate",
        "pending_signing_tag": f"{tag}-signing-pending",
        "pending_testing_tag": f"{tag}-updates-testing-pending",
        "pending_stable_tag": f"{tag}-updates-pending",
        "override_tag": f"{tag}-override",
        "mail_template": "fedora_errata_template",
        "state": state,
        "composed_by_bodhi": state == "current",
        "create_automatic_updates": branch == "rawhide",
        "package_manager": "dnf",
        "testing_repository": "updates-testing",
        "released_on": None,
        "eol": None,
        "setting_status": None,
        "composes": [],
    }


class SimulatedBodhi:
    """Serves Rawhide's release of that number and the one before it while inside."""

    def __init__(self, rawhide: int = 42) -> None:
        before = rawhide - 1
        self.releases = [
            release(before, f"f{before}", "current", f"f{before}-updates"),
            release(rawhide, "rawhide", "pending", f"f{rawhide}"),
        ]
        self.reply: Answer | None = None
        self.asked = 0
        self._http = _Http(("127.0.0.1", 0), self)
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        """The address to give to a client; nobody listens there after the end."""
        return f"http://127.0.0.1:{self._http.server_port}/"

    def branch(self) -> None:
        """Make Rawhide's release one of its own, pending still, and the next number Rawhide."""
        old = self.releases[-1]
        number = int(old["version"]) + 1
        old.update(branch=old["dist_tag"], create_automatic_updates=False)
        self.releases.append(release(number, "rawhide", "pending", f"f{number}"))

    def answer(self, target: str) -> Answer:
        """Answer a GET."""
        self.asked += 1
        if self.reply is not None:
            return self.reply
        url = urlsplit(target)
        if url.path.rstrip("/") != "/releases":
            return 404, b'{"status": "error", "errors": []}'
        query = parse_qs(url.query)
        states = query.get("state", [])
        found = [each for each in self.releases if not states or each["state"] in states]
        page = {"page": 1, "pages": 1, "total": len(found)}
        rows = int(query.get("rows_per_page", ["20"])[0])
        return 200, json.dumps({"releases": found, "rows_per_page": rows, **page}).encode()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Http(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close waits for them

    def __init__(self, address: tuple[str, int], owner: SimulatedBodhi) -> None:
        super().__init__(address, _Request)
        self.owner = owner


class _Request(BaseHTTPRequestHandler):
    server: _Http

    def do_GET(self) -> None:
        status, body = self.server.owner.answer(self.path)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing: tests and demos read what is printed."""
