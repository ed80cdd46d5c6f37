# SPDX-License-Identifier: GPL-3.0-or-later
"""The builders: they take tasks and finish them by the world's clock, as a scenario wills."""

from collections.abc import Callable, Generator
from heapq import heappop, heappush
from itertools import count
from typing import Any

import koji

from adapters.sandbox.hub import tagging
from adapters.sandbox.hub.buildtask import BuildTask
from adapters.sandbox.hub.choices import Outcome, Recipe, recipe
from adapters.sandbox.hub.kojira import Kojira
from adapters.sandbox.hub.model import BuildState, Problem, RepoRequest, Task, TaskState, User
from adapters.sandbox.hub.statechange import build_changed, task_changed
from adapters.sandbox.hub.world import World

Steps = Generator[float, None, None]
"""What is done to a task; each value is how many seconds pass until it goes on."""


class Builders:
    """``outcome`` says what becomes of a build task, ``recipe`` what its source makes.

    ``repo`` says what becomes of a request for a repository.
    """

    def __init__(
        self,
        world: World,
        *,
        outcome: Callable[[Task], Outcome] = lambda task: Outcome(),  # noqa: ARG005 - all succeed
        recipe: Recipe = recipe,
        repo: Callable[[RepoRequest], Outcome] = lambda request: Outcome(),  # noqa: ARG005 - likewise
    ) -> None:
        self.world = world
        self.outcome = outcome
        self.recipe = recipe
        self.kojira = Kojira(self, repo)
        self._due: list[tuple[float, int, Task | None, Steps]] = []
        self._order = count()

    def work(self) -> None:
        """Do everything that is due by now, each at its time."""
        while self._step():
            pass

    def build(self, request: list[Any], user: User, priority: int) -> Task:
        """Start a task that builds; whatever is wrong with it, it is that task that fails."""
        task = self.add("build", request, user, priority)
        self.later(task, BuildTask(self, task).steps())
        return task

    def tag(self, request: list[Any], user: User, priority: int) -> Task:
        """Start a task that tags."""
        task = self.add("tagBuild", request, user, priority)
        self.later(task, self._tagging(task))
        return task

    def cancel(self, task: Task) -> None:
        """Cancel a task and its children, and its build with it; of a free task nothing is said."""
        if task.state.over:
            return
        self.end(task, TaskState.CANCELED)
        build = self.world.build_of(task.id)
        if build is not None and build.state is BuildState.BUILDING:
            self.turn(build.id, BuildState.CANCELED)
        for child in task.children:
            self.cancel(self.world.tasks[child])

    def later(self, task: Task | None, steps: Steps) -> None:
        """Begin what is done in steps, of a task until that is over, or of none."""
        self._wait(task, steps, next(steps))

    def add(
        self,
        method: str,
        request: list[Any],
        user: User,
        priority: int,
        *,
        parent: Task | None = None,
        label: str | None = None,
    ) -> Task:
        """Add a task; a child is taken up at once."""
        number = self.world.new_id("task")
        task = Task(
            number, method, request, user, self.world.now(), priority,
            parent=parent.id if parent else None, label=label,
        )  # fmt: skip
        self.world.tasks[number] = task
        if parent is not None:
            parent.children.append(number)
            self.open(task)
        return task

    def open(self, task: Task) -> None:
        """Take a task up."""
        task.started = self.world.now()
        for state in (TaskState.ASSIGNED, TaskState.OPEN):
            self._become(task, state)

    def end(self, task: Task, state: TaskState) -> None:
        task.completed = self.world.now()
        self._become(task, state)

    def fail(self, task: Task, error: koji.GenericError) -> None:
        task.problem = Problem(error.faultCode, str(error))
        self.end(task, TaskState.FAILED)

    def turn(self, build_id: int, state: BuildState) -> None:
        """Let a build end in a state, and say so."""
        build = self.world.builds[build_id]
        old, build.state, build.completed = build.state, state, self.world.now()
        self.world.say(lambda: build_changed(self.world, build, old))

    def _become(self, task: Task, state: TaskState) -> None:
        old, task.state = task.state, state
        if is_scratch(task):
            self.world.say(lambda: task_changed(self.world, task, old))

    def _tagging(self, task: Task) -> Steps:
        yield self.outcome(task).pace.pickup
        self.open(task)
        yield self.outcome(task).pace.tag
        tag, build, force, fromtag = task.request[:4]
        world = self.world
        source = world.tags[fromtag] if fromtag else None
        tagging.tag_build(
            world, world.tags[tag], world.builds[build], task.owner, force=force, fromtag=source
        )
        self.end(task, TaskState.CLOSED)

    def _step(self) -> bool:
        """Do the next thing that is due, in a request of its own; False if nothing is."""
        with self.world.request():
            if not self._due or self._due[0][0] > self.world.now():
                return False
            moment, _, task, steps = heappop(self._due)
            with self.world.at(moment):
                self._go_on(task, steps)
        return True

    def _wait(self, task: Task | None, steps: Steps, seconds: float) -> None:
        heappush(self._due, (self.world.now() + seconds, next(self._order), task, steps))

    def _go_on(self, task: Task | None, steps: Steps) -> None:
        """Do the next step of a task, if it was not cancelled; an error of Koji's fails it."""
        if task is not None and task.state.over:
            steps.close()
            return
        try:
            self._wait(task, steps, next(steps))
        except StopIteration:
            return
        except koji.GenericError as error:
            if task is None:
                raise
            self.fail(task, error)


def is_scratch(task: Task) -> bool:
    """Whether a task is the topmost of a scratch build."""
    return task.method == "build" and bool(task.request[2].get("scratch"))
