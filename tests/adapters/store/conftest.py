# SPDX-License-Identifier: GPL-3.0-or-later
"""The store is tested on the embedded PostgreSQL, and on a given one where there is one."""

import pytest

from tests.fixtures.fix_store import Cluster, given_server

GIVEN = ["given"] if given_server() else []


@pytest.fixture(scope="session", params=["embedded", *GIVEN])
def cluster(request: pytest.FixtureRequest) -> Cluster:
    """Each server in turn."""
    found: Cluster = request.getfixturevalue(f"{request.param}_cluster")
    return found
