# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls that tag and untag."""

# ruff: noqa: ARG001, FBT001, FBT002, N803, PLR0917 - the arguments are the API's, names and all

from collections.abc import Callable
from typing import Any, Final

import koji
from msgspec.structs import replace

from adapters.sandbox.hub import tagging
from adapters.sandbox.hub.caller import Caller
from adapters.sandbox.hub.calls import find
from adapters.sandbox.hub.calls.tags import list_tagged
from adapters.sandbox.hub.model import Build, Tag
from adapters.sandbox.hub.world import World

_ORDINARY = 10
"""The priority of a tagBuild task."""


def tag_build(
    caller: Caller, tag: Any, build: Any, force: bool = False, fromtag: Any = None
) -> int:
    """Start a task that tags. That the build is tagged already, only the task finds out."""
    user, world = caller.user(), caller.world
    the_build, the_tag = find.the_build(world, build), find.the_tag(world, tag)
    source = None if fromtag is None else find.the_tag(world, fromtag)
    tagging.must_be_complete(the_build)
    tagging.must_be_allowed(the_tag, user)
    if source is not None:
        tagging.must_be_allowed(source, user)
    if not (force and user.may("admin")):
        tagging.must_be_listed(world, the_tag, the_build)
    tagging.must_be_open(the_tag, user)
    request = [the_tag.id, the_build.id, force, source.id if source else None]
    return caller.builders.tag(request, user, _ORDINARY).id


def move_build(caller: Caller, tag1: Any, tag2: Any, build: Any, force: bool = False) -> int:
    """Start a task that takes a build from one tag into another, by one event."""
    world = caller.world
    held = world.listings.active
    found = find.the_build(world, build), find.the_tag(world, tag1)
    if (found[0].id, found[1].id) not in held:
        raise koji.TagError(f"Build {found[0].nvr} not in tag {found[1].name}")
    return tag_build(caller, tag2, build, force, tag1)


def tag_build_bypass(
    caller: Caller, tag: Any, build: Any, force: bool = False, notify: bool = False
) -> None:
    """Tag at once, past the policy; an error is raised here."""
    user, world = caller.user_with("tag"), caller.world
    the_build, the_tag = _both(world, build, tag)
    tagging.must_be_open(the_tag, user)
    tagging.tag_build(world, the_tag, the_build, user, force=force)


def untag_build(
    caller: Caller, tag: Any, build: Any, strict: bool = True, force: bool = False
) -> None:
    """Untag at once. Not strict, it says so on the bus even if the build was not tagged."""
    user, world = caller.user(), caller.world
    the_build, the_tag = _both(world, build, tag)
    tagging.must_be_allowed(the_tag, user)
    tagging.untag_build(world, the_tag, the_build, user, strict=strict)


def untag_build_bypass(
    caller: Caller,
    tag: Any,
    build: Any,
    strict: bool = True,
    force: bool = False,
    notify: bool = False,
) -> None:
    user, world = caller.user_with("tag"), caller.world
    the_build, the_tag = _both(world, build, tag)
    tagging.untag_build(world, the_tag, the_build, user, strict=strict)


def mass_tag(caller: Caller, tag: Any, builds: list[Any]) -> None:
    """Tag builds in turn, each by an event of its own; the first unknown one undoes them all."""
    user, world = caller.user_with("tag"), caller.world
    the_tag = find.the_tag(world, tag)
    tagging.mass_tag(world, the_tag, (find.the_build(world, one) for one in builds), user)


def snapshot_tag(
    caller: Caller,
    src: Any,
    dst: Any,
    config: bool = True,
    pkgs: bool = True,
    builds: bool = True,
    groups: bool = True,
    latest_only: bool = True,
    inherit_builds: bool = True,
    event: int | None = None,
    force: bool = False,
) -> None:
    """Copy a tag to a new one; of its builds the latest alone, inherited ones too, unless told."""
    user, world = caller.user_with("tag"), caller.world
    rows = list_tagged(caller, src, event=event, inherit=inherit_builds, latest=latest_only)
    copied = [world.builds[row["build_id"]] for row in reversed(rows)] if builds else []
    tagging.clone(world, find.the_tag(world, src), dst, user, copied)


def edit_tag(caller: Caller, tagInfo: Any, **given: Any) -> None:
    """Rename a tag or change its configuration, silently."""
    caller.user_with("tag")
    tag = find.the_tag(caller.world, tagInfo)
    if name := given.pop("name", None):
        tagging.rename(caller.world, tag, name)
    if given and tag.config is not None:
        extra = {**tag.config.extra, **given.pop("extra", {})}
        for key in given.pop("remove_extra", ()):
            if extra.pop(key, None) is None:
                raise koji.GenericError(f"Tag: {tag.name} doesn't have extra: {key}")
        tagging.configure(caller.world, tag, replace(tag.config, extra=extra, **given))


def _both(world: World, build: Any, tag: Any) -> tuple[Build, Tag]:
    return find.the_build(world, build), find.the_tag(world, tag)


METHODS: Final[dict[str, Callable[..., Any]]] = {
    "editTag2": edit_tag,
    "massTag": mass_tag,
    "moveBuild": move_build,
    "snapshotTag": snapshot_tag,
    "tagBuild": tag_build,
    "tagBuildBypass": tag_build_bypass,
    "untagBuild": untag_build,
    "untagBuildBypass": untag_build_bypass,
}
