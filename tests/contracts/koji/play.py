# SPDX-License-Identifier: GPL-3.0-or-later
"""A recorded step about to be played: the hub as it was before, and what is heard of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from adapters.sandbox.hub import Bus, VirtualClock, World, release
from adapters.sandbox.hub.messages import Message
from adapters.sandbox.hub.model import BuildState
from tests.contracts.koji.recorded import Step, steps
from tests.contracts.koji.stage import Session, Stage
from tests.contracts.koji.world import add_users

STEPS = steps()
GIT = "git+https://src.fedoraproject.org/rpms/"
SIDE = "eln-build-side-23"
SIDE_2 = "eln-build-side-31"
TAGGED = re.compile(r"(tag|untag) (\S+) (\S+) user=\S+ owner=(\S+) id=(\d+) pr=")
BUILT = re.compile(r"build\.state\.change (\S+) (\S+)->\d build=(\d+) task=(\S+)")
UNHEARD = ("repo.",)
"""What others asked for."""


class Play:
    """A step on the stage; the builds that the recorded messages speak of are there."""

    def __init__(self, step: Step, on: Stage) -> None:
        self.step, self.stage, self.world = step, on, on.world
        self.heard = [line for line in step.summary if not line.startswith(UNHEARD)]
        self.names = self._make_builds()

    def of(self, user: str) -> Session:
        """The session of a user."""
        return self.stage.session_of(user)

    def build(self, user: str, source: str, target: str, *given: Any) -> int:
        """Build, to the end."""
        number: int = self.of(user).build(GIT + source, target, *given)
        self.stage.settle()
        return number

    def failed(self, nvr: str, state: BuildState = BuildState.FAILED) -> None:
        """Let a build have failed before."""
        self.world.build(nvr).state = state

    def _make_builds(self) -> list[str]:
        """Those tagged and not built in this step; where the first word is of an untag, tagged."""
        names: list[str] = []
        made = {found[1] for found in map(BUILT.match, self.heard) if found and found[2] == "None"}
        for kind, nvr, tag, owner, number in map(_groups, filter(TAGGED.match, self.heard)):
            if nvr not in [*made, *names]:
                names.append(nvr)
                self.make(nvr, owner, int(number))
            if kind == "untag":
                release(self.world, self.world.build(nvr), tag)
        return names

    def make(self, nvr: str, owner: str, number: int) -> None:
        """Make a build, listed everywhere but where the step is about that."""
        name, version, release_ = nvr.rsplit("-", 2)
        if (name, version, release_) not in self.world.build_ids:
            self.world.add_build(name, version, release_, owner=owner, build_id=number)
        if not name.startswith("unlisted"):
            for tag in self.world.tags.values():
                self.world.list_package(tag.name, name)


def _groups(line: str) -> tuple[str | Any, ...]:
    found = TAGGED.match(line)
    assert found is not None
    return found.groups()


def before(step: Step) -> World:
    """The hub before a step, with the ids that it gave next."""
    made = World(VirtualClock(1_795_380_000.0))
    add_users(made)
    for name in ("f41", "f42", "tmp-tag", "f43-old"):
        made.add_tag(name)
    made.add_tag("eln", extra={"rpm.macro.dist": ".eln150"})
    for name in ("f42-updates-candidate", "eln-updates-candidate"):
        made.add_tag(name, open=True, extra={"rpm.macro.dist": ".fc42"})
    for name in (SIDE, SIDE_2):
        made.add_tag(name, parents=("eln",), open=True)
        made.add_target(name, name, name)
    made.add_target("f42-candidate", "f42-updates-candidate", "f42-updates-candidate")
    for target in tuple(made.targets.values()):
        made.add_repo(made.tags[target.build_tag].name)
    for tag in made.tags.values():
        for package in ("good1", "good2", "bad1", "slow1", "pkg005"):
            made.list_package(tag.name, package)
    for found in filter(None, map(BUILT.match, step.summary)):
        if found[2] == "None":
            made.new_id("build", int(found[3]) - 1)
            made.new_id("task", int(found[4]) - 1)
            break
    return made


@contextmanager
def playing(label: str) -> Iterator[Play]:
    """A step about to be played; what the bus carried before is not heard."""
    step = STEPS[label]
    with Stage(before(step)) as on:
        play = Play(step, on)
        play.world.bus = Bus()
        yield play


def line(message: Message) -> str:
    """A message as the steps' summaries tell it."""
    body, kind = message["body"], message["topic"].split("buildsys.")[1]
    match kind:
        case "tag" | "untag":
            nvr = f"{body['name']}-{body['version']}-{body['release']}"
            who = f"user={body['user']} owner={body['owner']} id={body['build_id']}"
            return f"{kind} {nvr} {body['tag']} {who} pr={message['priority']}"
        case "build.state.change":
            nvr = f"{body['name']}-{body['version']}-{body['release']}"
            change = f"{body['old']}->{body['new']}"
            return f"{kind} {nvr} {change} build={body['build_id']} task={body['task_id']}"
        case "task.state.change":
            return f"{kind} {body['method']} {body['old']}->{body['new']} id={body['id']}"
        case "repo.init" | "repo.done":
            return f"{kind} {body['tag']} repo={body['repo_id']}"
        case "build.promote":
            return str(kind)
    return f"{kind} {body['tag']} {body['package']}"


def told(line: str) -> str:
    """A recorded line; of a package only its name, of a promotion nothing: that has none."""
    if line.startswith("package.list.change"):
        tag, package = re.findall(r'"(?:tag|package)": "([^"]+)"', line)
        return f"package.list.change {tag} {package}"
    return line.partition(" {")[0]


def numberless(line: str) -> str:
    """A line without the ids of tasks and repositories: others had those made, too."""
    return re.sub(r"(task=|repo=|task.state.change.* id=)\d+", r"\1#", line)
