# SPDX-License-Identifier: GPL-3.0-or-later
"""The hub that the tests of the adapter ask over HTTP."""

from collections.abc import Iterator

import pytest

from adapters.koji.client import KojiHub
from tests.adapters.koji.given import Site


@pytest.fixture
def site() -> Iterator[Site]:
    """A hub with a small world, served on loopback."""
    with Site() as made:
        yield made


@pytest.fixture
def koji(site: Site) -> Iterator[KojiHub]:
    """The adapter, logged in as ebs."""
    hub = site.koji()
    yield hub
    hub.close()
