# SPDX-License-Identifier: GPL-3.0-or-later
"""A page that is looked at follows the log, whatever befalls what is between them."""

import time
from contextlib import closing
from itertools import count
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pytest

from adapters.store.connections import connect
from tests.browser.looking import PLAIN, Look, Record, looking
from tests.browser.site import Site, served
from tests.fixtures.fix_store import Cluster
from tests.fixtures.ports import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser

IN_TIME = 2.0
"""Seconds after which a page shows what was recorded."""

PATIENCE = 40_000
"""Milliseconds in which a page finds the service again."""

CUT = """select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()"""

BOARD = "/?name=bash"
FOLLOWING = (BOARD, "/packages/bash", "/timeline?from=-1h&package=bash&unfold=1", "/events")

_numbers = count(900_000)


def shows(look: Look, site: Site) -> float:
    """Let a build be tagged; return how many seconds pass until the page shows it."""
    build = site.tag("bash", next(_numbers))
    began = time.monotonic()
    look.page.get_by_text(build).first.wait_for(timeout=PATIENCE, state="attached")
    return time.monotonic() - began


def stays(look: Look) -> None:
    """Assert that the page was never loaded anew since it was opened."""
    assert look.page.evaluate("performance.getEntriesByType('navigation').length") == 1
    assert look.page.evaluate("window.opened") is True


@pytest.mark.parametrize("path", FOLLOWING)
def test_an_event_shows_without_a_reload(
    browser: "Browser", site: Site, record_property: Record, path: str
) -> None:
    """Within two seconds, by the median of three, and the focus stays where it was."""
    with looking(browser, site.origin) as look:
        look.open(path)
        look.page.evaluate("window.opened = true")
        look.page.keyboard.press("Tab")
        look.page.keyboard.press("Tab")
        before = look.focused()
        taken = median(shows(look, site) for _ in range(3))
        stays(look)
        assert look.focused() == before
        assert taken < IN_TIME
        assert look.complaints == []
    record_property("seconds", taken)


def test_the_database_is_lost_and_found(browser: "Browser", site: Site) -> None:
    """All its connections break; the page goes on by itself, as fast as before."""
    with looking(browser, site.origin) as look:
        look.open(BOARD)
        look.page.evaluate("window.opened = true")
        shows(look, site)
        with connect(site.database.owner_conninfo) as owner:
            owner.execute(CUT)
        shows(look, site)
        assert median(shows(look, site) for _ in range(3)) < IN_TIME
        stays(look)


def test_the_service_is_lost_and_found(
    browser: "Browser", story: str, cluster: Cluster, tmp_path: Path
) -> None:
    """It is started again while somebody looks on; the page goes on by itself."""
    port = free_port()
    with (
        closing(cluster.create(template=story)) as database,
        looking(browser, f"http://127.0.0.1:{port}") as look,
    ):
        with served(tmp_path, database, port=port) as before:
            look.open(BOARD)
            look.page.evaluate("window.opened = true")
            shows(look, before)
        with served(tmp_path, database, port=port) as after:
            shows(look, after)
            assert median(shows(look, after) for _ in range(3)) < IN_TIME
            stays(look)


def test_without_scripts_a_reload_shows_it(browser: "Browser", site: Site) -> None:
    """What was recorded is on the page that is asked for next."""
    with looking(browser, site.origin, PLAIN) as look:
        look.open(BOARD)
        build = site.tag("bash", next(_numbers))
        assert look.page.get_by_text(build).count() == 0
        look.open(BOARD)
        assert look.page.get_by_text(build).count() == 1
