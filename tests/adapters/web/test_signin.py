# SPDX-License-Identifier: GPL-3.0-or-later
"""Sign-in against a real OpenID provider, as a browser goes through it."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from adapters.web.people import within
from tests.adapters.service.given import World
from tests.adapters.web.conftest import SECRET, Asker, asking
from tests.adapters.web.provided import installed, provider

PEOPLE = {"ada": ["eln-sig", "packager"], "bob": ["packager"]}
SAME = {"Sec-Fetch-Site": "same-origin"}


@contextmanager
def signing_in(world: World, folder: Path, **oidc: Any) -> Iterator[Asker]:
    """Serve the world with a provider that knows Ada, who administers, and Bob, who does not."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    callback = f"http://127.0.0.1:{port}/oidc/callback"
    with (
        provider(installed(), callback, SECRET, PEOPLE) as issuer,
        asking(world, folder, port=port, **{"issuer": issuer, **oidc}) as web,
    ):
        yield web


@pytest.fixture
def web(world: World, tmp_path: Path) -> Iterator[Asker]:
    """The world, and who signs people in."""
    with signing_in(world, tmp_path) as asker:
        yield asker


def browser(web: Asker) -> httpx2.Client:
    """Return a browser without any cookie."""
    return httpx2.Client(base_url=web.address, follow_redirects=True, timeout=20)


def sign_in(asked: httpx2.Client, name: str, back: str = "/") -> httpx2.Response:
    """Go to sign in, type a name, consent, and come back."""
    page = asked.get("/login", params={"return_to": back})
    page = asked.post(_form(page), data={"prompt": "login", "login": name, "password": "x"})
    if "/interaction/" in str(page.url):
        page = asked.post(_form(page), data={"prompt": "consent"})
    return page


def _form(page: httpx2.Response) -> str:
    found = re.search(r'<form[^>]*action="([^"]+)"', page.text)
    assert found, page.text
    return str(page.url.join(found[1]))


def test_an_administrator_signs_in_and_writes(web: Asker, world: World) -> None:
    """The code flow with PKCE ends in a session; what is done in it bears the person's name."""
    with browser(web) as ada:
        page = sign_in(ada, "ada", "/?view=eln")
        assert str(page.url) == f"{web.address}/?view=eln"
        assert "Signed in as <strong>ada</strong>" in page.text
        assert "reads only" not in page.text
        done = ada.post("/api/v1/pause", json={"reason": "re-tag"}, headers=SAME)
        assert done.status_code == 200, done.text
        [paused] = world.log.read(topics=["paused"])
        assert paused.envelope.meta.actor == "ada"

        assert "Sign in" in ada.get("/logout").text
        gone = ada.post("/api/v1/resume", json={"reason": "x"}, headers=SAME)
        assert gone.status_code == 401


def test_who_is_in_no_group_only_reads(web: Asker, world: World) -> None:
    """Bob signs in, sees that he may read, and is refused when he writes."""
    with browser(web) as bob:
        assert "reads only" in sign_in(bob, "bob").text
        done = bob.post("/api/v1/pause", json={"reason": "x"}, headers=SAME)

    assert (done.status_code, done.json()["code"]) == (403, "not-permitted")
    assert world.events("paused") == []


def test_the_provider_is_asked_with_pkce_state_and_nonce(web: Asker) -> None:
    """Each sign-in has a challenge, a state and a nonce of its own."""
    with httpx2.Client(base_url=web.address) as asked:
        asks = [parse_qs(urlsplit(asked.get("/login").headers["location"]).query) for _ in "12"]

    for ask in asks:
        assert ask["code_challenge_method"] == ["S256"]
        assert ask["response_type"] == ["code"]
        assert ask["redirect_uri"] == [f"{web.address}/oidc/callback"]
    for key in ("code_challenge", "state", "nonce"):
        assert asks[0][key] != asks[1][key]


def test_nobody_is_signed_in_to_a_session_that_was_there(web: Asker) -> None:
    """Session fixation: what was in the cookie before is gone, and it is another cookie."""
    with browser(web) as ada:
        ada.get("/login")
        planted = ada.cookies["ebs"]
        sign_in(ada, "ada")
        mine = ada.cookies["ebs"]
    with browser(web) as mallory:
        mallory.cookies.set("ebs", planted)
        assert "Signed in" not in mallory.get("/").text
    assert mine != planted


def test_a_callback_that_nobody_began_is_refused(web: Asker) -> None:
    """A state of another browser, a code of nobody, or none: no session."""
    with browser(web) as ada:
        ada.follow_redirects = False
        state = parse_qs(urlsplit(ada.get("/login").headers["location"]).query)["state"][0]
    with browser(web) as mallory:
        for query in (f"code=x&state={state}", "code=x&state=y", "error=x&state=y"):
            told = mallory.get(f"/oidc/callback?{query}")
            assert (told.status_code, told.json()["code"]) == (401, "unauthenticated")
        for query in ("", "code=x", "state=y"):
            assert mallory.get(f"/oidc/callback?{query}").status_code == 400
        assert "Signed in" not in mallory.get("/").text


def test_the_cookie_is_for_the_server_only(web: Asker) -> None:
    """It is HttpOnly and SameSite; the provider's tokens are not in it."""
    with httpx2.Client(base_url=web.address) as asked:
        cookie = asked.get("/login").headers["set-cookie"]

    assert re.search(r"(?i)httponly", cookie)
    assert re.search(r"(?i)samesite=lax", cookie)


def test_over_https_the_cookie_never_leaves_it(world: World, tmp_path: Path) -> None:
    """Where browsers come by https the cookie is of this host and Secure, and stays so."""
    with signing_in(world, tmp_path, url="https://ebs.example") as web:
        told = web.get("/login").headers

    assert told["set-cookie"].startswith("__Host-ebs=")
    assert re.search(r"(?i)secure", told["set-cookie"])
    assert "redirect_uri=https%3A%2F%2Febs.example%2Foidc%2Fcallback" in told["location"]
    assert told["strict-transport-security"]


def test_another_issuer_is_refused(world: World, tmp_path: Path) -> None:
    """A provider that names itself otherwise than it is configured signs nobody in."""
    callback = "http://127.0.0.1:9/oidc/callback"
    with (
        provider(installed(), callback, SECRET, PEOPLE) as issuer,
        asking(world, tmp_path, issuer=issuer.replace("127.0.0.1", "localhost")) as web,
    ):
        told = web.get("/login")

    assert (told.status_code, told.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("wanted", "allowed"),
    [
        ("/?view=eln", True),
        ("/trigger", True),
        ("//evil.example/", False),
        ("/\\evil.example", False),
        ("https://evil.example/", False),
        ("javascript:alert(1)", False),
        ("/\r\nSet-Cookie: x=y", False),
        ("/ä", False),
        ("status.html", False),
        ("//[", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_after_signing_in_one_stays_on_this_site(wanted: str, allowed: bool) -> None:
    """No address of another site, however it is disguised, is gone to."""
    assert within(wanted) == (wanted if allowed else "/")
