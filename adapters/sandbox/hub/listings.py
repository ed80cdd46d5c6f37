# SPDX-License-Identifier: GPL-3.0-or-later
"""The table tag_listing: its rows are never taken out, but for a request that fails.

A tag that such a request touched stays so: a repository newer than need be does no harm.
"""

from collections import defaultdict

from adapters.sandbox.hub.model import Listing, User


class Listings:
    """Every row of tag_listing, by tag and by build, and those in force."""

    def __init__(self) -> None:
        self.by_tag: dict[int, list[Listing]] = defaultdict(list)
        self.by_build: dict[int, list[Listing]] = defaultdict(list)
        self.active: dict[tuple[int, int], Listing] = {}

    def add(self, row: Listing) -> None:
        row.tag.touch(row.create_event)
        self.by_tag[row.tag.id].append(row)
        self.by_build[row.build.id].append(row)
        if row.revoke_event is None:
            self.active[row.build.id, row.tag.id] = row

    def remove(self, row: Listing) -> None:
        """Take back what ``add`` did."""
        self.by_tag[row.tag.id].remove(row)
        self.by_build[row.build.id].remove(row)
        self.active.pop((row.build.id, row.tag.id), None)

    def revoke(self, row: Listing, event: int, user: User) -> None:
        row.tag.touch(event)
        row.revoke_event, row.revoker = event, user
        del self.active[row.build.id, row.tag.id]

    def restore(self, row: Listing) -> None:
        """Take back what ``revoke`` did."""
        row.revoke_event = row.revoker = None
        self.active[row.build.id, row.tag.id] = row
