# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of a side tag until it holds what it is for: the same for the builds and an update."""

from collections.abc import Iterator
from datetime import datetime

from domain.batch.acts import Act, AwaitSeeds, FindSideTag, RequestSideTag, Seed
from domain.batch.limits import Limits
from domain.batch.state import SideTag


def until_seeded(
    side: SideTag | None, builds: tuple[int, ...], now: datetime, limits: Limits, update: int = 0
) -> Iterator[Act]:
    """Yield what is next until it was tried to tag the builds into it."""
    if side is None:
        yield RequestSideTag(update)
    elif side.tag_id is None:
        yield FindSideTag(side, builds, update)
    elif side.asked is None:
        yield Seed(side.tag_id, builds, update)
    elif not side.seeded:
        yield AwaitSeeds(side, overdue=now - side.since >= limits.seeds, update=update)
