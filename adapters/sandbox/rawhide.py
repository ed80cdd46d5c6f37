# SPDX-License-Identifier: GPL-3.0-or-later
"""Rawhide and ELN on a simulated hub: their tags, and what packagers, Bodhi and releng do there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

from msgspec.structs import replace

from adapters.sandbox.hub import World, choices, tagging
from adapters.sandbox.hub.choices import Made
from adapters.sandbox.hub.model import Build, Config
from adapters.sandbox.scenario import RENAMED
from adapters.sandbox.vendored import SourcePackage

FIRST_BUILD: Final = 2_520_001
"""The id of the first build; the hub counts on from there."""

FIRST_TASK: Final = 121_000_001
FIRST_TAG: Final = 70_001

SERVICE: Final = "ebs"
"""The user who builds for ELN, whose password is the same."""

BRANCHES: Final = ("f41", "f42")
MACRO: Final = "rpm.macro.eln"

_COMMIT: Final = 40
_PACKAGER: Final = "packager"
_DOWNSTREAM: Final = {upstream: name for name, upstream in RENAMED.items()}


class Rawhide:
    """Makes builds of Rawhide and ELN in a world, tags and untags them, at the world's time.

    A build of ELN comes into ``eln-updates-candidate``; what ``rebuilt`` makes is in ``eln``.
    """

    def __init__(
        self, world: World, packages: Sequence[SourcePackage], targets: Iterable[str], dist: int
    ) -> None:
        self.world = world
        self._made: dict[str, list[Build]] = defaultdict(list)
        _furnish(world)
        self.raise_dist(dist)
        for tag in BRANCHES:
            for package in packages:
                world.list_package(tag, package.name, owner=_PACKAGER)
        for name in targets:
            world.list_package("eln", downstream(name), owner=SERVICE)

    def past(
        self, tag: str, packages: Sequence[SourcePackage], rebuilt: Sequence[SourcePackage],
        start: datetime, end: datetime,
    ) -> None:  # fmt: skip
        """Let packages have been built into a tag, each once, and then some of them for ELN."""
        middle = start + (end - start) / 2
        for package, at in spread(packages, start, middle):
            with self.world.at(at.timestamp()):
                self.tag(self.released(package, tag), tag)
        for package, at in spread(rebuilt, middle, end):
            with self.world.at(at.timestamp()):
                self.rebuilt(self.last(package.name))

    def released(self, package: SourcePackage, tag: str) -> Build:
        """Make a build from a new commit; each of a package has a release of its own."""
        before = self._made[package.name]
        release = f"{package.release}.{len(before)}" if before else package.release
        made = Made(package.name, package.version, f"{release}.{tag.replace('f', 'fc')}")
        build = self.world.add_build(*made, owner=_PACKAGER, source=source(made))
        before.append(build)
        return build

    def build(self, package: SourcePackage, tag: str) -> Build:
        """Build a package into a tag, by way of the tag where it waits for its tests."""
        build, candidate = self.released(package, tag), f"{tag}-updates-candidate"
        self.tag(build, candidate, user=_PACKAGER)
        self.tag(build, tag, fromtag=candidate)
        return build

    def rebuilt(self, build: Build) -> Build:
        """Rebuild what Rawhide has for ELN, into the tag where ELN's users get it."""
        made = recipe(self.world, str(build.source), f".eln{self._build_tag().extra[MACRO]}")
        twin = self.world.add_build(*made, owner=SERVICE, source=build.source)
        self.tag(twin, "eln")
        return twin

    def tag(
        self, build: Build, tag: str, *, user: str = "bodhi", fromtag: str | None = None
    ) -> None:
        """Tag a build, or move it from another tag."""
        world = self.world
        before = None if fromtag is None else world.tag(fromtag)
        tagging.tag_build(world, world.tag(tag), build, world.user(user), fromtag=before)

    def mass_tag(self, builds: Iterable[Build], tag: str) -> None:
        """Tag builds in one request, as release engineering does."""
        world = self.world
        tagging.mass_tag(world, world.tag(tag), builds, world.user("releng"))

    def untag(self, build: Build, tag: str) -> None:
        """Untag a build."""
        world = self.world
        tagging.untag_build(world, world.tag(tag), build, world.user(_PACKAGER))

    def raise_dist(self, number: int) -> None:
        """Set the macro that ELN's dist is made of."""
        config = self._build_tag()
        raised = replace(config, extra={**config.extra, MACRO: number})
        tagging.configure(self.world, self.world.tag("eln-build"), raised)

    def last(self, package: str) -> Build:
        """Return the build of a package made last."""
        return self._made[package][-1]

    def newest(self, tag: str, package: str) -> Build | None:
        """Return the build of a package made last of those in a tag."""
        made = reversed(self._made.get(package, []))
        return next((build for build in made if self._holds(tag, build)), None)

    def held(self, tag: str) -> list[Build]:
        """Return what a tag holds, package by package, the oldest of each first."""
        made = (build for builds in self._made.values() for build in builds)
        return [build for build in made if self._holds(tag, build)]

    def _build_tag(self) -> Config:
        return self.world.tag("eln-build").config or Config()

    def _holds(self, tag: str, build: Build) -> bool:
        return (build.id, self.world.tag_ids[tag]) in self.world.listings.active


def recipe(world: World, source: str, dist: str) -> Made:
    """Make of a source what it made upstream, with another dist, under its name downstream."""
    made = choices.recipe(world, source, dist)
    return made._replace(name=downstream(made.name))


def spread(
    packages: Sequence[SourcePackage], start: datetime, end: datetime
) -> Iterator[tuple[SourcePackage, datetime]]:
    """Yield packages with moments in whole seconds, evenly between two."""
    step = (end - start) / (len(packages) + 1)
    for number, package in enumerate(packages, start=1):
        yield package, (start + step * number).replace(microsecond=0)


def downstream(name: str) -> str:
    """Return the name that a package of Rawhide has in ELN."""
    return _DOWNSTREAM.get(name, name)


def source(made: Made) -> str:
    """Return the source of a build, the URL of its commit as Koji resolved it."""
    commit = sha256("-".join(made).encode()).hexdigest()[:_COMMIT]
    return f"git+https://src.fedoraproject.org/rpms/{made.name}#{commit}"


def _furnish(world: World) -> None:
    """Let there be users, tags and a target as Fedora has them, and ids as high as Fedora's."""
    world.new_id("build", FIRST_BUILD - 1)
    world.new_id("task", FIRST_TASK - 1)
    world.new_id("tag", FIRST_TAG - 1)
    for name, *perms in ((_PACKAGER,), (SERVICE,), ("bodhi", "tag"), ("releng", "admin")):
        world.add_user(name, *perms)
    world.add_tag("eln")
    world.add_tag("eln-build", parents=("eln",))
    world.add_tag("eln-updates-candidate", parents=("eln",), open=True)
    world.add_target("eln", "eln-build", "eln-updates-candidate")
    for tag in BRANCHES:
        world.add_tag(tag)
        world.add_tag(f"{tag}-updates-candidate", parents=(tag,), open=True)
