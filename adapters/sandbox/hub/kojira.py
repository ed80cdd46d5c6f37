# SPDX-License-Identifier: GPL-3.0-or-later
"""Kojira: makes the repositories that were asked for, each by a task of its own."""

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Final

import koji

from adapters.sandbox.hub import repos
from adapters.sandbox.hub.choices import Ending, Outcome
from adapters.sandbox.hub.model import Repo, RepoRequest, RepoState, Tag, Task, TaskState, User

if TYPE_CHECKING:
    from adapters.sandbox.hub.builders import Builders

_PRIORITY: Final = 15
_TRIES: Final = 4
"""So many tasks of a request may fail before it does."""
_BEGINNING: Final = 0.1
"""The part of the time until a task waits for those of the architectures."""


class Kojira:
    """``outcome`` says how the next task of a request ends: COMPLETE, NEVER, or else it fails."""

    def __init__(self, builders: "Builders", outcome: Callable[[RepoRequest], Outcome]) -> None:
        self.outcome = outcome
        self._builders = builders
        self._world = builders.world

    def ask(self, tag: Tag, owner: User, min_event: int) -> tuple[RepoRequest, bool]:
        """Ask for a repository not older than an event; whether somebody did before."""
        request, duplicate = repos.ask(self._world, tag, owner, min_event)
        if not duplicate:
            self._builders.later(None, self._serve(request))
        return request, duplicate

    def _serve(self, request: RepoRequest) -> Generator[float, None, None]:
        """Try until the request is over: by its own task, or by one that was for another."""
        while _is_wanted(request):
            outcome = self.outcome(request)
            yield outcome.pace.pickup
            if _is_wanted(request):
                yield from self._make(request, outcome)
        request.active = False

    def _make(self, request: RepoRequest, outcome: Outcome) -> Generator[float, None, None]:
        task = self._task(request)
        repo = repos.begin(self._world, request.tag, task)
        yield _BEGINNING * outcome.pace.repo
        self._divide(task, repo)
        yield (1 - _BEGINNING) * outcome.pace.repo
        while outcome.ending is Ending.NEVER and not task.state.over:
            yield outcome.pace.repo + 1
        if task.state.over:
            repo.state = RepoState.PROBLEM
        elif outcome.ending is Ending.COMPLETE:
            repos.finish(self._world, repo)
            self._end(task, TaskState.CLOSED)
        else:
            repo.state = RepoState.PROBLEM
            self._end(task, TaskState.FAILED)

    def _task(self, request: RepoRequest) -> Task:
        kojira = self._world.user("kojira")
        task = self._builders.add("newRepo", [request.tag.name], kojira, _PRIORITY)
        self._builders.open(task)
        request.task_id, request.updated = task.id, self._world.now()
        request.tries += 1
        return task

    def _divide(self, task: Task, repo: Repo) -> None:
        """Let there be a task for each architecture, as long as somebody did not cancel it all."""
        config = repo.tag.config
        if task.state.over or config is None:
            return
        task.waiting = True
        for arch in (config.arches or "").split():
            request = [repo.id, arch, None]
            self._builders.add(
                "createrepo", request, task.owner, _PRIORITY - 1, parent=task, label=arch
            )

    def _end(self, task: Task, state: TaskState) -> None:
        for one in (*(self._world.tasks[child] for child in task.children), task):
            if state is TaskState.FAILED:
                self._builders.fail(one, koji.GenericError("failed to create the repository"))
            else:
                self._builders.end(one, state)


def _is_wanted(request: RepoRequest) -> bool:
    return request.active and request.tries < _TRIES and request.tag.config is not None
