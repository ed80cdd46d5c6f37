# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a service from its installation on: each step is a method of the story."""

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM, Signals
from typing import Final

import requests

from adapters.cli.errors import DEGRADED
from tests.fixtures.until import until
from tests.rehearsal.before import release_before
from tests.rehearsal.manual import Terminal
from tests.rehearsal.service import Service
from tests.rehearsal.site import Site

PATIENCE: Final = 60.0
"""Seconds after which something did not come true, on a busy machine."""

TAKEOVER: Final = 5.0
"""Seconds within which a spare must lead."""

SPARE: Final = "work:2"

ELSEWHERE: Final = dict.fromkeys(
    ("systemd", "systemd-upgrade"), "wants a machine that systemd runs"
)
"""Blocks of the manual that are not played here, and why."""


class Story:
    """A service on a site, whose operator has nothing but the manual."""

    def __init__(self, folder: Path, where: Site) -> None:
        self.site = where
        self.terminal = Terminal(folder, where.words())
        self.service = Service(self.terminal, folder)
        self.deaths = 0
        self.takeover = 0.0

    def install(self) -> None:
        """Install this release beside the one before, and configure that one."""
        self._play("install", "completion")
        words = self.terminal.words
        release_before(Path(words["BEFORE"]), Path(words["PREFIX"]))
        self._play("rollback", "database", "configure")
        self.site.adapt(Path(words["ETC"]))
        self._play("password", "check")

    def start(self) -> None:
        """Take a baseline, and start the three processes."""
        self._play("baseline")
        self.service.start()
        until(self.site.has_queue, PATIENCE)
        self.site.publisher.start()

    def build(self) -> None:
        """A tag message comes in, and an update goes out."""
        self._hear_of_the_next()
        until(self.site.published, 2 * PATIENCE)

    def disturb(self) -> None:
        """Restart each part, and kill it; each time the next build is heard of all the same."""
        for number in (SIGTERM, SIGKILL):
            for name in ("consume", "work", "serve"):
                self._outlives(name, partial(self.service.restart, name, number), number)
            self._outlives("broker", partial(self.site.restart_broker, number), number)
        for number in (SIGINT, SIGKILL):
            self._outlives("database", partial(self.site.restart_database, number), number)

    def upgrade(self) -> None:
        """Upgrade to this release while it works, roll back half-way, and go all the way."""
        self._play("upgrade-pre")
        self._replace_all()
        self.service.end_all()
        self._play("rollback", "rollback-views")
        self.service.start()
        self._hear_of_the_next()
        self._play("upgrade-pre")
        self._replace_all()
        self._play("upgrade-post")

    def take_over(self) -> None:
        """Kill the worker that leads while Koji builds for it: the spare goes on."""
        self.service.start(SPARE)
        until(lambda: self.service.said(SPARE, "waiting"), PATIENCE)
        before = self.site.asked_for().total()
        self.site.happen()
        until(lambda: self.site.asked_for().total() > before, 2 * PATIENCE)
        killed = time.time()
        self.service.end("work", SIGKILL)
        led = until(lambda: self.service.said(SPARE, "leading"), PATIENCE)
        self.takeover = (led or 0) - killed
        assert self.takeover < TAKEOVER, f"the spare leads only after {self.takeover:.1f} s"
        self.deaths += 1

    def finish(self) -> None:
        """In the end ELN has the newest build of each package, and nothing was made twice."""
        self._all_is_out()
        until(self._is_told, 2 * PATIENCE)
        self._play("health", also=(DEGRADED,))

    def restore(self) -> None:
        """Lose the database, go back to a backup, and rebuild nothing that was built since."""
        self._play("backup")
        self._hear_of_the_next()
        self._all_is_out()
        self.service.end_all()
        self.terminal.type("psql \"$ADMIN_URL\" --command 'drop database ebs'")
        self._play("restore", "after-restore")
        self.service.start()
        self._play("resume")
        self._hear_of_the_next()
        self._all_is_out()

    def uninstall(self) -> None:
        """End it, and leave nothing behind."""
        self.service.end_all()
        self._play("uninstall")

    def told(self) -> str:
        """Return the sum of it."""
        asked, published = self.site.asked_for(), self.site.published()
        return (
            f"{len(self.terminal.played)} blocks of the manual, {self.deaths} deaths of its parts,"
            f" a spare that led {self.takeover:.1f} s after the leader was killed, an upgrade, a"
            f" rollback, a restore: {asked.total()} builds asked for of {len(asked)} sources,"
            f" {published.total()} of {len(published)} published"
        )

    def _play(self, *blocks: str, also: tuple[int, ...] = ()) -> None:
        for block in blocks:
            self.terminal.play(block, also=also)

    def _outlives(self, what: str, dies: Callable[[], None], number: Signals) -> None:
        dies()
        began = time.monotonic()
        self._hear_of_the_next()
        self.deaths += 1
        later = time.monotonic() - began
        print(
            f"       {what}, {number.name}: the next build is heard of {later:.1f} s later",
            file=sys.stderr,
        )

    def _replace_all(self) -> None:
        """Replace one process after another by the program that is installed now."""
        for name in ("work", "serve", "consume"):
            self.service.restart(name, SIGTERM)
        self._hear_of_the_next()

    def _hear_of_the_next(self) -> None:
        """Build a package in Rawhide, and wait until the web side tells of it."""
        nvr = self.site.happen()
        package = nvr.rsplit("-", 2)[0]
        page = f"{self.terminal.words['WEB']}/api/v1/packages/{package}/history"
        until(partial(shows, page, nvr), PATIENCE)

    def _all_is_out(self) -> None:
        until(lambda: not self.site.missing(), 2 * PATIENCE)
        for made in (self.site.asked_for(), self.site.published()):
            assert max(made.values()) == 1, made.most_common(3)

    def _is_told(self) -> bool:
        """Whether the log tells of each build that Bodhi has in an update."""
        told = self.terminal.type("ebs events --type published --json").splitlines()
        return len(told) == self.site.published().total()


def shows(page: str, text: str) -> bool:
    """Whether a page can be had, and has a text in it."""
    try:
        return text in requests.get(page, timeout=PATIENCE).text
    except requests.RequestException:
        return False
