# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls about what a tag inherits, which packages it lists, and when it last changed."""

# ruff: noqa: ARG001, FBT001, FBT002, N803, PLR0917 - the arguments are the API's, names and all

from collections.abc import Callable, Iterator
from typing import Any, Final

from adapters.sandbox.hub import tagging
from adapters.sandbox.hub.caller import Caller
from adapters.sandbox.hub.calls import find
from adapters.sandbox.hub.calls.shapes import Row, chosen
from adapters.sandbox.hub.model import Listed, Tag
from adapters.sandbox.hub.world import World


def get_inheritance_data(caller: Caller, tag: Any, event: int | None = None) -> list[Row]:
    """The parents of a tag, the first that wins first."""
    found = find.the_tag(caller.world, tag, event)
    return [{**row, "child_id": found.id} for row in _parents(caller.world, found, event)]


def get_full_inheritance(
    caller: Caller, tag: Any, event: int | None = None, reverse: bool = False
) -> list[Row]:
    """All that a tag inherits from, depth first; in reverse, all that inherit from it."""
    found = find.the_tag(caller.world, tag, event)
    return list((_descend if reverse else _climb)(caller.world, found, event, 1))


def list_packages(
    caller: Caller,
    tagID: Any = None,
    userID: Any = None,
    pkgID: Any = None,
    prefix: str | None = None,
    inherited: bool = False,
    with_dups: bool = False,
    event: int | None = None,
    queryOpts: Row | None = None,
    with_owners: bool = True,
    with_blocked: bool = True,
) -> Any:
    """The packages that a tag lists."""
    tag = find.the_tag(caller.world, tagID)
    listed = tagging.packages(caller.world, tag) if inherited else tag.packages
    names = {number: name for name, number in caller.world.packages.items()}
    rows = (_package_row(tag, names[number], number, entry) for number, entry in listed.items())
    fits = (row for row in rows if row["package_name"].startswith(prefix or ""))
    return chosen(fits, queryOpts)


def get_package_config(caller: Caller, tag: Any, pkg: Any, event: int | None = None) -> Row | None:
    """How a tag lists a package, None if it does not."""
    found = find.the_tag(caller.world, tag)
    number = caller.world.packages.get(pkg, 0)
    entry = tagging.packages(caller.world, found).get(number)
    return None if entry is None else _package_row(found, pkg, number, entry)


def check_tag_package(caller: Caller, tag: Any, pkg: Any) -> bool:
    row = get_package_config(caller, tag, pkg)
    return row is not None and not row["blocked"]


def tag_last_change_event(
    caller: Caller, tag: Any, before: int | None = None, inherit: bool = True
) -> int | None:
    """The last event of a tag, or of one that it inherits from."""
    found = find.the_tag(caller.world, tag)
    tags = tagging.ancestry(caller.world, found) if inherit else [found]
    events = [event for one in tags for event in _events(caller.world, one)]
    return max((event for event in events if before is None or event < before), default=None)


def tag_first_change_event(
    caller: Caller, tag: Any, after: int | None = None, inherit: bool = True
) -> int | None:
    found = find.the_tag(caller.world, tag)
    tags = tagging.ancestry(caller.world, found) if inherit else [found]
    events = [event for one in tags for event in _events(caller.world, one)]
    return min((event for event in events if after is None or event > after), default=None)


def _events(world: World, tag: Tag) -> Iterator[int]:
    """Every committed event that changed a tag itself."""
    yield from (event for event, _ in tag.versions)
    for row in world.listings.by_tag[tag.id]:
        promotion = row.build.promotion
        if promotion is not None and row.holds(promotion.event):
            yield promotion.event
        for event in (row.create_event, row.revoke_event):
            if event is not None and event not in world.withheld:
                yield event


def _parents(world: World, tag: Tag, event: int | None) -> list[Row]:
    config = tag.config_at(event)
    return [
        {
            "intransitive": False,
            "maxdepth": None,
            "name": world.tags[parent].name,
            "noconfig": False,
            "parent_id": parent,
            "pkg_filter": "",
            "priority": priority,
        }
        for priority, parent in enumerate(config.parents if config is not None else ())
    ]


def _climb(world: World, tag: Tag, event: int | None, depth: int) -> Iterator[Row]:
    for row in _parents(world, tag, event):
        beyond = {"child_id": tag.id, "currdepth": depth, "filter": [], "nextdepth": None}
        yield {**row, **beyond}
        yield from _climb(world, world.tags[row["parent_id"]], event, depth + 1)


def _descend(world: World, tag: Tag, event: int | None, depth: int) -> Iterator[Row]:
    for child in world.tags.values():
        for row in _parents(world, child, event):
            if row["parent_id"] == tag.id:
                beyond = {"tag_id": child.id, "currdepth": depth, "filter": [], "nextdepth": None}
                yield {**row, **beyond, "name": child.name}
                yield from _descend(world, child, event, depth + 1)


def _package_row(tag: Tag, name: str, number: int, listed: Listed) -> Row:
    return {
        "blocked": listed.blocked,
        "extra_arches": None,
        "owner_id": listed.owner.id,
        "owner_name": listed.owner.name,
        "package_id": number,
        "package_name": name,
        "tag_id": tag.id,
        "tag_name": tag.name,
    }


METHODS: Final[dict[str, Callable[..., Any]]] = {
    "checkTagPackage": check_tag_package,
    "getFullInheritance": get_full_inheritance,
    "getInheritanceData": get_inheritance_data,
    "getPackageConfig": get_package_config,
    "listPackages": list_packages,
    "tagFirstChangeEvent": tag_first_change_event,
    "tagLastChangeEvent": tag_last_change_event,
}
