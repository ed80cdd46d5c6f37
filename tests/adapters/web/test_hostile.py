# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody hostile tries: each is refused, and leaves nothing behind."""

import gc
import json
import logging
import re
import socket
import threading
import time as clock
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from adapters.web import doorway
from adapters.web.limits import Limits
from domain.package.events import Tagged
from domain.policy import PackageList
from tests.adapters.service.given import World
from tests.adapters.web.conftest import Asker, Serve
from tests.adapters.web.test_api import V1, code
from tests.domain.given import ended, happened, tagged
from tests.fixtures.until import until

PAUSE = {"reason": "x"}
THREADS = 40
"""Of a server, in which addresses are answered."""

MARKUP = "<script>alert(1)</script>"

CROSS = {
    "another site": {"Sec-Fetch-Site": "cross-site"},
    "a site beside": {"Sec-Fetch-Site": "same-site"},
    "a page of no site": {"Sec-Fetch-Site": "none"},
    "an old browser, another origin": {"Origin": "https://evil.example"},
    "no origin": {"Origin": "null"},
    "nothing is said": {},
}


def test_another_sites_page_writes_nothing(web: Asker, world: World) -> None:
    """CSRF: with an administrator's cookie, but from elsewhere, no write is done."""
    cookie = {"Cookie": web.signed_in("ada", "eln-sig")}

    for case, told in CROSS.items():
        headers = {**told, **cookie}
        assert code(web.post(f"{V1}/pause", PAUSE, headers=headers)) == (403, "cross-site"), case
        assert code(web.post("/control/pause", headers=headers)) == (403, "cross-site"), case
    assert world.events("paused") == []


def test_to_open_an_address_changes_nothing(web: Asker, world: World) -> None:
    """ELNBuildSync's GETs act for a token; a browser is shown a button, which a person presses."""
    ada = {"Cookie": web.signed_in("ada", "eln-sig")}

    for where in ("cross-site", "same-site", "none", "same-origin"):
        for path in ("/control/pause", "/control/unpause", "/loglevel/INFO"):
            asked = web.get(path, headers={**ada, "Sec-Fetch-Site": where})
            assert (asked.status_code, f'action="{path}" method="post"' in asked.text) == (
                200,
                True,
            )
    assert world.events("paused") == []
    web.post("/control/pause", headers={**ada, "Sec-Fetch-Site": "same-origin"})
    token = {"Authorization": f"Bearer {web.token}"}
    assert web.get("/control/unpause", headers=token).status_code == 200
    assert [r.envelope.meta.actor for r in world.log.read(topics=["paused", "resumed"])] == [
        "ada",
        "token/ci",
    ]


def test_an_old_browser_is_known_by_its_origin(web: Asker, world: World) -> None:
    """One that says nothing of the site names the origin of what it posts."""
    headers = {"Cookie": web.signed_in("ada", "eln-sig"), "Origin": web.site.origin}

    assert web.post(f"{V1}/pause", PAUSE, headers=headers).status_code == 200


WRONG = {
    "nobody": {},
    "a token of nobody": {"Authorization": "Bearer ebs_nosuch"},
    "a bearer of another issuer": {"Authorization": "Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln"},
    "another scheme": {"Authorization": "Basic YWRhOmFkYQ=="},
    "no scheme": {"Authorization": "ebs"},
    "a forged cookie": {"Cookie": "ebs=eyJ1c2VyIjogImFkYSJ9.aaaa.bbbb"},
}


def test_who_is_nobody_writes_nothing(web: Asker, world: World) -> None:
    """No token, a wrong one, or one that somebody else made up: 401, and nothing is recorded."""
    for case, headers in WRONG.items():
        for path in (f"{V1}/pause", "/control/pause", "/trigger"):
            told = web.post(path, PAUSE, headers=headers)
            assert code(told) == (401, "unauthenticated"), case
    assert world.events("paused") == []


def test_a_token_ends(web: Asker, world: World) -> None:
    """One that was revoked or has expired is as good as none."""
    assert web.post(f"{V1}/pause", PAUSE).status_code == 200
    web.site.tokens.revoke("ci", "root")
    assert code(web.post(f"{V1}/resume", PAUSE)) == (401, "unauthenticated")
    web.token = web.site.tokens.new("old", "root", world.clock())
    assert code(web.post(f"{V1}/resume", PAUSE)) == (401, "unauthenticated")


def test_a_session_ends(web: Asker) -> None:
    """A session that is too old is as good as none; groups that do not administer only read."""
    headers = {"Sec-Fetch-Site": "same-origin"}
    old = {**headers, "Cookie": web.signed_in("ada", "eln-sig", lasting=-100 * 365 * 86_400)}
    assert code(web.post(f"{V1}/pause", PAUSE, headers=old)) == (401, "unauthenticated")
    other = {**headers, "Cookie": web.signed_in("bob", "packager")}
    assert code(web.post(f"{V1}/pause", PAUSE, headers=other)) == (403, "not-permitted")


