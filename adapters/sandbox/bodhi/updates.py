# SPDX-License-Identifier: GPL-3.0-or-later
"""Updates made of side tags, which move to the stable tag by the world's clock."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from msgspec import Struct

from adapters.sandbox.hub import sidetags, tagging
from adapters.sandbox.hub.model import Build, Tag
from adapters.sandbox.hub.world import World

UNSIGNED: Final = "{nvr} is not signed"
"""An objection of Bodhi's."""

EXISTS: Final = "Update for {nvr} already exists"
USER: Final = "bodhi"


class Objection(Exception):
    """Why Bodhi makes no update."""


class Update(Struct):
    """An update of what a side tag held; ``stable`` once it has moved."""

    alias: str
    side_tag: str
    notes: str
    builds: tuple[Build, ...]
    made_at: float
    stable: bool = False

    def told(self) -> dict[str, Any]:
        """Return it as Bodhi tells of it."""
        return {
            "alias": self.alias,
            "title": " ".join(build.nvr for build in self.builds),
            "status": "stable" if self.stable else "testing",
            "from_tag": self.side_tag,
            "notes": self.notes,
            "type": "unspecified",
            "builds": [{"nvr": build.nvr} for build in self.builds],
        }


class Updates:
    """All updates; each moves to the stable tag ``delay`` seconds after it was made.

    ``objections``: why Bodhi makes no update that holds a build of a package, with ``{nvr}`` for
    the build; ``gated``: packages whose updates do not move. ``stalled``: none does.
    """

    def __init__(self, world: World, stable_tag: str, delay: float) -> None:
        self.delay = delay
        self.objections: dict[str, str] = {}
        self.gated: set[str] = set()
        self.stalled = False
        self.made: list[Update] = []
        self._world = world
        self._stable_tag = stable_tag

    def make(self, side_tag: str, notes: str) -> Update:
        """Make an update of what a side tag holds. Raises Objection."""
        world = self._world
        with world.request():
            tag = self._side_tag(side_tag)
            builds = tuple(row.build for row in tagging.tagged(world, tag))
            if not builds:
                raise Objection("The supplied from_tag doesn't contain any builds.")
            if objections := [*self._objections(builds)]:
                raise Objection("; ".join(objections))
            alias = _alias(len(self.made) + 1)
            self.made.append(Update(alias, side_tag, notes, builds, world.now()))
            return self.made[-1]

    def came(self, *builds: Build) -> Update:
        """Tell that these came into Rawhide by one update, from a side tag that is gone."""
        number = len(self.made) + 1
        side_tag = f"rawhide-build-side-{number}"
        made_at = self._world.now()
        self.made.append(Update(_alias(number), side_tag, "", builds, made_at, stable=True))
        return self.made[-1]

    def of_side_tag(self, side_tag: str) -> list[Update]:
        """Return the updates that were made of a side tag."""
        return [update for update in self.made if update.side_tag == side_tag]

    def of_builds(self, nvrs: Collection[str]) -> list[Update]:
        """Return the updates that hold one of these builds at least."""
        return [u for u in self.made if any(build.nvr in nvrs for build in u.builds)]

    def work(self) -> None:
        """Move what is due: into the stable tag, and the side tag goes."""
        with self._world.request():
            for update in self.made:
                due = self._world.now() >= update.made_at + self.delay
                if due and not (update.stable or self.stalled or self._is_gated(update)):
                    self._move(update)

    def _side_tag(self, name: str) -> Tag:
        found = self._world.tags.get(self._world.tag_ids.get(name, 0))
        if found is None or sidetags.owner(found) is None:
            raise Objection(f"The supplied from_tag {name} is not a side tag.")
        return found

    def _objections(self, builds: tuple[Build, ...]) -> Iterator[str]:
        taken = {build.id for update in self.made for build in update.builds}
        for build in builds:
            if build.id in taken:
                yield EXISTS.format(nvr=build.nvr)
            if objection := self.objections.get(build.name):
                yield objection.format(nvr=build.nvr)

    def _is_gated(self, update: Update) -> bool:
        return any(build.name in self.gated for build in update.builds)

    def _move(self, update: Update) -> None:
        world = self._world
        for build in update.builds:
            tagging.release(world, build, self._stable_tag, USER)
        tag = world.tags[world.tag_ids[update.side_tag]]
        if tag.config is not None:
            world.targets.pop(tag.name, None)
            tagging.delete_tag(world, tag, world.user(USER))
        update.stable = True


def _alias(number: int) -> str:
    return f"FEDORA-2024-{number:010x}"
