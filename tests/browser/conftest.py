# SPDX-License-Identifier: GPL-3.0-or-later
"""Chromium, and a site with a story in it: one for who only looks, for a write one of its own."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.looking import launched
from tests.browser.pages import WANTED
from tests.browser.site import Site, served
from tests.browser.story import played
from tests.fixtures.fix_store import Cluster

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Chromium, once for all tests."""
    if not os.environ.get(WANTED):
        pytest.skip("the pages are looked at by 'make browser' only")
    with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def story(browser: "Browser", cluster: Cluster) -> Iterator[str]:
    """The name of a database that holds the story, to make others from."""
    with played(cluster) as name:
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
