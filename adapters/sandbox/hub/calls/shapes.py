# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows that answers are made of, key for key as the real hub gives them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from koji import xmlrpcplus

from adapters.sandbox.hub.model import (
    Build,
    Config,
    Listing,
    Repo,
    RepoRequest,
    Tag,
    Task,
    TaskState,
    User,
)
from adapters.sandbox.hub.world import World

Row = dict[str, Any]


def when(moment: float | None) -> str | None:
    """Return a time as PostgreSQL prints it."""
    return None if moment is None else str(datetime.fromtimestamp(moment, UTC))


def user_row(user: User) -> Row:
    return {
        "id": user.id,
        "name": user.name,
        "status": 0 if user.enabled else 1,
        "usertype": 0,
        "krb_principals": [],
    }


def build_row(build: Build) -> Row:
    """A build as listBuilds gives it."""
    return {
        **_bare_build(build),
        "completion_ts": build.completed,
        "creation_ts": build.created,
        "extra": build.extra,
        "promotion_ts": build.promotion.moment if build.promotion else None,
        "source": build.source,
        "start_ts": build.started,
    }


def whole_build(build: Build) -> Row:
    """A build as getBuild gives it."""
    return {**build_row(build), "id": build.id, "cg_id": None, "cg_name": None}


def tagged_build(row: Listing) -> Row:
    """A build as listTagged gives it, which tells neither its source nor its extra."""
    return {
        **_bare_build(row.build),
        "id": row.build.id,
        "create_event": row.create_event,
        "tag_id": row.tag.id,
        "tag_name": row.tag.name,
    }


def _bare_build(build: Build) -> Row:
    promotion = build.promotion
    return {
        "build_id": build.id,
        "completion_time": when(build.completed),
        "creation_event_id": build.creation_event,
        "creation_time": when(build.created),
        "draft": build.draft,
        "epoch": build.epoch,
        "name": build.name,
        "nvr": build.nvr,
        "owner_id": build.owner.id,
        "owner_name": build.owner.name,
        "package_id": build.package_id,
        "package_name": build.name,
        "promoter_id": promotion.user.id if promotion else None,
        "promoter_name": promotion.user.name if promotion else None,
        "promotion_time": when(promotion.moment) if promotion else None,
        "release": build.release,
        "start_time": when(build.started),
        "state": int(build.state),
        "task_id": build.task_id,
        "version": build.version,
        "volume_id": 0,
        "volume_name": "DEFAULT",
    }


def tag_row(tag: Tag, config: Config) -> Row:
    """A tag as listTags gives it."""
    return {
        "arches": config.arches,
        "id": tag.id,
        "locked": config.locked,
        "maven_include_all": False,
        "maven_support": False,
        "name": tag.name,
        "perm": config.perm,
        "perm_id": None if config.perm is None else 1,
    }


def listing_row(world: World, row: Listing) -> Row:
    """A row of tag_listing as queryHistory gives it; what is not committed is not there yet."""
    revoked = None if row.revoke_event in world.withheld else row.revoke_event
    revoker = row.revoker if revoked is not None else None
    return {
        "active": True if revoked is None else None,
        "build.state": int(row.build.state),
        "build_id": row.build.id,
        "create_event": row.create_event,
        "create_ts": world.events[row.create_event],
        "creator_id": row.creator.id,
        "creator_name": row.creator.name,
        "epoch": row.build.epoch,
        "name": row.build.name,
        "release": row.build.release,
        "revoke_event": revoked,
        "revoke_ts": None if revoked is None else world.events[revoked],
        "revoker_id": revoker.id if revoker else None,
        "revoker_name": revoker.name if revoker else None,
        "tag.name": row.tag.name,
        "tag_id": row.tag.id,
        "version": row.build.version,
    }


