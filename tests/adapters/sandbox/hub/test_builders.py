# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a build, by a clock that the scenario moves."""

import koji
import pytest

from adapters.sandbox.hub import Builders, Ending, Outcome, Pace, VirtualClock, World
from adapters.sandbox.hub.model import BuildState, Task, TaskState
from tests.adapters.sandbox.hub.conftest import source, told

PACE = Pace(pickup=1, srpm=10, arch=60, tag=1)


def ending(how: Ending) -> Outcome:
    """An outcome at a known pace."""
    return Outcome(how, PACE)


def built(world: World, clock: VirtualClock, how: Ending, seconds: float = 100) -> Task:
    """A build of bash for ELN, after some time."""
    builders = Builders(world, outcome=lambda task: ending(how))
    task = builders.build([source("bash"), "eln", {}], world.user("ebs"), 20)
    clock.advance(seconds)
    builders.work()
    return task


def test_a_build_goes_through_its_stages_in_time(world: World, clock: VirtualClock) -> None:
    """Free, open with an SRPM, with a build row, complete, tagged: each at its second."""
    builders = Builders(world, outcome=lambda task: ending(Ending.COMPLETE))
    task = builders.build([source("bash"), "eln", {}], world.user("ebs"), 20)
    seen = []
    for seconds in (0.5, 1, 10, 60, 1):
        clock.advance(seconds)
        builders.work()
        seen.append((task.state.name, len(task.children), len(told(world))))

    assert seen == [
        ("FREE", 0, 0),
        ("OPEN", 1, 0),
        ("OPEN", 2, 1),
        ("OPEN", 3, 2),
        ("CLOSED", 3, 3),
    ]
    assert told(world) == [
        "build.state.change 0",
        "build.state.change 1",
        "tag eln-updates-candidate",
    ]


def test_everything_has_the_time_it_was_due(world: World, clock: VirtualClock) -> None:
    """Looked at much later, a build was complete when it was due, not when somebody looked."""
    began = clock()
    built(world, clock, Ending.COMPLETE, seconds=100_000)

    assert world.build("bash-5.2-1.eln142").completed == began + 71


def test_the_dist_is_that_of_the_build_tag(world: World, clock: VirtualClock) -> None:
    """A source known upstream makes the same version and release, with ELN's dist of now."""
    built(world, clock, Ending.COMPLETE)

    assert world.build("bash-5.2-1.eln142").source == source("bash")


def test_without_an_srpm_there_is_no_build_and_no_word(world: World, clock: VirtualClock) -> None:
    """A task that fails early leaves nothing but itself."""
    task = built(world, clock, Ending.NO_SRPM)

    assert task.state is TaskState.FAILED
    assert len(world.builds) == 1
    assert told(world) == []


def test_a_failed_build_keeps_its_id_when_built_again(world: World, clock: VirtualClock) -> None:
    """Built again after a failure, the row is the same and has a new task."""
    first = built(world, clock, Ending.FAILED)
    number = world.build("bash-5.2-1.eln142").id
    assert world.build("bash-5.2-1.eln142").state is BuildState.FAILED
    second = built(world, clock, Ending.COMPLETE)

    again = world.build("bash-5.2-1.eln142")
    assert (again.id, again.task_id, again.state) == (number, second.id, BuildState.COMPLETE)
    assert (world.build_of(first.id), world.build_of(second.id)) == (None, again)
    assert first.problem is not None
    assert first.problem.code == koji.BuildError.faultCode


def test_a_complete_build_is_not_built_twice(world: World, clock: VirtualClock) -> None:
    """The second task fails, and says which build there is."""
    built(world, clock, Ending.COMPLETE)
    task = built(world, clock, Ending.COMPLETE)

    assert task.problem is not None
    assert task.problem.text.startswith("Build already exists (id=2, state=COMPLETE)")


def test_a_build_may_be_complete_and_its_task_failed(world: World, clock: VirtualClock) -> None:
    """If only the tagging fails, the build is there and not tagged."""
    task = built(world, clock, Ending.NOT_TAGGED)

    assert task.state is TaskState.FAILED
    assert world.build("bash-5.2-1.eln142").state is BuildState.COMPLETE
    assert told(world) == ["build.state.change 0", "build.state.change 1"]


def test_a_build_may_never_end(world: World, clock: VirtualClock) -> None:
    """Whatever time passes, it is still open."""
    assert built(world, clock, Ending.NEVER, seconds=86_400).state is TaskState.OPEN


def test_a_cancelled_task_cancels_its_build(world: World, clock: VirtualClock) -> None:
    """The build is cancelled, its message sent, and nothing more comes of it."""
    builders = Builders(world, outcome=lambda task: ending(Ending.COMPLETE))
    task = builders.build([source("bash"), "eln", {}], world.user("ebs"), 20)
    clock.advance(30)
    builders.work()
    builders.cancel(task)
    clock.advance(1000)
    builders.work()

    assert world.build("bash-5.2-1.eln142").state is BuildState.CANCELED
    assert {world.tasks[child].state for child in task.children} == {
        TaskState.CLOSED,
        TaskState.CANCELED,
    }
    assert told(world) == ["build.state.change 0", "build.state.change 4"]


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (["git+https://example.org/x", "eln", {}], "Invalid source specification: "),
        ([source("bash"), "nosuch", {}], "unknown build target: nosuch"),
        ([source("zsh"), "eln", {}], "package zsh not in list for tag eln-updates-candidate"),
    ],
)
def test_a_bad_request_fails_as_a_task(
    world: World, clock: VirtualClock, request_: list[object], text: str
) -> None:
    """``build()`` looks at nothing; the task finds out."""
    builders = Builders(world, outcome=lambda task: ending(Ending.COMPLETE))
    task = builders.build(request_, world.user("ebs"), 20)
    clock.advance(100)
    builders.work()

    assert task.problem is not None
    assert task.problem.text.startswith(text)
