# SPDX-License-Identifier: GPL-3.0-or-later
"""A page that follows the log keeps what somebody is at: a form, a choice, what was unfolded."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters.service.journal import Journal
from adapters.service.operation import Operation
from adapters.service.operators import Operators
from tests.browser.looking import Look, looking
from tests.browser.site import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NOTE = "the builders are slow today"
POLLED = 31_000
"""Milliseconds after which a page has looked by itself."""

HEARD = """upto => new Promise(done => {
  const source = new EventSource("/live");
  source.addEventListener("position", event => {
    if (JSON.parse(event.data).position >= upto) { source.close(); done(); }
  });
})"""


def note(site: Site, package: str = "curl") -> int:
    """Let something be recorded; return its position."""
    by = Operation("ada", "person", datetime.now(UTC))
    [recorded] = Operators(Journal(site.log)).note(NOTE, by, package=package)
    return recorded.position


def position(look: Look) -> int:
    """As of which position the page is."""
    return int(look.page.locator("#main").get_attribute("data-position") or 0)


def at(look: Look, wanted: int) -> None:
    """Wait until the page is as of a position."""
    look.page.locator(f'#main[data-position="{wanted}"]').wait_for(state="attached")


def test_nothing_moves_while_somebody_fills_in_a_form(browser: "Browser", site: Site) -> None:
    """What is new is shown when the form is left."""
    with looking(browser, site.origin) as look:
        look.open("/")
        look.page.get_by_label("Name").focus()
        before, after = position(look), note(site)
        look.page.evaluate(HEARD, after)

        assert position(look) == before
        look.page.get_by_label("Name").blur()
        at(look, after)


def test_nothing_moves_while_somebody_marks_a_text(browser: "Browser", site: Site) -> None:
    """What is new is shown when nothing is marked any longer."""
    with looking(browser, site.origin) as look:
        look.open("/packages/curl")
        look.page.evaluate("getSelection().selectAllChildren(document.querySelector('h1'))")
        before, after = position(look), note(site)
        look.page.evaluate(HEARD, after)

        assert position(look) == before
        look.page.evaluate("getSelection().removeAllRanges()")
        at(look, after)


def test_what_is_typed_filters_and_stays(browser: "Browser", reading: Site) -> None:
    """The rows follow what is typed, the address names it, and the field keeps the keyboard."""
    with looking(browser, reading.origin) as look:
        look.open("/?sort=name")
        field = look.page.get_by_label("Name")
        field.press_sequentially("zsh", delay=20)
        look.page.wait_for_url("**/?sort=name&name=zsh")

        assert look.page.locator("tbody th").all_inner_texts() == ["zsh"]
        assert field.input_value() == "zsh"
        assert look.page.evaluate("document.activeElement.name") == "name"
        assert look.complaints == []


def test_what_is_unfolded_stays_so(browser: "Browser", site: Site) -> None:
    """And what is new stands in it."""
    with looking(browser, site.origin) as look:
        look.open("/packages/curl")
        look.page.locator("#history summary").click()
        look.page.locator("h1").click()  # now the page itself has the focus
        at(look, note(site))

        assert look.page.locator("#history").get_attribute("open") is not None
        assert look.page.get_by_text(NOTE).count() == 1


def test_what_cannot_be_listened_to_is_looked_at(browser: "Browser", site: Site) -> None:
    """Where a proxy lets no stream through: now and then, and it says so."""
    with looking(browser, site.origin) as look:
        look.page.clock.install()
        look.page.route("**/live", lambda route: route.fulfill(status=503))
        look.open("/packages/curl")
        look.page.get_by_text("looked at every 30 s").wait_for()
        after = note(site)
        look.page.clock.fast_forward(POLLED)

        at(look, after)
        look.page.get_by_text("looked at every 30 s").wait_for()
