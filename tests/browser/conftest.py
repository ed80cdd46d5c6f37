# SPDX-License-Identifier: GPL-3.0-or-later
"""Chromium, and a site with a story in it: one for who only looks, for a write one of its own."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from tests.browser.pages import WANTED
from tests.browser.site import Site, served
from tests.browser.story import Story
from tests.fixtures.fix_store import Cluster
from tests.fixtures.install_chromium import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Chromium, once for all tests."""
    if not os.environ.get(WANTED):
        pytest.skip("the pages are looked at by 'make browser' only")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium(),
            chromium_sandbox=os.geteuid() != 0,  # which cannot be had as root
        )
        with closing(launched):
            yield launched


@pytest.fixture(scope="session")
def story(browser: "Browser", cluster: Cluster) -> Iterator[str]:
    """The name of a database that holds the story, to make others from."""
    with closing(cluster.create(template=cluster.migrated)) as database:
        with EventLog(database.conninfo, EVENTS) as log, Story(log) as played:
            played.live()
            name = log.connections.fetch(b"SELECT current_database()")[0][0]
        yield name


@pytest.fixture(scope="session")
def reading(
    story: str, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The site for all who only look."""
    with (
        closing(cluster.create(template=story)) as database,
        served(tmp_path_factory.mktemp("site"), database) as site,
    ):
        yield site


@pytest.fixture
def site(story: str, cluster: Cluster, tmp_path: Path) -> Iterator[Site]:
    """A site of the test's own."""
    with closing(cluster.create(template=story)) as database, served(tmp_path, database) as site:
        yield site
