# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser that looks at a page in one way, and remembers what it asked for and complained of."""

import os
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, get_args
from urllib.parse import urlsplit

from tests.fixtures.install_chromium import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, ConsoleMessage, Page, Request

SCREENSHOTS: Final = Path(__file__).parents[2] / "screenshots"
"""Where what was looked at is kept, to be looked at; not part of the project."""

HEIGHT: Final = 900
"""Pixels of the window."""


Theme = Literal["light", "dark"]


class Way(NamedTuple):
    """How a page is looked at; ``width`` is in pixels."""

    theme: Theme
    width: int
    scripts: bool

    def __str__(self) -> str:
        return f"{self.theme}-{self.width}{'' if self.scripts else '-unscripted'}"


PHONE: Final = 400
SCREEN: Final = 1_400
WAYS: Final = tuple(
    Way(theme, width, scripts)
    for theme, width, scripts in product(get_args(Theme), (PHONE, SCREEN), (True, False))
)
USUAL: Final = Way("light", SCREEN, scripts=True)
PLAIN: Final = Way("light", SCREEN, scripts=False)

Record = Callable[[str, object], None]
"""pytest's ``record_property``: what a test measured goes into the last sentence of the run."""


class Look:
    """A page in a browser of its own; ``complaints`` are the console's and the scripts'."""

    def __init__(self, page: "Page", devtools: "CDPSession", origin: str, way: Way) -> None:
        self.page = page
        self.origin = origin
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        self._devtools = devtools
        self._scripts(run=way.scripts)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._asked)

    def open(self, path: str, status: int = 200) -> int:
        """Open a page of the site; return how many bytes its HTML has."""
        response = self.page.goto(self.origin + path, wait_until="load")
        assert response is not None
        assert response.status == status, f"{path} answers {response.status}"
        return len(response.body())

    def press(self, button: str) -> None:
        """Press a button that sends a form, and wait for what comes of it."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button, exact=True).click()

    def picture(self, name: str) -> None:
        """Keep what is to be seen; written here, for Playwright starts threads to write a file."""
        SCREENSHOTS.mkdir(exist_ok=True)
        (SCREENSHOTS / f"{name}.png").write_bytes(self.page.screenshot())

    def small_picture(self, file: Path) -> None:
        """Keep it as WebP, which Playwright does not know, and which is a third as large."""
        told = self._devtools.send("Page.captureScreenshot", {"format": "webp", "quality": 60})
        file.write_bytes(b64decode(told["data"]))

    def violations(self) -> list[str]:
        """Return what axe-core finds wrong, and where.

        It is a script itself, run after those of the page had their chance or were kept from it.
        """
        from axe_playwright_python.sync_playwright import Axe

        self._scripts(run=True)
        found = Axe().run(self.page).response["violations"]
        return [
            f"{rule['id']}: {rule['help']}: {node['html'][:200]}"
            for rule in found
            for node in rule["nodes"]
        ]

    def overhang(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def scrolled(self) -> list[str]:
        """Return the tables that are wider than what they stand in, by their captions."""
        found: list[str] = self.page.evaluate(_SCROLLED)
        return found

    def focused(self) -> dict[str, Any]:
        """Return what has the keyboard: its words, and whether that is to be seen."""
        told: dict[str, Any] = self.page.evaluate(_FOCUSED)
        return told

    def _scripts(self, *, run: bool) -> None:
        self._devtools.send("Emulation.setScriptExecutionDisabled", {"value": not run})

    def _said(self, message: "ConsoleMessage") -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _asked(self, request: "Request") -> None:
        parts = urlsplit(request.url)
        if f"{parts.scheme}://{parts.netloc}" != self.origin and parts.scheme != "data":
            self.strangers.append(request.url)


_SCROLLED: Final = """() => [...document.querySelectorAll("table")]
  .filter(table => table.scrollWidth > table.parentElement.clientWidth)
  .map(table => table.caption.innerText)"""

_FOCUSED: Final = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  const box = at.getBoundingClientRect();
  return {
    tag: at.tagName.toLowerCase(),
    words: (at.getAttribute("aria-label") || (at.labels && at.labels.length &&
      at.labels[0].firstChild.textContent) || at.innerText || at.name || "").trim(),
    ringed: at.matches(":focus-visible") &&
      style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
    inside: box.width > 0 && box.bottom > 0 && box.top < innerHeight &&
      box.right > 0 && box.left < innerWidth,
  };
}"""


@contextmanager
def launched() -> Iterator["Browser"]:
    """Run the system's Chromium; Playwright's own is never loaded."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(),
            chromium_sandbox=os.geteuid() != 0,  # which cannot be had as root
        )
        with closing(browser):
            yield browser


@contextmanager
def looking(browser: "Browser", origin: str, way: Way = USUAL, **more: Any) -> Iterator[Look]:
    """Look in one way, with nothing remembered from before."""
    context = browser.new_context(
        color_scheme=way.theme, viewport={"width": way.width, "height": HEIGHT}, **more
    )
    try:
        page = context.new_page()
        yield Look(page, context.new_cdp_session(page), origin, way)
    finally:
        context.close()
