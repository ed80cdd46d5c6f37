# SPDX-License-Identifier: GPL-3.0-or-later
"""Koji as the use cases see it: what a hub is asked, what it is told, its answers and errors.

::

    EbsError
    └── KojiError
        ├── KojiTransient   nothing was done, and the same call may succeed later (DependencyDown)
        ├── KojiPermanent   nothing was done, and the same call will fail again
        │   └── KojiDenied  likewise, for want of a login or permission (NotPermitted)
        └── KojiAmbiguous   a write whose answer was lost: look what became of it, never repeat it
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any, Protocol

from msgspec import Struct

from adapters.errors import DependencyDown, NotPermitted
from domain.errors import EbsError

Progress = Callable[[int, int], object]
"""Called with how many are done, and how many there are."""


class KojiError(EbsError):
    """A call failed; ``code`` is the hub's fault code, None where it did not get to answer."""

    def __init__(self, what: str, *, why: str = "", do: str = "", code: int | None = None) -> None:
        super().__init__(what, why=why, do=do)
        self.code = code

    def __repr__(self) -> str:
        """With the reason, for it is what a log shows of an attempt that failed."""
        return f"{type(self).__name__}({str(self)!r})"


class KojiTransient(KojiError, DependencyDown):
    """Nothing was done; the same call may succeed later."""


class KojiPermanent(KojiError):
    """Nothing was done; the same call will fail again."""


class KojiDenied(KojiPermanent, NotPermitted):
    """The hub knows who asks, or does not, and says no."""


class KojiAmbiguous(KojiError):
    """A write whose answer was lost: it may have been done."""


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
    """A build and the commit it was built from; an import has neither source nor task."""

    build_id: int
    name: str
    nvr: str
    state: BuildState
    source: str | None = None
    task_id: int | None = None
    completion: datetime | None = None


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
    parent: int | None = None
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


class Koji(Protocol):
    """A hub. Every method raises KojiTransient where it does not answer, KojiPermanent where it
    refuses; only what writes raises KojiAmbiguous, when its answer was lost.
    """

    def tag(self, name: str | int) -> TagInfo | None:
        """Return the tag of this name or id, None where there is none (any more)."""

    def tag_history(
        self, tag: str | int, after_event: int | None = None, *, progress: Progress | None = None
    ) -> list[TagRow]:
        """Return what was tagged and untagged after an event, by event; give the tag by id.

        Raises KojiPermanent where there never was such a tag.
        """

    def build_histories(
        self, build_ids: Collection[int], progress: Progress | None = None
    ) -> dict[int, list[TagRow]]:
        """Return all that each build was ever tagged into, by event, whichever the tag.

        A build that the hub does not know has no row.
        """

    def tagged(self, tag: str | int, event: int | None = None) -> list[TaggedBuild]:
        """Return all builds in the tag itself but drafts, not only the latest of each package.

        Raises KojiPermanent where there is no such tag.
        """

    def sources(
        self, build_ids: Collection[int], progress: Progress | None = None
    ) -> dict[int, BuildSource | None]:
        """Return each build with its source, None where the hub does not know it."""

    def tags_of(
        self, build_ids: Collection[int], progress: Progress | None = None
    ) -> dict[int, list[TagInfo] | None]:
        """Return the tags each build is in now, None where the hub does not know the build."""

    def last_event(self) -> Event:
        """Return the newest event that is visible; older ones may still become so."""

    def event_before(self, moment: datetime) -> int:
        """Return the highest event from before an instant of the hub's clock, 0 without one."""

    def hub_clock(self) -> datetime:
        """Return the hub's time, by its web server, in whole seconds."""

    def build_target(self, name: str) -> BuildTarget | None:
        """Return the target of this name, None where there is none."""

    def newest_repo(self, tag_id: int) -> RepoInfo | None:
        """Return the ready repository of a tag that was made last, None without one.

        Raises KojiPermanent where there is no such tag.
        """

    def dist(self, build_tag: str | int, event: int | None = None) -> str | None:
        """Return the dist (``eln142``) of a build tag, inherited or its own; None without one."""

    def submit(
        self,
        sources: Sequence[str],
        target: str,
        opts: Mapping[str, Any],
        priority: int | None = None,
        *,
        progress: Progress | None = None,
    ) -> list[Submitted]:
        """Have each source built, in the order given; raises nothing, each error is in its place.

        Where a request fails, what was to follow it is not sent.
        """

    def task_infos(
        self, task_ids: Collection[int], progress: Progress | None = None
    ) -> dict[int, TaskInfo | None]:
        """Return each task, None where the hub does not know it."""

    def task_children(self, task_id: int) -> list[TaskInfo]:
        """Return the direct children of a task, the oldest first."""

    def cancel(self, task_id: int) -> None:
        """Cancel a task with its children; one that is over stays as it is."""

    def build_tasks(self, owner: int, since: datetime) -> list[TaskInfo]:
        """Return the owner's ``build`` tasks since an instant of the hub's clock, newest first.

        Each bears its request: the source, the target, and the options where any were given.
        """

    def builds_of_tasks(
        self, task_ids: Collection[int], progress: Progress | None = None
    ) -> dict[int, BuildSource | None]:
        """Return the build that each task makes or made, None where it has none.

        It has none before its SRPM is made, nor any more once its build, that failed, was taken
        over by a later task: Koji then keeps the build's id.
        """

    def task_faults(
        self, task_ids: Collection[int], progress: Progress | None = None
    ) -> dict[int, str]:
        """Return why each task that failed or was cancelled did not succeed, in Koji's words.

        Any other task, not finished, successful or unknown, is left out.
        """

    def whoami(self) -> User | None:
        """Return who is logged in, None where nobody is."""

    def permissions(self) -> tuple[str, ...]:
        """Return the permissions of who is logged in."""
