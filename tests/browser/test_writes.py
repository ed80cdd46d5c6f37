# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do on the pages is on record with who did it, scripts or not."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.adapters.web.provided import installed, provider
from tests.browser.looking import PLAIN, USUAL, Way, looking
from tests.browser.pages import PAGES
from tests.browser.site import ADMINS, SECRET, Site, ada, served
from tests.browser.story import HELD
from tests.fixtures.fix_store import Cluster
from tests.fixtures.ports import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser

with_and_without = pytest.mark.parametrize("way", [USUAL, PLAIN], ids=str)


@with_and_without
def test_an_old_address_asks_and_its_button_does_it(
    browser: "Browser", site: Site, way: Way
) -> None:
    """ELNBuildSync's GET changes nothing in a browser until Yes is pressed."""
    with ada(browser, site, way) as look:
        look.open("/control/unpause")
        assert site.acts("resumed") == []
        look.press("Yes")

    [(actor, _)] = site.acts("resumed")
    assert actor == "ada"


@with_and_without
def test_a_pause_is_lifted_and_begun(browser: "Browser", site: Site, way: Way) -> None:
    """Each with its reason; the page that comes back says what was recorded."""
    with ada(browser, site, way) as look:
        for button, reason in (("Resume", "all is tagged"), ("Pause", "the hub is down")):
            look.open("/operations")
            form = look.page.locator("form", has=look.page.get_by_role("button", name=button))
            form.get_by_label("Why").fill(reason)
            look.press(button)
            look.page.get_by_text(reason).first.wait_for()

    assert [(who, event.reason) for who, event in site.acts("resumed")] == [
        ("ada", "all is tagged")
    ]
    assert [(who, event.reason) for who, event in site.acts("paused")][1:] == [
        ("ada", "the hub is down")
    ]


@with_and_without
def test_a_held_plan_is_approved(browser: "Browser", site: Site, way: Way) -> None:
    """Refused while it is paused; then asked once more, with the number of builds."""
    plan = site.path("plan")
    with ada(browser, site, way) as look:
        look.open("/control/unpause")
        look.press("Yes")
        look.open(plan)
        look.page.get_by_label("Why").first.fill("all of it is new")
        look.press("Approve …")
        assert site.acts("plan-approved") == []
        look.press(f"Queue {HELD} builds")
        look.page.wait_for_url("**/queue?*")

    [(actor, approved)] = site.acts("plan-approved")
    assert (actor, approved.reason) == ("ada", "all of it is new")


@with_and_without
def test_a_failure_is_cleared(browser: "Browser", site: Site, way: Way) -> None:
    """What is ticked is tried again, with the reason."""
    with ada(browser, site, way) as look:
        look.open("/failed")
        look.page.get_by_label("Clear zsh").check()
        look.page.locator("[name=reason]").fill("gcc is fixed")
        look.press("Clear those ticked")

    [(actor, cleared)] = site.acts("failure-cleared")
    assert (actor, cleared.reason) == ("ada", "gcc is fixed")


@with_and_without
def test_a_note_is_taken(browser: "Browser", site: Site, way: Way) -> None:
    """It stands on the timeline that comes back; one that is refused comes back as it was typed."""
    with ada(browser, site, way) as look:
        look.open("/timeline?from=-1h")
        look.page.get_by_label("Note", exact=True).fill("the hub was slow")
        look.page.get_by_label("Package", exact=True).fill("nosuch")
        look.press("Note it")
        look.page.get_by_role("alert").wait_for()
        assert look.page.get_by_label("Note", exact=True).input_value() == "the hub was slow"
        look.complaints.clear()  # the console tells of each 404
        look.page.get_by_label("Package", exact=True).fill("curl")
        look.press("Note it")
        look.page.get_by_text("note: curl: the hub was slow").first.wait_for(state="attached")

    assert ("ada", "the hub was slow") in [(who, e.text) for who, e in site.acts("note-added")]


HEARD = """position => new Promise(heard => {
  const source = new EventSource("/live");
  source.addEventListener("position", event => {
    if (JSON.parse(event.data).position < position) return;
    source.close();
    setTimeout(heard);
  });
})"""
"""Ends when the page has heard of a position, too."""


def test_what_somebody_has_begun_stays_as_it_is(browser: "Browser", site: Site) -> None:
    """A page with a tick in it waits with following, also where the focus is elsewhere by now."""
    with ada(browser, site) as look:
        look.open("/failed")
        tick = look.page.get_by_label("Clear zsh")
        tick.check()
        tick.blur()
        site.tag("bash", 99_000)
        head = site.log.head()
        look.page.evaluate(HEARD, head)
        assert tick.is_checked()
        assert int(look.page.locator("main").get_attribute("data-position") or 0) < head
        tick.uncheck()
        tick.blur()
        look.page.locator(f"main[data-position='{head}']").wait_for()


def test_who_may_only_read_sees_no_form(browser: "Browser", reading: Site) -> None:
    """Nor does who is not signed in; what would change something is not there."""
    for cookies in ([], [reading.cookie("bob", "packager")]):
        with looking(browser, reading.origin) as look:
            look.page.context.add_cookies(cookies)
            for name in PAGES:
                look.open(reading.path(name))
                assert look.page.locator("form[method=post]").count() == 0, name


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
        look.press("Yes")
        assert [actor for actor, _ in site.acts("resumed")] == ["ada"]
