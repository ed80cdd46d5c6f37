# SPDX-License-Identifier: GPL-3.0-or-later
"""The row of a build as its task makes it: what is refused, and whose row it may be."""

import json
from typing import Any

import koji

from adapters.sandbox.hub import drafts, tagging
from adapters.sandbox.hub.choices import Made
from adapters.sandbox.hub.model import Build, BuildState, Tag, Task
from adapters.sandbox.hub.statechange import build_changed
from adapters.sandbox.hub.world import World


def begin(world: World, task: Task, made: Made, url: str, tag: Tag) -> Build:
    """Make the row of a build, or take over that of one that failed: its id stays.

    A draft always has a row of its own.
    """
    _must_be_listed(world, made, tag)
    draft = bool(task.request[2].get("draft"))  # anything that is true is taken for it
    old = None if draft else world.builds.get(world.build_ids.get(made, 0))
    if old is not None:
        return _taken_over(world, task, made, url, old)
    if draft:
        drafts.must_be_free(world, made)
    build = world.add_build(
        *made, owner=task.owner.name, state=BuildState.BUILDING, task_id=task.id, source=url,
        extra=_extra(task), draft=draft,
    )  # fmt: skip
    world.say(lambda: build_changed(world, build, None))
    return build


def _taken_over(world: World, task: Task, made: Made, url: str, old: Build) -> Build:
    _must_be_free(task, old, made, url)
    state, now = old.state, world.now()
    old.state, old.task_id, old.source, old.extra = BuildState.BUILDING, task.id, url, _extra(task)
    old.creation_event, old.created, old.started = world.event(), now, now
    old.completed, old.owner = None, task.owner
    world.keep(old)
    world.say(lambda: build_changed(world, old, state))
    return old


def _must_be_listed(world: World, made: Made, tag: Tag) -> None:
    listed = tagging.packages(world, tag).get(world.package_id(made.name))
    if listed is None:
        raise koji.BuildError(f"package {made.name} not in list for tag {tag.name}")
    if listed.blocked:
        raise koji.BuildError(f"package {made.name} is blocked for tag {tag.name}")


def _extra(task: Task) -> dict[str, Any]:
    return {"source": {"original_url": task.request[0]}}


def _must_be_free(task: Task, old: Build, made: Made, url: str) -> None:
    if old.state is BuildState.BUILDING:
        raise koji.GenericError(f"Build already in progress (task {old.task_id})")
    if old.state not in {BuildState.FAILED, BuildState.CANCELED}:
        row = {
            **made._asdict(), "epoch": None, "task_id": task.id, "source": url,
            "extra": json.dumps(_extra(task)), "owner": task.owner.id, "state": 0,
            "completion_time": None, "pkg_id": old.package_id, "start_time": "NOW",
            "volume_id": 0, "draft": False,
        }  # fmt: skip
        found = f"(id={old.id}, state={old.state.name})"
        raise koji.GenericError(f"Build already exists {found}: {row}")
