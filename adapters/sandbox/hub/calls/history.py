# SPDX-License-Identifier: GPL-3.0-or-later
"""queryHistory, for the one table the service asks: who tagged and untagged what, and when."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

import koji

from adapters.sandbox.hub.caller import Caller
from adapters.sandbox.hub.calls import find
from adapters.sandbox.hub.calls.shapes import Row, chosen, listing_row, unsorted
from adapters.sandbox.hub.model import Listing
from adapters.sandbox.hub.world import World


def query_history(caller: Caller, tables: list[str] | None = None, **given: Any) -> Row:
    """Rows ever made, in no order. A renamed tag has its new name in all of them."""
    for table in tables or ():
        if table != "tag_listing":
            raise koji.GenericError(f"No such history table: {table}")
    options = given.pop("queryOpts", None)
    world = caller.world
    rows = [row for row in _candidates(world, given) if row.create_event not in world.withheld]
    for key, value in given.items():
        if key in _FILTERS and value is not None:
            rows = [row for row in rows if _FILTERS[key](world, row, value)]
    shown = ({**_marks(world, row, given), **listing_row(world, row)} for row in rows)
    return {"tag_listing": chosen(shown, options)}


def _candidates(world: World, given: Row) -> list[Listing]:
    """The rows of a build or of a tag, also of one that was deleted; of neither, all."""
    rows: Iterable[Listing]
    if given.get("build") is not None:
        rows = world.listings.by_build[find.the_build(world, given["build"]).id]
    elif given.get("tag") is not None:
        rows = world.listings.by_tag[_tag_id(world, given["tag"])]
    else:
        rows = (row for rows in world.listings.by_tag.values() for row in rows)
    return unsorted(list(rows), lambda row: row.create_event)


def _tag_id(world: World, given: Any) -> int:
    tag = find.any_tag(world, given)
    if tag is None:
        raise koji.GenericError(f"No such entry in table tag: {given}")
    return tag.id


def _marks(world: World, row: Listing, given: Row) -> Row:
    """Which end of a row is after an event or a time; None if it has no end yet."""
    marks: Row = {}
    revoked = _revoked(world, row)
    for key, mark in (("afterEvent", "_after_event"), ("beforeEvent", "_before_event")):
        if given.get(key) is not None:
            later = key == "afterEvent"
            marks[f"_created{mark}"] = _beyond(row.create_event, given[key], later=later)
            marks[f"_revoked{mark}"] = _beyond(revoked, given[key], later=later)
    for key, mark in (("after", "_after"), ("before", "_before")):
        if given.get(key) is not None:
            times = world.events[row.create_event], world.events.get(revoked or 0)
            marks[f"_created{mark}"], marks[f"_revoked{mark}"] = (
                _beyond(time, given[key], later=key == "after") for time in times
            )
    return marks


def _beyond(value: float | None, limit: float, *, later: bool) -> bool | None:
    if value is None:
        return None
    return value > limit if later else value < limit


def _revoked(world: World, row: Listing) -> int | None:
    return None if row.revoke_event in world.withheld else row.revoke_event


def _either_event(world: World, row: Listing, limit: int, *, later: bool) -> bool:
    ends = row.create_event, _revoked(world, row)
    return any(_beyond(end, limit, later=later) for end in ends)


def _either_time(world: World, row: Listing, limit: float, *, later: bool) -> bool:
    times = world.events[row.create_event], world.events.get(_revoked(world, row) or 0)
    return any(_beyond(time, limit, later=later) for time in times)


def _of_package(world: World, row: Listing, value: Any) -> bool:
    return bool(row.build.package_id == world.packages.get(value, value))


def _of_tag(world: World, row: Listing, value: Any) -> bool:
    return row.tag.id == _tag_id(world, value)


def _is_active(world: World, row: Listing, value: Any) -> bool:
    return (_revoked(world, row) is None) == bool(value)


_FILTERS: Final[dict[str, Callable[[World, Listing, Any], bool]]] = {
    "active": _is_active,
    "after": partial(_either_time, later=True),
    "afterEvent": partial(_either_event, later=True),
    "before": partial(_either_time, later=False),
    "beforeEvent": partial(_either_event, later=False),
    "package": _of_package,
    "tag": _of_tag,
}

METHODS: Final[dict[str, Callable[..., Any]]] = {"queryHistory": query_history}
