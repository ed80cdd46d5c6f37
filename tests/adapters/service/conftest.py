# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that was configured and has its baseline."""

import pytest

from adapters.store.log import EventLog
from tests.adapters.service.given import World


@pytest.fixture
def world(log: EventLog) -> World:
    """The service, started on an empty log."""
    return World(log).start()
