# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories: how old one may be, which one there is, and who asked for a newer one."""

from collections.abc import Sequence
from typing import Final

import koji

from adapters.sandbox.hub import messages, tagging
from adapters.sandbox.hub.model import Repo, RepoRequest, RepoState, Tag, Task, User
from adapters.sandbox.hub.world import World

_LAG: Final = 3600
_WINDOW: Final = 600
"""Seconds: so much older than its tag a repository may be where nobody says how old, rounded."""


def last_change(world: World, tag: Tag) -> int:
    """Return the last event of a tag, or of one that it inherits from."""
    return max((one.changed for one in tagging.ancestry(world, tag)), default=tag.changed)


def oldest_allowed(world: World, tag: Tag) -> int:
    """Return the event that a repository must not be older than where none is told.

    A change of the last hour need not be in it: so a build misses what was just tagged.
    """
    before = (world.now() - _LAG) // _WINDOW * _WINDOW
    old = next((e for e in reversed(world.events) if world.events[e] < before), tag.versions[0][0])
    return min(old, last_change(world, tag))


def newest(world: World, tag: Tag, state: RepoState = RepoState.READY) -> Repo | None:
    """Return the repository of a tag that was made last, of those in a state."""
    fits = (repo for repo in world.repos.values() if repo.tag is tag and repo.state is state)
    return max(fits, key=lambda repo: repo.created, default=None)


def ready(world: World, tag: Tag, min_event: int) -> Repo | None:
    """Return the newest repository of a tag that is not older than an event."""
    fits = (
        repo
        for repo in world.repos.values()
        if repo.tag is tag and repo.state is RepoState.READY and repo.create_event >= min_event
    )
    return max(fits, key=lambda repo: repo.create_event, default=None)


def ready_with(world: World, tag: Tag, nvrs: Sequence[str], min_event: int) -> Repo | None:
    """Return the newest repository that has these builds, too."""
    wanted = with_builds(world, tag, nvrs, min_event)
    return None if wanted is None else ready(world, tag, wanted)


def with_builds(world: World, tag: Tag, nvrs: Sequence[str], min_event: int) -> int | None:
    """Return the event that a repository with these builds is not older than.

    None while one of them is not in the tag. Of a draft that was promoted since, the NVR is unknown
    and never will be in it.
    """
    held: list[int] = []
    for nvr in nvrs:
        build = world.build_ids.get(_key(nvr), 0)
        rows = (world.listings.active.get((build, one.id)) for one in tagging.ancestry(world, tag))
        row = next(filter(None, rows), None)
        if row is None:
            return None
        held.append(row.create_event)
    return max([min_event, *held])


def ask(world: World, tag: Tag, owner: User, min_event: int) -> tuple[RepoRequest, bool]:
    """Return the request for a repository, and whether it is one that was there before."""
    same = (
        request
        for request in world.repo_requests.values()
        if request.tag is tag and request.active and request.min_event >= min_event
    )
    if (found := next(same, None)) is not None:
        return found, True
    now = world.now()
    request = RepoRequest(world.new_id("repo-request"), tag, owner, min_event, now, now)
    world.repo_requests[request.id] = request
    world.undoable(lambda: world.repo_requests.pop(request.id))
    return request, False


def begin(world: World, tag: Tag, task: Task) -> Repo:
    """Let a task begin a repository of a tag as it is now."""
    repo = world.add_repo(tag.name, state=RepoState.INIT, task_id=task.id)
    repo.begin_event = last_change(world, tag)
    world.say(lambda: messages.repo("repo.init", repo, world.now()))
    return repo


def finish(world: World, repo: Repo) -> None:
    """Let a repository be ready, and whoever waits for such a one have it; older ones stay."""
    repo.state, repo.changed = RepoState.READY, world.now()
    world.say(lambda: messages.repo("repo.done", repo, world.now()))
    for request in world.repo_requests.values():
        if request.tag is repo.tag and request.active and request.min_event <= repo.create_event:
            request.active, request.repo_id, request.updated = False, repo.id, world.now()


def _key(nvr: str) -> tuple[str, str, str]:
    found = koji.parse_NVR(nvr)
    return found["name"], found["version"], found["release"]
