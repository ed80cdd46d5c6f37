# SPDX-License-Identifier: GPL-3.0-or-later
"""A hub in the words of the use cases: their questions as calls, its answers as Structs."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import count
from operator import attrgetter
from typing import Any

from adapters.koji import answers
from adapters.koji.options import HubOptions
from adapters.koji.session import Call, Sessions
from adapters.ports.koji import (
    BuildSource,
    BuildTarget,
    Event,
    KojiError,
    KojiPermanent,
    KojiTransient,
    Progress,
    Submitted,
    TaggedBuild,
    TagInfo,
    TagRow,
    TaskInfo,
    User,
)


class KojiHub:
    """Answers the port ``Koji``; for any number of threads."""

    def __init__(self, options: HubOptions) -> None:
        self._hub = Sessions(options)
        self._page = options.batch

    def close(self) -> None:
        """Log out, of the session of this thread."""
        self._hub.close()

    # --- tags ----------------------------------------------------------------------------------

    def tag(self, name: str | int) -> TagInfo | None:
        """``getTag``: its own extra and nothing inherited, so nothing but id and name is told."""
        found = self._hub.call("getTag", name)
        return None if found is None else answers.tag(found)

    def tag_history(
        self, tag: str | int, after_event: int | None = None, *, progress: Progress | None = None
    ) -> list[TagRow]:
        """``queryHistory`` answers unsorted; one call for a whole tag is faster than per build."""
        since: dict[str, Any] = {} if after_event is None else {"afterEvent": after_event}
        found = self._hub.call("queryHistory", tables=["tag_listing"], tag=tag, **since)
        rows = sorted(
            map(answers.tag_row, found["tag_listing"]), key=attrgetter("create_event", "build_id")
        )
        if progress is not None:
            progress(len(rows), len(rows))
        return rows

    def tagged(self, tag: str | int, event: int | None = None) -> list[TaggedBuild]:
        """``listTagged`` includes drafts unless told otherwise."""
        found = self._hub.call("listTagged", tag, event=event, draft=False)
        return [answers.tagged(row) for row in found]

    # --- builds --------------------------------------------------------------------------------

    def sources(
        self, build_ids: Collection[int], progress: Progress | None = None
    ) -> dict[int, BuildSource | None]:
        """``getBuild`` takes no list; in multicalls it is several times faster than one by one."""
        ids = list(build_ids)
        found = self._hub.read_all([Call("getBuild", build_id) for build_id in ids], progress)
        return {
            build_id: None if build is None else answers.source(_sure(build))
            for build_id, build in zip(ids, found, strict=True)
        }

    def tags_of(
        self, build_ids: Collection[int], progress: Progress | None = None
    ) -> dict[int, list[TagInfo] | None]:
        """``listTags`` raises for an unknown build, which is no reason to give up on the others."""
        ids = list(build_ids)
        found = self._hub.read_all([Call("listTags", build=i) for i in ids], progress)
        return {i: _tags(tags) for i, tags in zip(ids, found, strict=True)}

    # --- the hub -------------------------------------------------------------------------------

    def last_event(self) -> Event:
        return answers.event(self._hub.call("getLastEvent"))

    def hub_clock(self) -> datetime:
        """No call tells the hub's time, but every answer is dated."""
        date = self._hub.clock("getAPIVersion")
        if date is None:
            raise KojiTransient(
                "Koji's clock is unknown",
                why="its answer bears no date",
                do="let the web server of the hub, or the proxy before it, send a Date",
            )
        return date

    def whoami(self) -> User | None:
        found = self._hub.call("getLoggedInUser")
        return None if found is None else User(found["id"], found["name"])

    def permissions(self) -> tuple[str, ...]:
        return tuple(sorted(self._hub.call("getPerms")))

    # --- where builds are made -----------------------------------------------------------------

    def build_target(self, name: str) -> BuildTarget | None:
        found = self._hub.call("getBuildTarget", name)
        return None if found is None else answers.target(found)

    def dist(self, build_tag: str | int, event: int | None = None) -> str | None:
        """``getBuildConfig`` has what a tag inherits, ``getTag`` only its own."""
        at: dict[str, Any] = {} if event is None else {"event": event}
        return answers.dist(self._hub.call("getBuildConfig", build_tag, **at))

    def submit(
        self,
        sources: Sequence[str],
        target: str,
        opts: Mapping[str, Any],
        priority: int | None = None,
        *,
        progress: Progress | None = None,
    ) -> list[Submitted]:
        """``build`` checks nothing: a bad request has a task too, which fails later."""
        order: dict[str, Any] = {} if priority is None else {"priority": priority}
        calls = [Call("build", source, target, dict(opts), **order) for source in sources]
        return [
            Submitted(source, error=answer)
            if isinstance(answer, KojiError)
            else Submitted(source, task_id=answer)
            for source, answer in zip(sources, self._hub.write_all(calls, progress), strict=True)
        ]

    # --- tasks ---------------------------------------------------------------------------------

    def task_infos(
        self, task_ids: Collection[int], progress: Progress | None = None
    ) -> dict[int, TaskInfo | None]:
        """``getTaskInfo`` takes a list: ten times faster than one by one."""
        found: dict[int, TaskInfo | None] = {}
        for some in self._hub.chunks(list(task_ids), progress):
            tasks = self._hub.call("getTaskInfo", some)
            for task_id, task in zip(some, tasks, strict=True):
                found[task_id] = None if task is None else answers.task(task)
        return found

    def task_children(self, task_id: int) -> list[TaskInfo]:
        """``getTaskDescendents`` has every level, by task ids as strings."""
        found = self._hub.call("getTaskDescendents", task_id)
        children = map(answers.task, found.get(str(task_id), []))
        return sorted(children, key=attrgetter("id"))

    def cancel(self, task_id: int) -> None:
        """``cancelTask`` returns nothing, whatever state the task is in."""
        self._hub.call("cancelTask", task_id, write=True)

    def find_build_tasks(
        self, owner: int, source: str, target: str, since: datetime | None = None
    ) -> list[TaskInfo]:
        """A task's request is what ``build`` was called with."""
        wanted = (source, target)
        tasks = self._build_tasks(owner, since)
        return [task for task in tasks if (task.request or ())[:2] == wanted]

    def _build_tasks(self, owner: int, since: datetime | None) -> list[TaskInfo]:
        """Page through them, the newest first: one that is made meanwhile makes pages overlap."""
        opts = {"owner": owner, "method": "build", "decode": True}
        found: dict[int, TaskInfo] = {}
        for offset in count(0, self._page):
            page = {"limit": self._page, "offset": offset, "order": "-id"}
            rows = self._hub.call("listTasks", opts=opts, queryOpts=page)
            tasks = [answers.task(row) for row in rows]
            found |= {task.id: task for task in tasks if since is None or task.created >= since}
            if len(tasks) < self._page or tasks[-1].id not in found:
                break
        return list(found.values())


def _sure(answer: Any | KojiPermanent) -> Any:
    if isinstance(answer, KojiPermanent):
        raise answer
    return answer


def _tags(answer: Any | KojiPermanent) -> list[TagInfo] | None:
    if isinstance(answer, KojiPermanent) and "No such build" in answer.why:
        return None
    return [answers.tag(tag) for tag in _sure(answer)]
