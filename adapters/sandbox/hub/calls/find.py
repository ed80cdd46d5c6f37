# SPDX-License-Identifier: GPL-3.0-or-later
"""How the hub finds what a call names: by id, by name, and what it says if there is none."""

from typing import Any

import koji

from adapters.sandbox.hub.model import Build, Tag, Target, Task, User
from adapters.sandbox.hub.world import World


def tag(world: World, given: Any, event: int | None = None) -> Tag | None:
    """Return a tag that is, or was at an event, by id or by the name of now."""
    found = any_tag(world, given)
    return None if found is None or found.config_at(event) is None else found


def any_tag(world: World, given: Any) -> Tag | None:
    """Return a tag by id or name, also a deleted one: its history is kept."""
    key = _key(given)
    return world.tags.get(world.tag_ids.get(key, 0) if isinstance(key, str) else key)


def the_tag(world: World, given: Any, event: int | None = None) -> Tag:
    found = tag(world, given, event)
    if found is None:
        raise koji.GenericError(f"No such tagInfo: {given!r}")
    return found


def build(world: World, given: Any) -> Build | None:
    """Return a build by id, NVR or a dictionary of them; a malformed NVR is an error always."""
    if isinstance(given, dict) and "id" in given:
        given = given["id"]
    if isinstance(given, int):
        return world.builds.get(given)
    if isinstance(given, str):
        given = koji.parse_NVR(given)
    if not isinstance(given, dict):
        raise koji.GenericError(f"Invalid type for argument: {type(given)}")
    key = (given["name"], given["version"], given["release"])
    return world.builds.get(world.build_ids.get(key, 0))


def the_build(world: World, given: Any) -> Build:
    found = build(world, given)
    if found is None:
        raise koji.GenericError(f"No such build: {given!r}")
    return found


def target(world: World, given: Any) -> Target | None:
    key = _key(given)
    if isinstance(key, str):
        return world.targets.get(key)
    return next((one for one in world.targets.values() if one.id == key), None)


def user(world: World, given: Any) -> User | None:
    key = _key(given)
    if isinstance(key, str):
        return world.users.get(key)
    return next((one for one in world.users.values() if one.id == key), None)


def the_user(world: World, given: Any) -> User:
    found = user(world, given)
    if found is None:
        raise koji.GenericError(f"No such user: {given!r}")
    return found


def the_task(world: World, number: int) -> Task:
    if number not in world.tasks:
        raise koji.GenericError(f"No such task: {number}")
    return world.tasks[number]


def _key(given: Any) -> int | str:
    if isinstance(given, dict):
        given = given.get("id", given.get("name"))
    if isinstance(given, bool) or not isinstance(given, int | str):
        raise koji.ParameterError(f"Invalid name or id value: {given!r}")
    return given
