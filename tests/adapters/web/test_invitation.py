# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is let in without a provider: by the link that was printed, once."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.config.sections import Oidc
from adapters.config.static import Config
from adapters.web.build import build_site, build_web
from adapters.web.server import serving
from adapters.web.site import Invitation
from tests.adapters.service.given import World
from tests.adapters.web.conftest import Asker, Serve
from tests.adapters.web.test_api import V1, code

SAME = {"Sec-Fetch-Site": "same-origin"}


def test_the_guest_writes_and_nobody_else(world: World, tmp_path: Path) -> None:
    """The link begins a session of the guest's name, which may write; a second time it is void."""
    config = Config.model_construct(state_dir=tmp_path, oidc=Oidc(admin_groups=("demo",)))
    site = build_site(replace(world.app, config=config), invited=Invitation("ada"))
    assert site.invitation is not None
    key = site.invitation.key
    with serving(build_web(site), "127.0.0.1", 0) as at, closing(site.live):
        web = Asker(site, f"http://127.0.0.1:{at}", "")
        with web.client:
            assert code(web.post(f"{V1}/pause", {"reason": "x"}, headers=SAME))[0] == 401
            for wrong in ("", "nosuch", key[:-1], f"{key}ä"):
                assert code(web.get("/welcome", params={"key": wrong}))[0] == 401
            assert "the link that was printed" in web.get("/").text
            assert 'href="/login' not in web.get("/operations").text

            told = web.get("/welcome", params={"key": key})
            assert (told.status_code, told.headers["location"]) == (303, "/")
            assert "Signed in as <strong>ada</strong>" in web.get("/").text
            assert code(web.get("/welcome", params={"key": key}))[0] == 401
            assert web.post(f"{V1}/pause", {"reason": "x"}, headers=SAME).status_code == 200
    [paused] = world.log.read(topics=["paused"])
    assert paused.envelope.meta.actor == "ada"


@pytest.mark.parametrize("oidc", [{}, {"issuer": None}])
def test_without_an_invitation_there_is_no_link(serve: Serve, oidc: dict[str, None]) -> None:
    """No key lets anybody in where none was printed."""
    assert code(serve(**oidc).get("/welcome?key=")) == (401, "unauthenticated")
