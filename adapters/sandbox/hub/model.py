# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hub keeps: rows of Koji's tables, as far as the service can tell them apart."""

from enum import IntEnum
from typing import Any

from msgspec import Struct, field

Extra = dict[str, Any]


class BuildState(IntEnum):
    BUILDING = 0
    COMPLETE = 1
    DELETED = 2
    FAILED = 3
    CANCELED = 4


class TaskState(IntEnum):
    FREE = 0
    OPEN = 1
    CLOSED = 2
    CANCELED = 3
    ASSIGNED = 4
    FAILED = 5

    @property
    def over(self) -> bool:
        """Whether nothing more comes of the task."""
        return self in {TaskState.CLOSED, TaskState.CANCELED, TaskState.FAILED}


class User(Struct):
    """A user; ``perms`` are Koji's permissions, of which ``admin`` implies every other."""

    id: int
    name: str
    password: str
    perms: set[str] = field(default_factory=set)
    enabled: bool = True

    def may(self, perm: str) -> bool:
        return perm in self.perms or "admin" in self.perms


class Config(Struct, frozen=True):
    """What Koji keeps of a tag with its history; ``parents`` are tag ids, the first wins.

    ``open`` stands for the hub's policy: whoever is logged in may tag into it and untag from it.
    """

    arches: str | None = "x86_64 aarch64"
    locked: bool = False
    perm: str | None = None
    extra: Extra = {}
    parents: tuple[int, ...] = ()
    open: bool = False


class Listed(Struct, frozen=True):
    """A package on the list of a tag."""

    owner: User
    blocked: bool = False


class Tag(Struct):
    """A tag. Its id survives renaming, deletion and making it anew; its name has no history.

    ``touched`` is the last event of the builds it holds: tagged, untagged or promoted.
    """

    id: int
    name: str
    versions: list[tuple[int, Config | None]]
    packages: dict[int, Listed] = field(default_factory=dict)
    touched: int = 0

    @property
    def changed(self) -> int:
        """The last event of the tag itself, whatever it inherits."""
        return max(self.touched, self.versions[-1][0])

    def touch(self, event: int) -> None:
        self.touched = max(self.touched, event)

    @property
    def config(self) -> Config | None:
        """The configuration of now, None if the tag was deleted."""
        return self.versions[-1][1]

    def config_at(self, event: int | None) -> Config | None:
        """The configuration as of an event, None if there was no such tag then."""
        if event is None:
            return self.config
        return next((config for since, config in reversed(self.versions) if since <= event), None)


class RepoState(IntEnum):
    INIT = 0
    READY = 1
    EXPIRED = 2
    DELETED = 3
    PROBLEM = 4


class Repo(Struct):
    """A repository of a tag as it was at ``begin_event``, made by kojira's task.

    ``changed`` is when it got into its state.
    """

    id: int
    tag: Tag
    begin_event: int
    create_event: int
    created: float
    task_id: int
    state: RepoState
    changed: float


class RepoRequest(Struct):
    """That somebody wants a repository of a tag, not older than an event.

    It is over once it is not active any more: with a repository, or, after too many tries, without.
    """

    id: int
    tag: Tag
    owner: User
    min_event: int
    created: float
    updated: float
    active: bool = True
    repo_id: int | None = None
    task_id: int | None = None
    tries: int = 0


class Target(Struct, frozen=True):
    id: int
    name: str
    build_tag: int
    dest_tag: int


class Build(Struct):
    """A build; times are seconds since the epoch. A failed one keeps its id when built again.

    The release of a draft ends in its id, until it is promoted.
    """

    id: int
    package_id: int
    name: str
    version: str
    release: str
    owner: User
    state: BuildState
    creation_event: int
    created: float
    started: float
    completed: float | None
    task_id: int | None = None
    source: str | None = None
    extra: Extra | None = None
    epoch: int | None = None
    draft: bool = False
    promotion: "Promotion | None" = None

    @property
    def nvr(self) -> str:
        """The build's name, version and release."""
        return f"{self.name}-{self.version}-{self.release}"


class Promotion(Struct, frozen=True):
    """Who made a build of a draft, and when."""

    user: User
    event: int
    moment: float


class Listing(Struct):
    """A row of tag_listing: a build tagged by somebody at an event, and the end of that."""

    build: Build
    tag: Tag
    create_event: int
    creator: User
    revoke_event: int | None = None
    revoker: User | None = None

    def holds(self, event: int) -> bool:
        """Whether the build was in the tag at an event."""
        ended = self.revoke_event
        return self.create_event <= event and (ended is None or ended > event)


class Problem(Struct, frozen=True):
    """Why a task failed, as its result tells."""

    code: int
    text: str


class Task(Struct):
    """A task; ``request`` is what it was called with, ``problem`` why it failed."""

    id: int
    method: str
    request: list[Any]
    owner: User
    created: float
    priority: int
    parent: int | None = None
    label: str | None = None
    state: TaskState = TaskState.FREE
    started: float | None = None
    completed: float | None = None
    waiting: bool | None = None
    weight: float = 1.0
    result: Any = None
    problem: Problem | None = None
    children: list[int] = field(default_factory=list)