def repo_row(world: World, repo: Repo) -> Row:
    """A repository as getRepo gives it; the task of one that was set up is over."""
    task = world.tasks.get(repo.task_id)
    return {
        "begin_event": repo.begin_event,
        "begin_ts": world.events[repo.begin_event],
        "create_event": repo.create_event,
        "create_ts": world.events[repo.create_event],
        "creation_time": when(repo.created),
        "creation_ts": repo.created,
        "custom_opts": {},
        "dist": False,
        "end_event": None,
        "end_ts": None,
        "id": repo.id,
        "opts": dict.fromkeys(("debuginfo", "maven", "separate_src", "src"), False),
        "state": int(repo.state),
        "state_time": when(repo.changed),
        "state_ts": repo.changed,
        "tag_id": repo.tag.id,
        "tag_name": repo.tag.name,
        "task_id": repo.task_id,
        "task_state": int(TaskState.CLOSED if task is None else task.state),
    }


def repo_request_row(world: World, request: RepoRequest) -> Row:
    """A request for a repository as repo.checkRequest gives it."""
    task = world.tasks.get(request.task_id or 0)
    return {
        "active": request.active,
        "at_event": None,
        "create_time": when(request.created),
        "create_ts": request.created,
        "id": request.id,
        "min_event": request.min_event,
        "opts": {},
        "owner": request.owner.id,
        "owner_name": request.owner.name,
        "priority": 20,
        "repo_id": request.repo_id,
        "tag_id": request.tag.id,
        "tag_name": request.tag.name,
        "task_id": request.task_id,
        "task_state": None if task is None else int(task.state),
        "tries": request.tries,
        "update_time": when(request.updated),
        "update_ts": request.updated,
    }


def task_row(task: Task, *, request: bool = False) -> Row:
    """A task as getTaskInfo gives it; ``awaited`` is False for a child whose parent has its end."""
    row = {
        "arch": "noarch",
        "awaited": None if task.parent is None else not task.state.over,
        "channel_id": 1,
        "completion_time": when(task.completed),
        "completion_ts": task.completed,
        "create_time": when(task.created),
        "create_ts": task.created,
        "host_id": 1 if task.started is not None else None,
        "id": task.id,
        "label": task.label,
        "method": task.method,
        "owner": task.owner.id,
        "parent": task.parent,
        "priority": task.priority,
        "start_time": when(task.started),
        "start_ts": task.started,
        "state": int(task.state),
        "waiting": task.waiting,
        "weight": task.weight,
    }
    return {**row, "request": task.request} if request else row


def listed_task(task: Task, *, decode: bool) -> Row:
    """A task as listTasks gives it: request and result are XML unless decoded."""
    if decode:
        request, result = task.request, outcome(task)
    else:
        request = xmlrpcplus.dumps(tuple(task.request), task.method)
        result = xmlrpcplus.dumps((outcome(task),), methodresponse=1)
    owner = {"owner_name": task.owner.name, "owner_type": 0}
    return {**task_row(task), **owner, "request": request, "result": result}


def outcome(task: Task) -> Any:
    """Return the result of a task; of a failed one the fault as a dictionary."""
    if task.state is TaskState.FAILED and task.problem is not None:
        return {"faultCode": task.problem.code, "faultString": task.problem.text}
    return task.result


def chosen(rows: Iterable[Row], options: dict[str, Any] | None) -> Any:
    """Apply queryOpts: order, offset, limit, or the number alone."""
    found = list(rows)
    options = options or {}
    if options.get("countOnly"):
        return len(found)
    for key in reversed((options.get("order") or "").split(",")):
        if key:
            found.sort(key=lambda row: row[key.lstrip("-")], reverse=key.startswith("-"))
    start = options.get("offset") or 0
    limit = options.get("limit")
    return found[start:] if limit is None else found[start : start + limit]


def unsorted(rows: list[Any], number: Any) -> list[Any]:
    """Return rows in an order that looks like none, as a database gives what nobody sorted."""
    return sorted(rows, key=lambda row: number(row) * 2_654_435_761 % 2**32)
