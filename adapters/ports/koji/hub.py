# SPDX-License-Identifier: GPL-3.0-or-later
"""A hub: what it is asked, and what it is told."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from adapters.ports.koji.answers import (
    BuildSource,
    BuildTarget,
    Event,
    RepoInfo,
    RepoRequest,
    SideTag,
    Submitted,
    TaggedBuild,
    TagInfo,
    TagRow,
    TaskInfo,
    User,
)
from adapters.ports.koji.errors import KojiError

Progress = Callable[[int, int], object]
"""Called with how many are done, and how many there are."""


class Koji(Protocol):
    """A hub. Every method raises KojiTransient where it does not answer, KojiPermanent where it
    refuses; only what writes raises KojiAmbiguous, when its answer was lost.
    """

    def close(self) -> None:
        """End the session of this thread; it may be used again."""

    def tag(self, name: str | int) -> TagInfo | None:
        """Return the tag of this name or id, None where there is none (any more)."""

    def tags(self) -> list[TagInfo]:
        """Return every tag that there is now."""

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
        """Return each build with its source, None where the hub does not know it.

        So it is seen, too, whether a draft was promoted.
        """

    def last_event(self) -> Event:
        """Return the newest event that is visible; older ones may still become so.

        It bears the time of the hub's database, as do tasks: what is asked for after it is later.
        """

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

    def side_tags(self, base: str | int, user_id: int) -> list[SideTag]:
        """Return the side tags of a user that inherit from a tag.

        Raises KojiPermanent where there is no such tag or user.
        """

    def create_side_tag(self, base: str | int) -> SideTag:
        """Have a side tag made. Asked twice it makes two: after KojiAmbiguous look for a new one.

        Raises KojiPermanent where there is no such tag.
        """

    def remove_side_tag(self, tag_id: int) -> None:
        """Remove a side tag of ours; one that is gone is removed.

        What is in it is untagged, and a draft stays a draft. Raises KojiDenied if it is not ours.
        """

    def tag_builds(
        self, tag_id: int, build_ids: Collection[int], progress: Progress | None = None
    ) -> dict[int, KojiError | None]:
        """Have builds tagged, and return what kept Koji from each, None where nothing did.

        Koji tags by tasks: until these are over, the builds are not ``tagged``, and a repository
        that is asked for does not hold them. That a build is in the tag already is no error.
        Raises nothing; where a request fails, what was to follow it is not sent.
        """

    def request_repo(self, tag_id: int) -> RepoRequest:
        """Ask for a repository that is as new as the tag, unless there is one.

        Asked twice, Koji tells of the first request; so it is repeated like a question.
        Raises KojiPermanent where there is no such tag.
        """

    def repo_request(self, request_id: int) -> RepoRequest:
        """Return what became of a request for a repository.

        One that Koji does not know has failed: it forgets them some time after they are over.
        """

    def promote(
        self, build_ids: Collection[int], progress: Progress | None = None
    ) -> dict[int, KojiError | None]:
        """Promote drafts, and return what kept Koji from each, None where nothing did.

        That a build is no draft is no error. KojiTransient where somebody else is just promoting
        to the same NVR. Raises nothing; where a request fails, what was to follow it is not sent.
        """

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

    def cancel(self, task_id: int) -> None:
        """Cancel a task with its children; one that is over stays as it is."""

    def build_tasks(self, owner: int, since: datetime, after: int = 0) -> list[TaskInfo]:
        """Return the owner's ``build`` tasks since an instant of the hub's time, newest first.

        Those ``after`` a task have a higher id. Each bears its request: the source, the target, and
        the options where any were given.
        """

    def newest_build_task(self, owner: int) -> int:
        """Return the id of the owner's ``build`` task that is the newest, 0 where there is none.

        Whatever is asked for from now on has a higher one.
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
