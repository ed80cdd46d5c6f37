# SPDX-License-Identifier: GPL-3.0-or-later
"""A hub in the words of the use cases: their questions as calls, its answers as Structs."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from adapters.koji import answers
from adapters.koji.batches import Batches
from adapters.koji.options import HubOptions
from adapters.koji.session import Call, Sessions
from adapters.ports.kerberos import Ticket
from adapters.ports.koji import (
    BuildSource,
    BuildTarget,
    Event,
    KojiError,
    KojiPermanent,
    KojiTransient,
    Progress,
    RepoInfo,
    Submitted,
    TaggedBuild,
    TagInfo,
    TagRow,
    TaskInfo,
    User,
)

_FEW: Final = 10
"""Tasks in the first of several pages that grow."""

_NO_FAULT: Final = ("is not finished", "No such task")
"""What ``getTaskResult`` raises, asked not to, of a task that did not fail."""


class KojiHub(Batches):
    """Answers the port ``Koji``; for any number of threads. ``asked``: see Sessions."""

    def __init__(
        self,
        options: HubOptions,
        ticket: Ticket | None = None,
        *,
        asked: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(Sessions(options, ticket=ticket, asked=asked))
        self._page = options.batch

    def close(self) -> None:
        """Log out, of the session of this thread."""
        self._hub.close()

    # --- tags ----------------------------------------------------------------------------------

    def tag(self, name: str | int) -> TagInfo | None:
        """``getTag``: its own extra and nothing inherited, so nothing but id and name is told."""
        found = self._hub.call("getTag", name)
        return None if found is None else answers.tag(found)

    def tags(self) -> list[TagInfo]:
        """``listTags``; a pattern of its own would be a shell's, ours are regular expressions."""
        return [answers.tag(found) for found in self._hub.call("listTags", perms=False)]

    def tag_history(
        self, tag: str | int, after_event: int | None = None, *, progress: Progress | None = None
    ) -> list[TagRow]:
        """``queryHistory`` answers unsorted; one call for a whole tag is faster than per build."""
        since: dict[str, Any] = {} if after_event is None else {"afterEvent": after_event}
        found = self._hub.call("queryHistory", tables=["tag_listing"], tag=tag, **since)
        rows = _rows(found)
        if progress is not None:
            progress(len(rows), len(rows))
        return rows

    def build_histories(
        self, build_ids: Collection[int], progress: Progress | None = None
    ) -> dict[int, list[TagRow]]:
        """``queryHistory`` raises for an unknown build: it was never tagged."""
        ids = list(build_ids)
        calls = [Call("queryHistory", tables=["tag_listing"], build=i) for i in ids]
        found = self._hub.read_all(calls, progress)
        return {
            i: [] if _no_such_build(history) else _rows(_sure(history))
            for i, history in zip(ids, found, strict=True)
        }

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

    # --- the hub -------------------------------------------------------------------------------

    def last_event(self) -> Event:
        return answers.event(self._hub.call("getLastEvent"))

    def event_before(self, moment: datetime) -> int:
        """``getLastEvent`` compares times, and of those that fit returns the highest id."""
        found = self._hub.call("getLastEvent", before=moment.timestamp())
        return 0 if found is None else answers.event(found).id

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

    def newest_repo(self, tag_id: int) -> RepoInfo | None:
        """``getRepo`` looks for ready ones unless told another state."""
        found = self._hub.call("getRepo", tag_id)
        return None if found is None else answers.repo(found)

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

    def cancel(self, task_id: int) -> None:
        """``cancelTask`` returns nothing, whatever state the task is in."""
        self._hub.call("cancelTask", task_id, write=True)

    def build_tasks(self, owner: int, since: datetime, after: int = 0) -> list[TaskInfo]:
        """Page through ``listTasks``: a task that is made meanwhile makes pages overlap.

        All of a multicall are created when it began, so one with a higher id may be older: only a
        page as large as a multicall, without a recent task, is the last. By ids it is exact; so as
        not to be told of hundreds of tasks in vain, such pages are small at first.
        """
        found: dict[int, TaskInfo] = {}
        offset, size = 0, min(_FEW, self._page) if after else self._page
        while True:
            page = self._newest_tasks(owner, size, offset)
            recent = [task for task in page if task.created >= since and task.id > after]
            found |= {task.id: task for task in recent}
            old = size == self._page and not recent
            if old or len(page) < size or page[-1].id <= after:
                return list(found.values())
            offset, size = offset + size, min(2 * size, self._page)

    def newest_build_task(self, owner: int) -> int:
        return next((task.id for task in self._newest_tasks(owner, 1)), 0)

    def _newest_tasks(self, owner: int, limit: int, offset: int = 0) -> list[TaskInfo]:
        opts = {"owner": owner, "method": "build", "decode": True}
        page = {"limit": limit, "offset": offset, "order": "-id"}
        return [*map(answers.task, self._hub.call("listTasks", opts=opts, queryOpts=page))]

    def builds_of_tasks(
        self, task_ids: Collection[int], progress: Progress | None = None
    ) -> dict[int, BuildSource | None]:
        """``listBuilds`` tells all that ``getBuild`` does."""
        ids = list(task_ids)
        found = self._hub.read_all([Call("listBuilds", taskID=i) for i in ids], progress)
        return {i: _build_of(_sure(rows)) for i, rows in zip(ids, found, strict=True)}

    def task_faults(
        self, task_ids: Collection[int], progress: Progress | None = None
    ) -> dict[int, str]:
        """``getTaskResult`` returns a fault when asked to, but still raises of one cancelled.

        Raised, a task's fault could not be told from one of the call itself.
        """
        ids = list(task_ids)
        calls = [Call("getTaskResult", i, raise_fault=False) for i in ids]
        found = self._hub.read_all(calls, progress)
        faults = {i: _fault(result) for i, result in zip(ids, found, strict=True)}
        return {i: text for i, text in faults.items() if text is not None}


def _sure(answer: Any | KojiPermanent) -> Any:
    if isinstance(answer, KojiPermanent):
        raise answer
    return answer


def _no_such_build(answer: Any | KojiPermanent) -> bool:
    return isinstance(answer, KojiPermanent) and "No such build" in answer.why


def _rows(history: answers.Answer) -> list[TagRow]:
    rows = map(answers.tag_row, history["tag_listing"])
    return sorted(rows, key=attrgetter("create_event", "build_id"))


def _build_of(rows: Sequence[answers.Answer]) -> BuildSource | None:
    """A task has one build at most."""
    return answers.source(rows[0]) if rows else None


def _fault(result: Any | KojiPermanent) -> str | None:
    if not isinstance(result, KojiPermanent):
        return answers.fault(result)
    return None if any(said in result.why for said in _NO_FAULT) else result.why
