# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls about repositories: which one there is, and to ask for a newer one."""

# ruff: noqa: ARG001, FBT001, FBT002, PLR0917 - the arguments are the API's, names and all

from collections.abc import Callable
from typing import Any, Final

import koji

from adapters.sandbox.hub import repos
from adapters.sandbox.hub.caller import Caller
from adapters.sandbox.hub.calls import find
from adapters.sandbox.hub.calls.shapes import Row, repo_request_row, repo_row, task_row
from adapters.sandbox.hub.model import RepoState


def get_repo(
    caller: Caller,
    tag: Any,
    state: int | None = None,
    event: int | None = None,
    dist: bool = False,
    min_event: int | None = None,
) -> Row | None:
    """The repository of a tag that was made last, of those in a state: ready, unless told."""
    found = find.the_tag(caller.world, tag)
    wanted = RepoState.READY if state is None else RepoState(state)
    repo = None if dist else repos.newest(caller.world, found, wanted)
    return None if repo is None else repo_row(caller.world, repo)


def request_repo(
    caller: Caller,
    tag: Any,
    min_event: int | str | None = None,
    at_event: int | None = None,
    opts: Row | None = None,
    priority: int | None = None,
    force: bool = False,
) -> Row:
    """The repository of a tag, if there is one new enough; else the request for it.

    ``last`` asks for one as new as the tag; where nothing is told, an older one will do.
    """
    user, world = caller.user(), caller.world
    found = find.the_tag(world, tag)
    if min_event is None:
        wanted = repos.oldest_allowed(world, found)
    else:
        wanted = repos.last_change(world, found) if min_event == "last" else int(min_event)
    repo = repos.ready(world, found, wanted)
    if repo is not None:
        return {"repo": repo_row(world, repo), "request": None, "duplicate": False}
    request, duplicate = caller.builders.kojira.ask(found, user, wanted)
    return {"repo": None, "request": repo_request_row(world, request), "duplicate": duplicate}


def check_repo_request(caller: Caller, req_id: int) -> Row:
    """What became of a request: it has a repository, a task, or nothing yet."""
    world = caller.world
    request = world.repo_requests.get(req_id)
    if request is None:
        raise koji.GenericError("No such request")
    row: Row = {"repo": None, "request": repo_request_row(world, request)}
    if request.repo_id is not None:
        row["repo"] = repo_row(world, world.repos[request.repo_id])
    elif request.task_id is not None:
        row["task"] = task_row(world.tasks[request.task_id])
    return row


METHODS: Final[dict[str, Callable[..., Any]]] = {
    "getRepo": get_repo,
    "repo.checkRequest": check_repo_request,
    "repo.request": request_repo,
}
