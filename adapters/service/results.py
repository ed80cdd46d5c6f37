# SPDX-License-Identifier: GPL-3.0-or-later
"""How the tasks of a batch ended, asked of Koji in lists: no message tells it reliably."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final, Literal

from adapters.ports.koji import BuildSource, BuildState, Koji, TaskInfo, TaskState
from domain.batch import Batch
from domain.batch.decide import KojiBuild, TaskResult, finish
from domain.batch.events import BuildFinished

# 'Build already exists (id=7, state=COMPLETE)', and of drafts 'Target build already exists: NVR
# (id=7)': an answer that names the build that is there.
_EXISTS: Final = re.compile(r"[Bb]uild already exists[^(]*\(id=(\d+)")


class Results:
    """Asks for the tasks that are over, what they made, and why they failed."""

    def __init__(self, koji: Koji) -> None:
        self._koji = koji

    def of(self, batch: Batch) -> list[BuildFinished]:
        """Return the ends of the builds whose tasks are over. Raises KojiError."""
        building = batch.building
        tasks = self._over(building)
        made = self._koji.builds_of_tasks(tasks)
        faults = self._koji.task_faults([t.id for t in tasks.values() if _unsuccessful(t)])
        existing = self._existing(faults)
        return [
            finish(
                building[task_id],
                TaskResult(
                    state=_state(task),
                    build=_build(made.get(task_id)),
                    existing=existing.get(task_id),
                    fault=_first_line(faults.get(task_id, "")),
                ),
            )
            for task_id, task in tasks.items()
        ]

    def running(self, task_ids: Collection[int]) -> Iterator[int]:
        """Yield those of the tasks that are not over. Raises KojiError."""
        for task_id, task in self._koji.task_infos(task_ids).items() if task_ids else ():
            if task is not None and not task.state.over:
                yield task_id

    def _over(self, task_ids: Collection[int]) -> dict[int, TaskInfo]:
        found = self._koji.task_infos(task_ids) if task_ids else {}
        return {i: task for i, task in found.items() if task is not None and task.state.over}

    def _existing(self, faults: Mapping[int, str]) -> dict[int, KojiBuild]:
        """Return the builds that Koji named where it refused to build them again, by task."""
        named = {i: int(m[1]) for i, text in faults.items() if (m := _EXISTS.search(text))}
        builds = self._koji.sources(set(named.values())) if named else {}
        found = ((task_id, _build(builds.get(build_id))) for task_id, build_id in named.items())
        return {task_id: build for task_id, build in found if build is not None}


def _unsuccessful(task: TaskInfo) -> bool:
    return task.state is not TaskState.CLOSED


def _state(task: TaskInfo) -> Literal["closed", "failed", "cancelled"]:
    if task.state is TaskState.CLOSED:
        return "closed"
    return "cancelled" if task.state is TaskState.CANCELED else "failed"


def _build(found: BuildSource | None) -> KojiBuild | None:
    if found is None:
        return None
    complete = found.state is BuildState.COMPLETE
    return KojiBuild(found.build_id, found.nvr, found.source, complete)


def _first_line(fault: str) -> str:
    return fault.strip().partition("\n")[0][:500]
