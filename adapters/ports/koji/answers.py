# SPDX-License-Identifier: GPL-3.0-or-later
"""What a hub answers: tags, builds, repositories, tasks."""

from datetime import datetime
from enum import IntEnum
from typing import Any

from msgspec import Struct

from adapters.ports.koji.errors import KojiError


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


class RepoState(IntEnum):
    INIT = 0
    READY = 1
    EXPIRED = 2
    DELETED = 3
    PROBLEM = 4


class TagInfo(Struct, frozen=True, gc=False):
    """A tag. A rename keeps the id; a tag deleted and made anew has it again."""

    id: int
    name: str


class Event(Struct, frozen=True, gc=False):
    """An event of the hub. Ids are not in the order of commits: a lower one may appear later."""

    id: int
    ts: datetime


class TagRow(Struct, frozen=True, gc=False):
    """A row of a tag's history: a build was tagged and, with ``revoke_event``, untagged again.

    ``tag`` is the tag's present name, also in rows from before it was renamed.
    """

    build_id: int
    tag_id: int
    tag: str
    name: str
    version: str
    release: str
    create_event: int
    create_ts: datetime
    creator: str
    revoke_event: int | None = None
    revoke_ts: datetime | None = None
    revoker: str | None = None

    @property
    def nvr(self) -> str:
        """The build's name, version and release; a draft's is that of its promotion, once done."""
        return f"{self.name}-{self.version}-{self.release}"


class TaggedBuild(Struct, frozen=True, gc=False):
    """A build that a tag holds, since the event of its tagging."""

    build_id: int
    name: str
    nvr: str
    tag_id: int
    tag: str
    create_event: int
    state: BuildState
    task_id: int | None = None


class BuildSource(Struct, frozen=True, gc=False):
    """A build and the commit it was built from; an import has neither source nor task.

    A draft has an NVR of its own until it is promoted; its id stays. What was built as a draft and
    is none was promoted.
    """

    build_id: int
    name: str
    nvr: str
    state: BuildState
    source: str | None = None
    task_id: int | None = None
    completion: datetime | None = None
    draft: bool = False


class SideTag(Struct, frozen=True, gc=False):
    """A tag of one's own, with a target of its name. A number in the name need not be the id."""

    id: int
    name: str


class RepoRequest(Struct, frozen=True, gc=False):
    """That a repository is wanted: done with ``repo_id``, failed if neither that nor ``active``.

    Without ``id`` nobody had to ask: the repository was there.
    """

    id: int | None
    repo_id: int | None
    active: bool


class BuildTarget(Struct, frozen=True, gc=False):
    """Where builds come from and go to."""

    id: int
    name: str
    build_tag: TagInfo
    dest_tag: TagInfo


class RepoInfo(Struct, frozen=True, gc=False):
    """A repository that builds are made with; kojira makes one after its tag has changed."""

    id: int
    created: datetime
    state: RepoState


class TaskInfo(Struct, frozen=True, gc=False):
    """A task; ``request`` only where it was asked for."""

    id: int
    method: str
    state: TaskState
    owner: int
    created: datetime
    started: datetime | None = None
    completion: datetime | None = None
    request: tuple[Any, ...] | None = None


class Submitted(Struct, frozen=True):
    """What became of one ``build()``: its task, or the error in its place."""

    source: str
    task_id: int | None = None
    error: KojiError | None = None


class User(Struct, frozen=True, gc=False):
    id: int
    name: str
