# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of the hub, and the rules of it that hold whoever asks."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from adapters.sandbox.hub.listings import Listings
from adapters.sandbox.hub.messages import Bus
from adapters.sandbox.hub.model import (
    Build,
    BuildState,
    Config,
    Extra,
    Listed,
    Repo,
    RepoRequest,
    RepoState,
    Tag,
    Target,
    Task,
    User,
)
from adapters.sandbox.hub.transactions import Transactions

Clock = Callable[[], float]


class World(Transactions):
    """Everything a hub knows. Its methods are what a scenario sets up; ``tagging`` moves builds.

    Ids count up; one may be given, and the next goes on behind it. What is done within ``at`` has
    that time. Without a bus no message is made: so a past is set up.

    What others do at the same moment is told: ``crowded``, others make tags too, and the number in
    a new side tag's name is not its id; ``promoting``, another transaction is about to give a
    draft this name, version and release.
    """

    def __init__(
        self, clock: Clock = time.time, *, bus: Bus | None = None, first_event: int = 1
    ) -> None:
        super().__init__(bus)
        self.events: dict[int, float] = {}
        self.users: dict[str, User] = {}
        self.tags: dict[int, Tag] = {}
        self.tag_ids: dict[str, int] = {}
        self.targets: dict[str, Target] = {}
        self.packages: dict[str, int] = {}
        self.builds: dict[int, Build] = {}
        self.build_ids: dict[tuple[str, str, str], int] = {}
        self.made_of: dict[str, int] = {}
        self.made_by: dict[int, int] = {}
        self.tasks: dict[int, Task] = {}
        self.repos: dict[int, Repo] = {}
        self.repo_requests: dict[int, RepoRequest] = {}
        self.crowded = False
        self.promoting: set[tuple[str, str, str]] = set()
        self.listings = Listings()
        self._clock = clock
        self._at: float | None = None
        self._last: dict[str, int] = defaultdict(int, event=first_event - 1)

    def now(self) -> float:
        """The time; while ``at`` is open, that one."""
        return self._clock() if self._at is None else self._at

    @contextmanager
    def at(self, moment: float) -> Iterator[None]:
        """Let what is done meanwhile have happened at this moment."""
        before, self._at = self._at, moment
        try:
            yield
        finally:
            self._at = before

    def event(self) -> int:
        """Return a new event. Ids are taken at once, but may be committed later (``hold``)."""
        number = self.new_id("event")
        self.events[number] = self.now()
        self.withhold(number)
        return number

    def last_event(self) -> int:
        """Return the last event that is committed."""
        return next((e for e in reversed(self.events) if e not in self.withheld), 0)

    def new_id(self, kind: str, given: int | None = None) -> int:
        """Return the id given or the next of its kind; later ones come after it."""
        with self.lock:
            number = self._last[kind] + 1 if given is None else given
            self._last[kind] = max(self._last[kind], number)
            return number

    def add_user(
        self, name: str, *perms: str, user_id: int | None = None, password: str | None = None
    ) -> User:
        """Add a user, whose password is his name unless told."""
        number = self.new_id("user", user_id)
        user = User(number, name, name if password is None else password, set(perms))
        self.users[name] = user
        return user

    def user(self, name: str) -> User:
        """Return a user, who is added if unknown."""
        return self.users.get(name) or self.add_user(name)

    def add_tag(self, name: str, *, tag_id: int | None = None, **config: Any) -> Tag:
        """Add a tag, by names of its ``parents``. One of a name deleted before gets its id."""
        parents = tuple(self.tag(parent).id for parent in config.pop("parents", ()))
        version = (self.event(), Config(parents=parents, **config))
        if name in self.tag_ids:
            tag = self.tags[self.tag_ids[name]]
            tag.versions.append(version)
        else:
            tag = Tag(self.new_id("tag", tag_id), name, [version])
            self.tags[tag.id], self.tag_ids[name] = tag, tag.id
        return tag

    def tag(self, name: str) -> Tag:
        """Return a tag that was not deleted."""
        tag = self.tags[self.tag_ids[name]]
        if tag.config is None:
            raise KeyError(name)
        return tag

    def add_target(
        self, name: str, build_tag: str, dest_tag: str, *, target_id: int | None = None
    ) -> Target:
        """Add a build target."""
        number = self.new_id("target", target_id)
        target = Target(number, name, self.tag(build_tag).id, self.tag(dest_tag).id)
        self.targets[name] = target
        return target

    def add_repo(
        self, tag: str, *, state: RepoState = RepoState.READY, task_id: int | None = None
    ) -> Repo:
        """Add a repository of a tag, silently, as of the last event."""
        number, now = self.new_id("repo"), self.now()
        begin, task = self.last_event(), self.new_id("task", task_id)
        repo = Repo(number, self.tag(tag), begin, self.event(), now, task, state, now)
        self.repos[number] = repo
        return repo

    def package_id(self, name: str) -> int:
        """Return the id of a package, which is added if unknown."""
        return self.packages.setdefault(name, len(self.packages) + 1)

    def list_package(
        self, tag: str, name: str, *, owner: str = "packager", blocked: bool = False
    ) -> None:
        """Put a package on the list of a tag, silently."""
        self.tag(tag).packages[self.package_id(name)] = Listed(self.user(owner), blocked)

    def add_build(
        self,
        name: str,
        version: str,
        release: str,
        *,
        owner: str = "packager",
        state: BuildState = BuildState.COMPLETE,
        build_id: int | None = None,
        task_id: int | None = None,
        source: str | None = None,
        extra: Extra | None = None,
        draft: bool = False,
    ) -> Build:
        """Add a build, silently. Koji knows where it is from by its extra too."""
        now = self.now()
        extra = extra or ({"source": {"original_url": source}} if source else None)
        number = self.new_id("build", build_id)
        build = Build(
            number, self.package_id(name), name, version, release, self.user(owner), state,
            self.event(), now, now, None if state is BuildState.BUILDING else now,
            task_id, source, extra, draft=draft,
        )  # fmt: skip
        if draft:
            build.release = f"{release},draft_{number}"
        self.keep(build)
        self.undoable(lambda: self._forget(build))
        return build

    def keep(self, build: Build) -> None:
        """Keep a build, to be found by id, NVR and task, and the first of a source by that."""
        self.builds[build.id] = build
        self.build_ids[build.name, build.version, build.release] = build.id
        if build.source is not None:
            self.made_of.setdefault(build.source, build.id)
        if build.task_id is not None:
            self.made_by[build.task_id] = build.id

    def _forget(self, build: Build) -> None:
        """Take back what ``keep`` did."""
        del self.builds[build.id]
        del self.build_ids[build.name, build.version, build.release]
        self.made_by.pop(build.task_id or 0, None)
        if self.made_of.get(build.source or "") == build.id:
            del self.made_of[str(build.source)]

    def build_of(self, task_id: int) -> Build | None:
        """Return the build of a task, None if it has none, or another task took it over."""
        build = self.builds.get(self.made_by.get(task_id, 0))
        return build if build is not None and build.task_id == task_id else None

    def build(self, nvr: str) -> Build:
        """Return a build by its NVR."""
        name, version, release = nvr.rsplit("-", 2)
        return self.builds[self.build_ids[name, version, release]]
