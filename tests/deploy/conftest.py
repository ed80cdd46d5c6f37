# SPDX-License-Identifier: GPL-3.0-or-later
"""What deploy/ is held against: the service as it runs."""

from contextlib import closing

import pytest

from tests.deploy.scraping import Scraped, of_web_side
from tests.fixtures.fix_store import Cluster


@pytest.fixture(scope="session")
def scraped(cluster: Cluster) -> Scraped:
    """What the roles of the service export."""
    found = Scraped()
    with closing(cluster.create(template=cluster.migrated)) as database:
        of_web_side(found, database)
    found.declare()
    return found
