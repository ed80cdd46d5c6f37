# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of a build or a task that changed its state, each with the whole tree of tasks."""

from datetime import UTC, datetime
from typing import Any

from adapters.sandbox.hub.messages import BASE, FILES, Message, message
from adapters.sandbox.hub.model import Build, BuildState, Task, TaskState
from adapters.sandbox.hub.world import World


def build_changed(world: World, build: Build, old: BuildState | None) -> Message:
    """A build's change. It is sent before its task ends: the task in it is still open."""
    task = world.tasks.get(build.task_id or 0)
    body = {
        "attribute": "state",
        "build_id": build.id,
        "completion_time": _iso(build.completed),
        "creation_time": _iso(build.created),
        "epoch": build.epoch,
        "files_base_url": FILES,
        "name": build.name,
        "new": int(build.state),
        "old": None if old is None else int(old),
        "owner": build.owner.name,
        "release": build.release,
        "request": None if task is None else task.request,
        "task": None if task is None else _top(world, task),
        "task_id": build.task_id,
        "url": f"{BASE['base_url']}/koji/buildinfo?buildID={build.id}",
        "version": build.version,
    }
    return message("build.state.change", body, world.now(), package=build.name)


def task_changed(world: World, task: Task, old: TaskState) -> Message:
    """A task's change, which Koji tells only of a scratch build, and only of its topmost task."""
    body = {
        "attribute": "state",
        "files_base_url": FILES,
        "id": task.id,
        "info": _top(world, task),
        "method": task.method,
        "new": task.state.name,
        "old": old.name,
        "owner": task.owner.name,
        "srpm": str(task.request[0]).rpartition("/")[2],
    }
    return message("task.state.change", body, world.now())


def _top(world: World, task: Task) -> dict[str, Any]:
    return {**_tree(world, task), "request": task.request}


def _tree(world: World, task: Task) -> dict[str, Any]:
    """A task with its children, the latest first."""
    children = [world.tasks[number] for number in reversed(task.children)]
    return {
        "arch": "noarch",
        "awaited": None if task.parent is None else not task.state.over,
        "channel_id": 1,
        "children": [_tree(world, child) for child in children],
        "completion_time": _whole(task.completed),
        "create_time": _whole(task.created),
        "host_id": 1 if task.started is not None else None,
        "host_name": "builder1" if task.started is not None else None,
        "id": task.id,
        "label": task.label,
        "method": task.method,
        "owner": task.owner.name,
        "parent": task.parent,
        "priority": task.priority,
        "result": task.result,
        "start_time": _whole(task.started),
        "state": int(task.state),
        "url": f"{BASE['base_url']}/koji/taskinfo?taskID={task.id}",
        "waiting": task.waiting,
    }


def _iso(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat()


def _whole(moment: float | None) -> float | None:
    return None if moment is None else float(int(moment))
