# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls about builds and packages."""

# ruff: noqa: ARG001, FBT001, FBT002, N803, PLR0917 - the arguments are the API's, names and all

from collections.abc import Callable
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Final

from adapters.sandbox.hub import drafts
from adapters.sandbox.hub.caller import Caller
from adapters.sandbox.hub.calls import find
from adapters.sandbox.hub.calls.shapes import Row, build_row, chosen, whole_build
from adapters.sandbox.hub.model import Build
from adapters.sandbox.hub.world import World


def get_build(caller: Caller, buildInfo: Any, strict: bool = False) -> Row | None:
    """A build, None if unknown; the target NVR of a build of another kind is not found."""
    found = (find.the_build if strict else find.build)(caller.world, buildInfo)
    return None if found is None else whole_build(found)


def find_build_id(caller: Caller, X: Any, strict: bool = False) -> int | None:
    found = (find.the_build if strict else find.build)(caller.world, X)
    return None if found is None else found.id


def list_builds(
    caller: Caller,
    packageID: Any = None,
    userID: Any = None,
    taskID: int | None = None,
    prefix: str | None = None,
    state: int | None = None,
    volumeID: int | None = None,
    source: str | None = None,
    createdBefore: Any = None,
    createdAfter: Any = None,
    completeBefore: Any = None,
    completeAfter: Any = None,
    type: str | None = None,  # noqa: A002 - as the API has it
    typeInfo: Row | None = None,
    queryOpts: Row | None = None,
    pattern: str | None = None,
    cgID: Any = None,
    draft: bool | None = None,
) -> Any:
    """Builds that everything given fits; patterns are shell's, ``*`` and ``?``."""
    given = dict(locals())
    fits = _candidates(caller.world, taskID)
    for key, test in _tests(caller.world, given).items():
        if given[key] is not None:
            fits = [build for build in fits if test(build)]
    return chosen(map(build_row, fits), queryOpts)


def _candidates(world: World, task_id: int | None) -> list[Build]:
    """The build of a task, if one is given; else all."""
    if task_id is None:
        return list(world.builds.values())
    found = world.build_of(task_id)
    return [] if found is None else [found]


def promote_build(caller: Caller, build: Any, force: bool = False) -> Row:
    """Promote a draft at once, and return it as it is then."""
    user, found = caller.user(), find.the_build(caller.world, build)
    drafts.promote(caller.world, found, user, force=force)
    return whole_build(found)


def get_package_id(caller: Caller, name: str, strict: bool = False) -> int | None:
    return caller.world.packages.get(name)


def _tests(world: World, given: Row) -> dict[str, Callable[[Build], bool]]:
    """What each argument asks of a build; the first ones leave the fewest."""
    package = world.packages.get(given["packageID"], given["packageID"])
    owner = None if given["userID"] is None else find.the_user(world, given["userID"]).id
    prefix = str(given["prefix"]).lower()
    return {
        "packageID": lambda build: build.package_id == package,
        "state": lambda build: build.state == given["state"],
        "userID": lambda build: build.owner.id == owner,
        "prefix": lambda build: build.name.lower().startswith(prefix),
        "pattern": lambda build: fnmatchcase(build.nvr, given["pattern"]),
        "source": lambda build: fnmatchcase(build.source or "", given["source"]),
        "createdAfter": lambda build: build.created > _moment(given["createdAfter"]),
        "createdBefore": lambda build: build.created < _moment(given["createdBefore"]),
        "completeAfter": lambda build: (build.completed or 0) > _moment(given["completeAfter"]),
        "completeBefore": lambda build: (
            build.completed is not None and build.completed < _moment(given["completeBefore"])
        ),
        "draft": lambda build: build.draft is given["draft"],
    }


def _moment(given: Any) -> float:
    return datetime.fromisoformat(given).timestamp() if isinstance(given, str) else float(given)


METHODS: Final[dict[str, Callable[..., Any]]] = {
    "findBuildID": find_build_id,
    "getBuild": get_build,
    "getPackageID": get_package_id,
    "listBuilds": list_builds,
    "promoteBuild": promote_build,
}
