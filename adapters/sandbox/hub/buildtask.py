# SPDX-License-Identifier: GPL-3.0-or-later
"""What a build task goes through: source, SRPM, build row, packages, tag; and where it may end."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Final

import koji

from adapters.sandbox.hub import buildrow, repos, tagging
from adapters.sandbox.hub.choices import SOURCE, Ending, Made, Outcome
from adapters.sandbox.hub.model import Build, BuildState, Repo, Tag, Task, TaskState
from adapters.sandbox.hub.world import World

if TYPE_CHECKING:
    from adapters.sandbox.hub.builders import Builders

_COMMIT: Final = 40
_MOCK: Final = (
    "error building package (arch noarch), mock exited with status 1; "
    "see build.log or root.log for more information"
)


class BuildTask:
    """A task of ``build(source, target, options)``, step by step."""

    def __init__(self, builders: "Builders", task: Task) -> None:
        self._builders = builders
        self._world = builders.world
        self._task = task
        self._source, self._target, self._options = task.request

    def steps(self) -> Generator[float, None, None]:
        outcome = self._builders.outcome(self._task)
        yield outcome.pace.pickup
        self._builders.open(self._task)
        self._task.weight = 0.2
        build_tag, dest_tag = self._tags()
        url = self._resolved()
        repo = yield from self._repo(outcome, build_tag)
        made = yield from self._srpm(outcome, url, repo)
        build = None
        if not self._options.get("scratch"):
            build = buildrow.begin(self._world, self._task, made, url, dest_tag)
        yield from self._packages(outcome, made, repo, build)
        if build is not None and not self._options.get("skip_tag"):
            yield from self._tag(outcome, build, dest_tag)
        self._builders.end(self._task, TaskState.CLOSED)

    def _tags(self) -> tuple[Tag, Tag]:
        """The tags of the target, which may be unknown: ``build()`` did not look."""
        target = self._world.targets.get(self._target)
        if target is None:
            raise koji.GenericError(f"unknown build target: {self._target}")
        return self._world.tags[target.build_tag], self._world.tags[target.dest_tag]

    def _resolved(self) -> str:
        found = SOURCE.match(self._source)
        if found is None:
            raise koji.GenericError(f"Invalid source specification: {self._source}")
        commit = found["commit"]
        full = (commit * _COMMIT)[:_COMMIT] if len(commit) < _COMMIT else commit
        return f"{self._source.rpartition('#')[0]}#{full}"

    def _repo(self, outcome: Outcome, tag: Tag) -> Generator[float, None, Repo]:
        """Take the repository there is, or wait for one, and look less and less often.

        Unless told to wait for one as new as the tag, an older one will do.
        """
        world, nvrs = self._world, self._options.get("wait_builds") or []
        new = repos.last_change if self._options.get("wait_repo") else repos.oldest_allowed
        min_event = new(world, tag)
        repo = repos.ready_with(world, tag, nvrs, min_event)
        if repo is not None:
            return repo
        child = self._child("waitrepo", [tag.name, None, nvrs, min_event], None)
        child.weight = 0.2
        pause = outcome.pace.pickup
        while repo is None:
            if tag.config is None:
                self._broken(child, koji.GenericError(f"No such tagInfo: {tag.name!r}"))
            self._ask(tag, nvrs, min_event)
            yield pause
            pause = min(2 * pause, outcome.pace.arch)
            repo = repos.ready_with(world, tag, nvrs, min_event)
        self._done(child, None)
        return repo

    def _ask(self, tag: Tag, nvrs: list[str], min_event: int) -> None:
        """Ask for a repository, once the builds that it is to have are in the tag."""
        wanted = repos.with_builds(self._world, tag, nvrs, min_event)
        if wanted is not None:
            self._builders.kojira.ask(tag, self._task.owner, wanted)

    def _srpm(self, outcome: Outcome, url: str, repo: Repo) -> Generator[float, None, Made]:
        tag, scratch = repo.tag, self._options.get("scratch")
        request = [self._source, tag.id, {"repo_id": repo.id, "scratch": scratch}]
        child = self._child("buildSRPMFromSCM", request, "srpm")
        yield outcome.pace.srpm
        commit = url.rpartition("#")[2]
        if outcome.ending is Ending.NO_SRPM:
            command = f'Error running GIT command "git reset --hard {commit}"'
            self._broken(child, koji.BuildError(f"{command}, see checkout.log for details"))
        made = self._builders.recipe(self._world, url, _dist(self._world, tag))
        origin = {"source": url, "url": self._source}
        self._done(child, {"source": origin, "srpm": _file(child, made, "src")})
        return made

    def _packages(
        self, outcome: Outcome, made: Made, repo: Repo, build: Build | None
    ) -> Generator[float, None, None]:
        srpm = _file(self._world.tasks[self._task.children[-1]], made, "src")
        request = [srpm, repo.tag.id, "noarch", True, {"repo_id": repo.id}]
        child = self._child("buildArch", request, "noarch")
        yield outcome.pace.arch
        while outcome.ending is Ending.NEVER:
            yield outcome.pace.arch + 1
        if outcome.ending is Ending.FAILED:
            self._builders.fail(child, koji.BuildError(_MOCK))
            self._turn(build, BuildState.FAILED)
            raise koji.BuildError(_MOCK)
        files = {"rpms": [_file(child, made, "noarch")], "srpms": [_file(child, made, "src")]}
        self._done(child, files)
        self._turn(build, BuildState.COMPLETE)

    def _tag(self, outcome: Outcome, build: Build, tag: Tag) -> Generator[float, None, None]:
        """Tag it; if that fails the task does, and the build is complete all the same."""
        child = self._child("tagBuild", [tag.id, build.id, False, None, True], "tag")
        yield outcome.pace.tag
        try:
            if outcome.ending is Ending.NOT_TAGGED:
                raise koji.TagError("tagging refused")
            tagging.tag_build(self._world, tag, build, self._task.owner)
        except koji.GenericError as error:
            self._broken(child, error)
        self._done(child, None)

    def _child(self, method: str, request: list[Any], label: str | None) -> Task:
        self._task.waiting = True
        task, above = self._task, self._task.priority - 1
        return self._builders.add(method, request, task.owner, above, parent=task, label=label)

    def _done(self, child: Task, files: dict[str, Any] | None) -> None:
        logs = [f"tasks/{child.id}/{child.id}/{name}.log" for name in ("build", "root")]
        child.result = None if files is None else {"brootid": 1, "logs": logs, **files}
        self._builders.end(child, TaskState.CLOSED)
        self._task.waiting = False

    def _broken(self, child: Task, error: koji.GenericError) -> None:
        """Fail a child, and by it the task."""
        self._builders.fail(child, error)
        raise error

    def _turn(self, build: Build | None, state: BuildState) -> None:
        if build is not None:
            self._builders.turn(build.id, state)


def _dist(world: World, tag: Tag) -> str:
    """The dist of a build tag: its own, or by the macro that ELN raises at branching."""
    extra = {key: value for key, (value, _) in tagging.inherited(world, tag).items()}
    macro = extra.get("rpm.macro.eln")
    return str(extra.get("rpm.macro.dist", "" if macro is None else f".eln{macro}"))


def _file(task: Task, made: Made, arch: str) -> str:
    return f"tasks/{task.id}/{task.id}/{'-'.join(made)}.{arch}.rpm"
