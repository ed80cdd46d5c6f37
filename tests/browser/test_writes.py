# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do on the pages is on record with who did it, scripts or not."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.adapters.web.provided import installed, provider
from tests.browser.looking import PLAIN, USUAL, Look, Way, looking
from tests.browser.site import ADMINS, SECRET, Site, free_port, served
from tests.fixtures.fix_store import Cluster

if TYPE_CHECKING:
    from playwright.sync_api import Browser

with_and_without = pytest.mark.parametrize("way", [USUAL, PLAIN], ids=str)


@contextmanager
def ada(browser: "Browser", site: Site, way: Way = USUAL) -> Iterator[Look]:
    """Look as Ada, who administers."""
    with looking(browser, site.origin, way) as look:
        look.page.context.add_cookies([site.cookie("ada", ADMINS)])
        yield look


@with_and_without
def test_an_old_address_asks_and_its_button_does_it(
    browser: "Browser", site: Site, way: Way
) -> None:
    """ELNBuildSync's GET changes nothing in a browser until Yes is pressed."""
    with ada(browser, site, way) as look:
        look.open("/control/unpause")
        assert site.acts("resumed") == []
        look.page.get_by_role("button", name="Yes").click()
        look.page.wait_for_load_state()

    [(actor, _)] = site.acts("resumed")
    assert actor == "ada"


def test_a_real_sign_in_and_what_is_done_in_it(
    browser: "Browser", story: str, cluster: Cluster, tmp_path: Path
) -> None:
    """Through the provider's own pages, and back to where one came from."""
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    with (
        provider(installed(), f"{origin}/oidc/callback", SECRET, {"ada": [ADMINS]}) as issuer,
        closing(cluster.create(template=story)) as database,
        served(tmp_path, database, port=port, issuer=issuer) as site,
        looking(browser, origin) as look,
    ):
        page = look.page
        look.open("/status.html")
        page.get_by_role("link", name="Sign in").click()
        page.locator("[name=login]").fill("ada")
        page.locator("[name=password]").fill("x")
        page.get_by_role("button").first.click()
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url(f"{origin}/**")
        page.get_by_text("ada").first.wait_for()
        look.open("/control/unpause")
        page.get_by_role("button", name="Yes").click()
        page.wait_for_load_state()
        assert [actor for actor, _ in site.acts("resumed")] == ["ada"]
