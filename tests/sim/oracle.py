# SPDX-License-Identifier: GPL-3.0-or-later
"""What should come of a history, counted from the sandbox's own tag history.

Nothing that decides takes part in it, nor anything that was recorded.
"""

from dataclasses import dataclass

from adapters.sandbox.hub import World
from adapters.sandbox.hub.model import Build, Listing
from tests.sim.branching import TAGS

Place = tuple[bool, float, int]


@dataclass(frozen=True)
class Oracle:
    """A world in the end; ``baseline`` are the events of what f41 held when that was taken."""

    world: World
    trigger: str
    baseline: frozenset[int]

    def in_trigger(self, build: Build) -> bool:
        """Whether a build is in the trigger tag."""
        return (build.id, self.world.tag(self.trigger).id) in self.world.listings.active

    def newest(self, builds: list[Build]) -> Build | None:
        """Return the one of the latest place in the trigger tag."""
        return max(filter(self.in_trigger, builds), key=self._place, default=None)

    def _place(self, build: Build) -> Place:
        """The earliest, over the tags, of the latest tagging in each; the baseline comes first."""
        rows = [r for r in self.world.listings.by_build[build.id] if r.tag.name in TAGS]
        latest = {row.tag.name: row for row in sorted(rows, key=lambda row: row.create_event)}
        return min(map(self._when, latest.values()))

    def _when(self, row: Listing) -> Place:
        if row.create_event in self.baseline:
            return False, 0.0, row.create_event
        return True, self.world.events[row.create_event], row.create_event

    def submitted(self) -> list[str]:
        """Return the sources that Koji was asked to build."""
        tasks = self.world.tasks.values()
        return [str(task.request[0]) for task in tasks if task.method == "build"]

    def done(self) -> set[str]:
        """Return the sources that ELN has or had, or that were rebuilt."""
        eln = self.world.listings.by_tag[self.world.tag("eln").id]
        return {str(row.build.source) for row in eln} | set(self.submitted())

    def ever_tagged(self) -> set[str]:
        """Return the sources of all that was ever in one of the tags."""
        rows = (r for tag in TAGS for r in self.world.listings.by_tag[self.world.tag(tag).id])
        return {str(row.build.source) for row in rows}

    def stayed(self, builds: list[Build]) -> bool:
        """Whether all that was rebuilt of these is in the trigger tag still.

        Where it left, the older ones that are there are not rebuilt in its place.
        """
        here = {build.source for build in builds if self.in_trigger(build)}
        return here >= {build.source for build in builds} & set(self.submitted())
