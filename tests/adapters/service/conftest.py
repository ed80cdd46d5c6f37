# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that was configured and has its baseline."""

import pytest

from adapters.store.log import EventLog
from tests.adapters.service.given import World
from tests.adapters.service.telling import Box, Teller, outlet


@pytest.fixture
def world(log: EventLog) -> World:
    """The service, started on an empty log."""
    return World(log).start()


@pytest.fixture
def channel() -> Box:
    """A channel."""
    return Box()


@pytest.fixture
def teller(world: World, channel: Box) -> Teller:
    """The use case with one channel, which was adopted."""
    return Teller(world, outlet(channel))