OURS = ("uvicorn.error", "asyncio", "authlib")
"""Who else logs in the service; of uvicorn's own line for a request only pytest hears."""


def test_no_secret_is_logged(
    web: Asker, logged: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Neither a token nor a cookie, a query or a body is in any line of the log."""
    caplog.set_level(logging.DEBUG)
    cookie = web.signed_in("ada", "eln-sig")
    web.post(f"{V1}/pause", {"reason": "my secret reason"})
    web.get("/oidc/callback?code=secretcode&state=secretstate", headers={"Cookie": cookie})
    web.post(f"{V1}/pause", headers={"Authorization": "Bearer ebs_wrongtoken"})
    web.get("/trigger", headers={"Authorization": "Bearer ebs_wrongtoken"})

    until(lambda: len(logged) >= 4)
    told = repr([*logged, *(r for r in caplog.records if r.name in OURS)])
    for secret in (web.token, cookie[4:], "secret", "ebs_wrongtoken"):
        assert secret not in told


def test_a_log_line_stays_one(web: Asker, logged: list[Any]) -> None:
    """What an address holds is shown escaped and short, so that nobody writes our log."""
    web.get("/a%0d%0ainjected%1b[31m" + "x" * 500)

    until(lambda: logged != [])
    [line] = logged
    assert line["path"].startswith("/a\\r\\ninjected\\x1b[31m")
    assert len(line["path"]) < 250


def test_names_and_messages_are_no_markup(web: Asker, world: World) -> None:
    """What Koji, a list or a person says appears as text, on the page and in the feeds."""
    world.outside.packages = PackageList({MARKUP: "<b>eln</b>", "bash": "eln"})
    world.passes()
    world.hear(happened("bash", Tagged(1, f"bash-{MARKUP}-1", "eln"), 1), tagged(2, 5))
    world.passes()
    world.hear(ended(2, "failed"))
    world.app.operators.pause(MARKUP, None, world.by())

    page = web.get(f"/?name={MARKUP}&view={MARKUP}&sort={MARKUP}").text
    assert MARKUP not in page + web.get("/").text
    assert "&lt;script&gt;" in page
    assert "<b>eln" not in page
    assert MARKUP not in web.get(f"{V1}/feeds/packages/bash.atom").text
    assert MARKUP in [*web.get("/status.json").json()]


def test_no_header_is_injected(web: Asker) -> None:
    """What was asked for comes back in no header, and after signing in one stays here."""
    told = web.get("/login?return_to=%0d%0aSet-Cookie:%20evil=1")
    assert "evil" not in repr(told.headers)
    named = web.get("/", headers={"X-Request-Id": "mine", "Host": "evil.example"})
    assert named.headers["x-request-id"] != "mine"
    assert "evil.example" not in named.text
    assert urlsplit(web.get("/status").headers["location"]).netloc == ""


def test_every_answer_has_the_strict_headers(web: Asker) -> None:
    """Nothing from elsewhere, no script within, no frame, no referrer, whatever the answer is."""
    for path in ("/", "/status.json", "/nosuch", "/static/pages.css", "/alive"):
        headers = web.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "script-src 'self';" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_the_page_loads_nothing_from_elsewhere(web: Asker) -> None:
    """Whatever it names to be loaded is its own; no script and no style stands in it."""
    text = web.get("/").text
    head = text.partition("<body")[0]

    loaded = re.findall(r'<(?:script|link)[^>]*(?:src|href)="([^"]*)"', head)
    assert len(loaded) == 5
    assert all(web.get(address).status_code == 200 for address in loaded)
    assert {address.split("/")[1] for address in loaded} == {"static"}
    assert (
        re.findall(r"<script[^>]*>[^<]", text) == re.findall(r"<style| style=| on\w+=", text) == []
    )
    assert "//" not in head


PATHS = (
    "/static/../build.py",
    "/static/..%2fbuild.py",
    "/static/%2e%2e/%2e%2e/errors.py",
    "/static//etc/passwd",
    "/static/..%5c..%5cerrors.py",
    "/static/",
)


def test_no_path_leads_out(web: Asker) -> None:
    """Files that are not to be had are not to be had, however they are named."""
    address = ("127.0.0.1", urlsplit(web.address).port or 0)
    for path in PATHS:
        with socket.create_connection(address, timeout=10) as raw:
            raw.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            told = raw.makefile("rb").read()
        assert told.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400")), path


def test_a_body_has_an_end(web: Asker) -> None:
    """What is too long is refused, also where its length is not told; nothing is kept of it."""
    bearer = {"Authorization": f"Bearer {web.token}", "Content-Type": "application/json"}
    long = b" " * (doorway.LARGEST + 1)

    told = web.client.post(f"{V1}/pause", content=long, headers=bearer)
    assert code(told) == (413, "too-large")
    parts = (long[:65_536] for _ in range(8))
    assert code(web.client.post(f"{V1}/pause", content=parts, headers=bearer)) == (413, "too-large")
    deep = b"[" * 100_000
    assert code(web.client.post(f"{V1}/pause", content=deep, headers=bearer)) == (400, "invalid")


def test_what_is_kept_of_addresses_has_an_end(
    web: Asker, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Answers are small, addresses long, and anybody can make up as many as they like."""
    monkeypatch.setattr("adapters.web.answers.KEPT", 100_000)
    request.addfinalizer(partial(logging.disable, logging.root.manager.disable))
    logging.disable()  # pytest keeps what is logged

    def ask(which: int) -> None:
        assert web.get(f"{V1}/queue?{which}={'x' * 60_000}").status_code == 200

    ask(0)
    tracemalloc.start()
    try:
        for which in range(1, 60):
            ask(which)
        urlsplit.cache_clear()  # type: ignore[attr-defined] # it keeps the last ones
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 1_000_000


def test_probes_answer_however_many_wait(web: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for more than can be made takes no process out of service."""
    waiting, made = threading.Semaphore(0), threading.Event()

    def wait(*_: object) -> bytes:
        waiting.release()
        made.wait(60)
        return b"{}"

    monkeypatch.setattr("adapters.web.answers.Answers._made", wait)
    addresses = [f"{web.address}{V1}/queue?{which}" for which in range(THREADS + 5)]
    with ThreadPoolExecutor(len(addresses)) as pool:
        asked = [pool.submit(httpx2.get, each, timeout=60) for each in addresses]
        try:
            assert all(waiting.acquire(timeout=30) for _ in range(THREADS))
            for probe in ("/alive", "/startup", "/readyz", "/healthz"):
                assert web.get(probe).status_code == 200, probe
        finally:
            made.set()
        assert {each.result().status_code for each in asked} == {200}


def test_who_is_slow_is_let_go(web: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A head or a body that does not come costs a connection for a while, and nobody else waits."""
    monkeypatch.setattr(doorway, "PATIENCE", 0.5)
    monkeypatch.setattr("adapters.web.server.PATIENCE", 0.5)
    address = ("127.0.0.1", urlsplit(web.address).port or 0)
    head = b"POST /trigger HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
    began = clock.monotonic()
    with (
        socket.create_connection(address, timeout=10) as headless,
        socket.create_connection(address, timeout=10) as bodiless,
    ):
        headless.sendall(b"GET /alive HTTP/1.1\r\nHo")
        bodiless.sendall(head + b"[")
        assert web.get("/alive").status_code == 200
        assert b"408" in bodiless.recv(1000)
        assert headless.recv(1000) == b""
    assert clock.monotonic() - began < 5


def test_who_asks_nothing_keeps_out_nobody(web: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of too many connections the oldest without a request are closed; a probe is answered."""
    monkeypatch.setattr("adapters.web.server.CONNECTIONS", 10)
    address = ("127.0.0.1", urlsplit(web.address).port or 0)
    with ExitStack() as stack:
        connect = partial(socket.create_connection, address, timeout=10)
        idle = [stack.enter_context(connect()) for _ in range(30)]
        assert httpx2.get(f"{web.address}/alive").status_code == 200
        assert [each.recv(1) for each in idle[:20]] == [b""] * 20


def test_too_many_requests_at_once_are_told(web: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond so many under way another is refused, and when to ask again; a probe is not."""
    monkeypatch.setattr(doorway, "MOST", 3)
    address = ("127.0.0.1", urlsplit(web.address).port or 0)
    with ExitStack() as stack:
        for _ in range(3):
            slow = stack.enter_context(socket.create_connection(address, timeout=10))
            slow.sendall(b"POST /trigger HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n[")
        until(lambda: web.get("/robots.txt").status_code == 429)
        refused = web.get(f"{V1}/status")
        assert code(refused) == (429, "too-many")
        assert int(refused.headers["retry-after"]) > 0
        assert {web.get(probe).status_code for probe in doorway.QUIET} == {200}


def test_nobody_writes_too_often(serve: Serve, world: World) -> None:
    """Writes and sign-ins are limited, by who writes and whence one signs in."""
    web = serve(Limits(sign_ins="2 per minute", writes="2 per minute"))
    level = {"Authorization": f"Bearer {web.token}"}

    told = [web.get("/loglevel/INFO", headers=level).status_code for _ in range(3)]
    assert told == [200, 200, 429]
    told = [web.get("/login").status_code for _ in range(3)]
    assert told == [503, 503, 429]


def test_a_bug_tells_nothing_of_itself(web: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected fault is a 500 with a request id, and no word of what it was."""

    def fail(*_: object) -> None:
        raise KeyError("a secret of ours")

    monkeypatch.setattr("adapters.service.reports.waiting", fail)
    told = web.get(f"{V1}/queue")

    assert code(told) == (500, "failed")
    assert "secret" not in told.text
    assert json.loads(told.text)["request_id"]
