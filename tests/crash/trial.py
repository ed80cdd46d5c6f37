# SPDX-License-Identifier: GPL-3.0-or-later
"""One life on a database of its own, and how it differs from one that nobody disturbed."""

from contextlib import closing
from typing import NamedTuple

from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from tests.crash.life import End, Life, Points
from tests.fixtures.fix_store import Cluster


class Trial(NamedTuple):
    """What came of a life, how many points it passed, and how often it died."""

    end: End
    points: int
    deaths: int


def live(cluster: Cluster, last: int = 0) -> Trial:
    """Live, killed at one point; at none where that is 0."""
    with (
        closing(cluster.create(template=cluster.migrated)) as database,
        EventLog(database.conninfo, EVENTS) as log,
    ):
        points = Points(last)
        with Life(log, points) as life:
            return Trial(life.live(), points.seen, life.deaths)
