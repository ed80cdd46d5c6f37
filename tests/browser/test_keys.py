# SPDX-License-Identifier: GPL-3.0-or-later
"""A walk by the keyboard alone: past the navigation, to a filter, a column, a page, a form."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.looking import PHONE, Look, Way, looking
from tests.browser.site import Site, ada

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TABLET = 700
"""Pixels of a window in which a table is one, and may be wider."""

FAR = 400
"""Times that Tab is pressed before something is said to be out of reach."""


def press(look: Look, key: str) -> None:
    """Press a key; what it does is seen by whoever waits for it."""
    look.page.keyboard.press(key)


def tab_to(look: Look, words: str) -> None:
    """Press Tab until something of these words has the keyboard, and is seen to."""
    for _ in range(FAR):
        press(look, "Tab")
        stop = look.focused()
        if stop["words"].split("\n")[0].strip() == words:
            assert stop["ringed"], stop
            assert stop["inside"], stop
            return
    raise AssertionError(f"{words} is out of reach")


def test_from_the_first_key_to_a_page_of_another_package(browser: "Browser", reading: Site) -> None:
    """Skip the navigation, filter by name, sort by a column, and open what is found."""
    with looking(browser, reading.origin) as look:
        page = look.page
        look.open("/")
        press(look, "Tab")
        assert look.focused()["words"] == "Skip to the content"
        press(look, "Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        tab_to(look, "Name")
        page.keyboard.type("llvm")
        press(look, "Enter")
        page.wait_for_url("**/?*name=llvm*")
        tab_to(look, "State")
        tab_to(look, "Package")
        press(look, "Enter")
        page.wait_for_url("**/?*sort=*")
        page.get_by_role("columnheader", name="Package").and_(
            page.locator("[aria-sort]")
        ).wait_for()
        tab_to(look, "llvm")
        press(look, "Enter")
        page.wait_for_url("**/packages/llvm*")
        assert look.complaints == []


def test_the_navigation_leads_everywhere(browser: "Browser", reading: Site) -> None:
    """Each of its entries is reached, opened, and said to be the present one."""
    with looking(browser, reading.origin) as look:
        look.open("/")
        entries = look.page.locator("nav[aria-label=Site] li:not(.home) a").all_inner_texts()
        assert len(entries) > 3
        for entry in entries:
            tab_to(look, entry)
            press(look, "Enter")
            current = look.page.locator("nav[aria-label=Site] [aria-current=page]")
            current.get_by_text(entry, exact=True).wait_for()


@pytest.mark.parametrize(("width", "path"), [(PHONE, "/timeline?from=-3d"), (TABLET, "/batches/1")])
def test_what_does_not_fit_is_scrolled_by_keys(
    browser: "Browser", reading: Site, width: int, path: str
) -> None:
    """A picture on a phone, a table on a tablet: the arrows move it, never the page."""
    with looking(browser, reading.origin, Way("light", width, scripts=True)) as look:
        look.open(path)
        look.page.locator(".scroll").first.focus()
        for _ in range(5):
            press(look, "ArrowRight")
        look.page.wait_for_function("document.querySelector('.scroll').scrollLeft > 0")
        assert look.page.evaluate("scrollX") == 0


def test_a_form_is_filled_in_and_sent(browser: "Browser", site: Site) -> None:
    """A note, by an administrator; it stands on the timeline that comes back."""
    with ada(browser, site) as look:
        look.open("/timeline?from=-1h")
        tab_to(look, "Note")
        look.page.keyboard.type("the hub was slow")
        tab_to(look, "Package")
        look.page.keyboard.type("curl")
        press(look, "Enter")
        look.page.get_by_text("note: curl: the hub was slow").first.wait_for(state="attached")
    assert ("ada", "the hub was slow") in [(who, e.text) for who, e in site.acts("note-added")]
