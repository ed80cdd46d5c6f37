# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls about tags, targets, and what a tag holds."""

# ruff: noqa: ARG001, FBT001, FBT002, N803, PLR0917 - the arguments are the API's, names and all

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any, Final

import koji

from adapters.sandbox.hub import tagging
from adapters.sandbox.hub.caller import Caller
from adapters.sandbox.hub.calls import find
from adapters.sandbox.hub.calls.shapes import (
    Row,
    chosen,
    tag_row,
    tagged_build,
    unsorted,
)
from adapters.sandbox.hub.model import Listing, Tag, Target
from adapters.sandbox.hub.world import World


def get_tag(
    caller: Caller,
    tagInfo: Any,
    strict: bool = False,
    event: int | None = None,
    blocked: bool = False,
) -> Row | None:
    """A tag with its own extra only; what it inherits is in getBuildConfig."""
    tag = (find.the_tag if strict else find.tag)(caller.world, tagInfo, event)
    config = None if tag is None else tag.config_at(event)
    if tag is None or config is None:
        return None
    row = {**tag_row(tag, config), "extra": dict(config.extra)}
    return row if event is None else {**row, "query_event": event}


def get_build_config(caller: Caller, tag: Any, event: int | None = None) -> Row:
    """A tag with its extra and that of its parents; a tag's own wins, then the nearest."""
    found = find.the_tag(caller.world, tag, event)
    row = get_tag(caller, found.id, event=event)
    assert row is not None  # noqa: S101 - it was found a line before
    inherited: Row = {}
    for key, (value, owner) in tagging.inherited(caller.world, found, event).items():
        row["extra"][key] = value
        if owner is not found:
            inherited[key] = {"id": owner.id, "name": owner.name}
    return {**row, "config_inheritance": {"extra": inherited, "arches": None}}


def get_build_target(
    caller: Caller, info: Any, event: int | None = None, strict: bool = False
) -> Row | None:
    target = find.target(caller.world, info)
    if target is None and strict:
        raise koji.GenericError(f"No such build target: {info}")
    return None if target is None else _target_row(caller.world, target)


def get_build_targets(
    caller: Caller,
    info: Any = None,
    event: int | None = None,
    buildTagID: Any = None,
    destTagID: Any = None,
    queryOpts: Row | None = None,
) -> Any:
    world = caller.world
    build_tag = None if buildTagID is None else find.the_tag(world, buildTagID).id
    dest_tag = None if destTagID is None else find.the_tag(world, destTagID).id
    fits = (
        _target_row(world, target)
        for target in world.targets.values()
        if (info is None or target is find.target(world, info))
        and (build_tag is None or target.build_tag == build_tag)
        and (dest_tag is None or target.dest_tag == dest_tag)
    )
    return chosen(fits, queryOpts)


def list_tags(
    caller: Caller,
    build: Any = None,
    package: Any = None,
    perms: bool = True,
    queryOpts: Row | None = None,
    pattern: str | None = None,
) -> Any:
    """Tags, or those that hold a build, in no order; a package nobody lists there hides none."""
    world = caller.world
    tags = list(world.tags.values())
    if build is not None:
        found = find.build(world, build)
        if found is None:
            raise koji.GenericError(f"No such build: {build}")
        tags = [row.tag for row in world.listings.by_build[found.id] if _holds(world, row)]
    rows = (
        tag_row(tag, tag.config)
        for tag in unsorted(tags, lambda tag: tag.id)
        if tag.config is not None and (pattern is None or fnmatchcase(tag.name, pattern))
    )
    return chosen(rows, queryOpts)


def list_tagged(
    caller: Caller,
    tag: Any,
    event: int | None = None,
    inherit: bool = False,
    prefix: str | None = None,
    latest: int | bool = False,
    package: str | None = None,
    owner: str | None = None,
    type: str | None = None,  # noqa: A002 - as the API has it
    strict: bool = True,
    extra: bool = True,
    draft: bool | None = None,
) -> list[Row]:
    """The complete builds of a tag whose packages it lists, then those of its parents.

    Within a tag the one tagged last comes first, whatever its version; ``latest`` means that one.
    """
    world = caller.world
    found = (find.the_tag if strict else find.tag)(world, tag, event)
    rows = [] if found is None else _rows(world, found, event, inherit)
    if draft is not None:
        rows = [row for row in rows if row.build.draft is draft]
    return [
        tagged_build(row)
        for row in _latest(rows, int(latest))
        if (prefix is None or row.build.name.lower().startswith(prefix.lower()))
        and (package is None or row.build.name == package)
        and (owner is None or row.build.owner.name == owner)
    ]


def get_latest_builds(
    caller: Caller,
    tag: Any,
    event: int | None = None,
    package: str | None = None,
    type: str | None = None,  # noqa: A002 - as the API has it
    draft: bool | None = None,
) -> list[Row]:
    return list_tagged(caller, tag, event, inherit=True, latest=True, package=package, draft=draft)


def _rows(world: World, tag: Tag, event: int | None, inherit: bool) -> list[Listing]:
    listed = tagging.packages(world, tag)
    return [
        row
        for one in (tagging.ancestry(world, tag, event) if inherit else [tag])
        for row in reversed(world.listings.by_tag[one.id])
        if _holds(world, row, event)
        and row.build.state == koji.BUILD_STATES["COMPLETE"]
        and row.build.package_id in listed
        and not listed[row.build.package_id].blocked
    ]


def _latest(rows: list[Listing], number: int) -> list[Listing]:
    if not number:
        return rows
    seen: dict[int, int] = {}
    kept = []
    for row in rows:
        seen[row.build.package_id] = seen.get(row.build.package_id, 0) + 1
        if seen[row.build.package_id] <= number:
            kept.append(row)
    return kept


def _holds(world: World, row: Listing, event: int | None = None) -> bool:
    """Whether a row is in force: committed, and not revoked by something committed."""
    if row.create_event in world.withheld:
        return False
    ended = None if row.revoke_event in world.withheld else row.revoke_event
    if event is None:
        return ended is None
    return row.create_event <= event and (ended is None or ended > event)


def _target_row(world: World, target: Target) -> Row:
    return {
        "build_tag": target.build_tag,
        "build_tag_name": world.tags[target.build_tag].name,
        "dest_tag": target.dest_tag,
        "dest_tag_name": world.tags[target.dest_tag].name,
        "id": target.id,
        "name": target.name,
    }


METHODS: Final[dict[str, Callable[..., Any]]] = {
    "getBuildConfig": get_build_config,
    "getBuildTarget": get_build_target,
    "getBuildTargets": get_build_targets,
    "getLatestBuilds": get_latest_builds,
    "getTag": get_tag,
    "listTagged": list_tagged,
    "listTags": list_tags,
}
