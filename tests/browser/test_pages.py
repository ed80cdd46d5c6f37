# SPDX-License-Identifier: GPL-3.0-or-later
"""Every page, in every way that people look at it."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.looking import PHONE, USUAL, WAYS, Record, Way, looking
from tests.browser.pages import PAGES
from tests.browser.site import Site, ada

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LARGEST = 300_000
"""Bytes of a page."""

STOPS = 60
"""Times that Tab is pressed on a page; a table has many links that are alike."""

WITH_FORMS = ("plan", "batch", "failed", "timeline", "operations")

each_page = pytest.mark.parametrize("name", PAGES)


@each_page
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_is_fit_to_be_looked_at(
    browser: "Browser", reading: Site, record_property: Record, name: str, way: Way
) -> None:
    """Axe finds nothing, nothing is wider than the window, and all comes from here, in little.

    On a phone no table is to be scrolled sideways.
    """
    with looking(browser, reading.origin, way) as look:
        size = look.open(reading.path(name))
        look.picture(f"{name}-{way}")

        assert look.overhang() <= 0
        assert way.width > PHONE or look.scrolled() == []
        assert look.strangers == []
        assert size < LARGEST
        assert look.violations() == []
        assert look.complaints == []
    record_property("looks", 1)
    record_property("bytes", size)


@pytest.mark.parametrize("name", WITH_FORMS)
@pytest.mark.parametrize("way", [USUAL, Way("dark", PHONE, scripts=True)], ids=str)
def test_forms_are_fit_to_be_filled_in(
    browser: "Browser", reading: Site, name: str, way: Way
) -> None:
    """Likewise, for who administers the service; each field has a label, and each button a word."""
    with ada(browser, reading, way) as look:
        look.open(reading.path(name))
        look.picture(f"{name}-{way}-administered")

        assert look.page.locator("form[method=post]").count() > 0
        assert look.overhang() <= 0
        assert look.violations() == []
        assert look.complaints == []


@each_page
def test_is_walked_by_keys(browser: "Browser", reading: Site, name: str) -> None:
    """Each stop of the keyboard is in the window and has a ring around it, and none is a trap."""
    with looking(browser, reading.origin) as look:
        look.open(reading.path(name))
        stops = []
        for _ in range(STOPS):
            look.page.keyboard.press("Tab")
            stop = look.focused()
            if stop["tag"] == "body":
                break
            assert stop["ringed"], stop
            assert stop["inside"], stop
            stops.append((stop["tag"], stop["words"]))
        assert stops, "nothing takes the keyboard"
        assert len(set(stops)) > 1, stops


@each_page
def test_is_printed_as_wide_as_the_paper(browser: "Browser", reading: Site, name: str) -> None:
    """On A4, upright, nothing is cut off, and what cannot be used on paper is not there."""
    with looking(browser, reading.origin, Way("dark", 718, scripts=True)) as look:
        look.open(reading.path(name))
        look.page.emulate_media(media="print")
        look.picture(f"{name}-print")

        assert look.overhang() <= 0
        assert look.page.locator("form:visible").count() == 0
