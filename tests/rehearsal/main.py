# SPDX-License-Identifier: GPL-3.0-or-later
"""`make rehearsal`: a service from the operator's manual alone, and all that may befall it.

Progress goes to stderr; the last line is the sum of it. Exits 1 where anything is not as it should.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM, Signals
from typing import Final

import requests

from adapters.cli.errors import DEGRADED
from tests.fixtures.until import until
from tests.rehearsal.manual import Terminal
from tests.rehearsal.service import Service
from tests.rehearsal.site import Site, site

PATIENCE: Final = 60.0
"""Seconds after which something did not come true, on a busy machine."""


ELSEWHERE: Final = {"systemd": "wants a machine that systemd runs"}
"""Blocks of the manual that are not played here, and why."""


class Rehearsal:
    """A service on a site, from its installation on; each step is a method."""

    def __init__(self, folder: Path, where: Site) -> None:
        self.site = where
        self.terminal = Terminal(folder, where.words())
        self.service = Service(self.terminal, folder)
        self.deaths = 0

    def install(self) -> None:
        """Install and configure it as the manual says."""
        for block in ("install", "database", "configure", "password", "check"):
            self.terminal.play(block)

    def start(self) -> None:
        """Take a baseline, and start the three processes."""
        self.terminal.play("baseline")
        self.service.start()
        until(self.site.has_queue, PATIENCE)
        self.site.publisher.start()

    def build(self) -> None:
        """A tag message comes in, and an update goes out."""
        self._hear_of_the_next()
        until(self.site.published, PATIENCE)

    def disturb(self) -> None:
        """Restart each part, and kill it; each time the next build is heard of all the same."""
        for number in (SIGTERM, SIGKILL):
            for name in ("consume", "work", "serve"):
                self._outlives(name, partial(self.service.restart, name, number), number)
            self._outlives("broker", partial(self.site.restart_broker, number), number)
        for number in (SIGINT, SIGKILL):
            self._outlives("database", partial(self.site.restart_database, number), number)

    def finish(self) -> None:
        """In the end ELN has the newest build of each package, and nothing was made twice."""
        until(lambda: not self.site.missing(), 2 * PATIENCE)
        for made in (self.site.asked_for(), self.site.published()):
            assert max(made.values()) == 1, made.most_common(3)
        told = self.terminal.type("ebs events --type published --json").splitlines()
        assert len(told) == sum(self.site.published().values())
        self.terminal.play("health", also=(DEGRADED,))

    def _outlives(self, what: str, dies: Callable[[], None], number: Signals) -> None:
        dies()
        began = time.monotonic()
        self._hear_of_the_next()
        self.deaths += 1
        later = time.monotonic() - began
        tell(f"       {what}, {number.name}: the next build is heard of {later:.1f} s later")

    def _hear_of_the_next(self) -> None:
        """Build a package in Rawhide, and wait until the web side tells of it."""
        nvr = self.site.happen()
        package = nvr.rsplit("-", 2)[0]
        page = f"{self.terminal.words['WEB']}/api/v1/packages/{package}/history"
        until(partial(shows, page, nvr), PATIENCE)


def shows(page: str, text: str) -> bool:
    """Whether a page can be had, and has a text in it."""
    try:
        return text in requests.get(page, timeout=PATIENCE).text
    except requests.RequestException:
        return False


def tell(text: str) -> None:
    """Say how far it is."""
    print(text, file=sys.stderr, flush=True)


STORY: Final = (
    Rehearsal.install,
    Rehearsal.start,
    Rehearsal.build,
    Rehearsal.disturb,
    Rehearsal.finish,
)
"""What happens, in this order."""


def main() -> int:
    """Rehearse it all; return the exit code."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ebs-") as name, site(Path(name)) as where:
        rehearsal = Rehearsal(Path(name), where)
        try:
            for step in STORY:
                tell(f"{time.monotonic() - began:5.0f} s  {step.__doc__}")
                step(rehearsal)
            rehearsal.service.end_all()
        except AssertionError as error:
            tell(rehearsal.service.last_words())
            print(f"NOT KEPT: {error}")
            return 1
        finally:
            rehearsal.service.kill_all()
    print(f"Kept: {rehearsal.deaths} deaths, in {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
