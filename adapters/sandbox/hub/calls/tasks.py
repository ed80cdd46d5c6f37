# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls about tasks: a build is asked for here, and what became of it."""

# ruff: noqa: ARG001, FBT001, FBT002, N803, PLR0917 - the arguments are the API's, names and all

from collections.abc import Callable
from typing import Any, Final

import koji

from adapters.sandbox.hub.caller import Caller
from adapters.sandbox.hub.calls import find
from adapters.sandbox.hub.calls.shapes import Row, chosen, listed_task, outcome, task_row
from adapters.sandbox.hub.model import BuildState, Task, TaskState

_ORDINARY = 20


def build(
    caller: Caller,
    src: str,
    target: str,
    opts: Row | None = None,
    priority: int | None = None,
    channel: str | None = None,
) -> int:
    """Start a build and return its task; nothing of the request is looked at now."""
    user = caller.user()
    if priority is not None and priority < 0 and not user.may("admin"):
        raise koji.ActionNotAllowed("only admins may create high-priority tasks")
    request = [src, target, {} if opts is None else opts]
    return caller.builders.build(request, user, _ORDINARY + (priority or 0)).id


def get_task_info(caller: Caller, task_id: Any, request: bool = False, strict: bool = False) -> Any:
    """A task, or a list of them with None for each unknown."""
    if isinstance(task_id, list):
        return [get_task_info(caller, one, request, strict) for one in task_id]
    task = caller.world.tasks.get(task_id)
    if task is None and strict:
        raise koji.GenericError("query returned no rows")
    return None if task is None else task_row(task, request=request)


def get_task_children(
    caller: Caller, task_id: int, request: bool = False, strict: bool = False
) -> list[Row]:
    children = _children(caller, task_id)
    return [task_row(child, request=request) for child in reversed(children)]


def get_task_descendents(caller: Caller, task_id: int, request: bool = False) -> dict[str, Any]:
    """The children of a task and of each of them, by the id as a string."""
    children = _children(caller, task_id)
    found = {str(task_id): [task_row(child, request=request) for child in children]}
    for child in children:
        found |= get_task_descendents(caller, child.id, request)
    return found


def get_task_request(caller: Caller, taskId: int) -> list[Any]:
    return find.the_task(caller.world, taskId).request


def get_task_result(caller: Caller, taskId: int, raise_fault: bool = True) -> Any:
    """The result of a task. Asked not to raise, it still does for one cancelled or not finished."""
    task = caller.world.tasks.get(taskId)
    if task is None:
        raise koji.GenericError("No such task")
    if task.state is TaskState.CANCELED:
        raise koji.GenericError(f"Task {taskId} is canceled")
    if not task.state.over:
        raise koji.GenericError(f"Task {taskId} is not finished")
    if task.problem is not None and raise_fault:
        raise koji.xmlrpcplus.Fault(task.problem.code, task.problem.text)
    return None if task.method == "build" and task.problem is None else outcome(task)


def task_finished(caller: Caller, taskId: int) -> bool:
    return find.the_task(caller.world, taskId).state.over


def list_tasks(caller: Caller, opts: Row | None = None, queryOpts: Row | None = None) -> Any:
    """Tasks by owner, method, state or parent; ``decode`` shows request and result.

    As in a database, what an answer leaves out costs little, however much that is.
    """
    wanted = opts or {}
    fits = {task.id: task for task in caller.world.tasks.values() if _fits(task, wanted)}
    found = chosen(map(_ordered_by, fits.values()), queryOpts)
    if isinstance(found, int):
        return found
    decode = bool(wanted.get("decode"))
    return [listed_task(fits[row["id"]], decode=decode) for row in found]


def cancel_task(caller: Caller, task_id: int, recurse: bool = True) -> None:
    """Cancel a task of one's own. What is over stays as it is, and nothing says so."""
    task, user = find.the_task(caller.world, task_id), caller.user()
    if user is not task.owner and not user.may("admin"):
        raise koji.ActionNotAllowed("Cannot cancel task, not owner")
    caller.builders.cancel(task)


def resubmit_task(caller: Caller, taskID: int) -> int:
    """Start a task again that failed or was cancelled, as another task."""
    task, user = find.the_task(caller.world, taskID), caller.user()
    if task.state not in {TaskState.CANCELED, TaskState.FAILED}:
        raise koji.GenericError("only canceled or failed tasks may be resubmitted")
    start = caller.builders.build if task.method == "build" else caller.builders.tag
    return start(task.request, user, task.priority).id


def cancel_build(caller: Caller, buildID: Any, strict: bool = False) -> bool:
    """Cancel a build with its task; False if it is not building."""
    found = (find.the_build if strict else find.build)(caller.world, buildID)
    if found is None:
        return False
    user = caller.user()
    if user is not found.owner and not user.may("admin"):
        raise koji.ActionNotAllowed("Cannot cancel build, not owner")
    if found.state is not BuildState.BUILDING:
        return False
    if found.task_id is not None:
        caller.builders.cancel(caller.world.tasks[found.task_id])
    return True


def _children(caller: Caller, task_id: int) -> list[Task]:
    task = caller.world.tasks.get(task_id)
    return [] if task is None else [caller.world.tasks[child] for child in task.children]


def _ordered_by(task: Task) -> Row:
    return {"id": task.id, "priority": task.priority, "create_time": task.created}


def _fits(task: Task, wanted: Row) -> bool:
    states = wanted.get("state")
    return (
        wanted.get("owner") in {None, task.owner.id}
        and wanted.get("method") in {None, task.method}
        and wanted.get("parent") in {None, task.parent}
        and (states is None or task.state in states)
    )


METHODS: Final[dict[str, Callable[..., Any]]] = {
    "build": build,
    "cancelBuild": cancel_build,
    "cancelTask": cancel_task,
    "getTaskChildren": get_task_children,
    "getTaskDescendents": get_task_descendents,
    "getTaskInfo": get_task_info,
    "getTaskRequest": get_task_request,
    "getTaskResult": get_task_result,
    "listTasks": list_tasks,
    "resubmitTask": resubmit_task,
    "taskFinished": task_finished,
}
