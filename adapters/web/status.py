# SPDX-License-Identifier: GPL-3.0-or-later
"""The status as ELNBuildSync tells it: each package downstream with its newest build in Koji.

The shape is ELNBuildSync's, key by key: a row of Koji's listBuilds and what was made of it. Koji is
not asked; what the log does not know is null, ``UNKNOWN`` where ELNBuildSync says so.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal, get_args

from msgspec import Struct

from adapters.service.journal import View
from adapters.web.problems import NotStarted
from domain.package import Package
from domain.package.state import Build
from domain.policy import Names, Policy
from projections import rebuilds
from projections.rebuilds import Rebuild

Status = Literal["SUCCESS", "FAILED", "Building", "SIGNING", "UNKNOWN"]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)
UNKNOWN: Final = "UNKNOWN"
OVERRIDE: Final = "override"
"""The view of what no view lists, and the policy does."""

BUILDING, COMPLETE, FAILED, CANCELED = 0, 1, 3, 4
"""States of a build, by Koji's numbers."""

_FEDORA: Final = re.compile(r"\.fc\d\d$")
_STATES: Final = {None: BUILDING, "built": COMPLETE, "cancelled": CANCELED}


class Entry(Struct, frozen=True, gc=False):
    """One package: the keys of Koji's listBuilds, then ELNBuildSync's own."""

    build_id: int | None
    task_id: int | None
    nvr: str
    name: str
    version: str
    release: str
    state: int
    start_ts: float | None
    start_time: str | None
    completion_ts: float | None
    completion_time: str | None
    draft: bool
    source: str | None
    view: str
    status: Status
    status_detail: str
    build_url: str
    tagged: str
    package_name: str
    epoch: int | None = None
    extra: dict[str, Any] | None = None
    package_id: int | None = None
    owner_id: int | None = None
    owner_name: str | None = None
    creation_event_id: int | None = None
    creation_time: str | None = None
    creation_ts: float | None = None
    promoter_id: int | None = None
    promoter_name: str | None = None
    promotion_time: str | None = None
    promotion_ts: float | None = None
    volume_id: int = 0
    volume_name: str = "DEFAULT"


class Held(Struct, frozen=True, gc=False):
    """A build that the stable tag holds, or has held, since when."""

    build_id: int
    nvr: str
    source: str | None
    at: datetime
    present: bool


class Row(Struct, frozen=True, gc=False):
    """A package by its name downstream, with all that its entry is made of."""

    name: str
    view: str
    rebuild: Rebuild | None
    held: Held | None


def started(view: View) -> None:
    """Raise NotStarted before there is a configuration."""
    if view.service.configured.policy is None:
        raise NotStarted(
            "not started yet",
            why="no policy was adopted so far",
            do="the worker adopts one; 'ebs config adopt' does it now",
        )


def entries(view: View, koji: str) -> dict[str, Entry | None]:
    """Return each package of the list, None where Koji never built it; ``koji``: of its pages."""
    configured = view.service.configured
    names = Names(configured.policy or Policy(""), configured.packages.views)
    known = rebuilds.load(view.cursor, names.targets)
    packages = view.packages(names.targets.values())
    stable = configured.settings.stable_tag
    views = configured.packages.views
    found = (
        Row(
            downstream,
            views.get(downstream, OVERRIDE),
            known.get(upstream),
            newest_held(packages[downstream], stable),
        )
        for upstream, downstream in names.targets.items()
    )
    return {row.name: _entry(row, koji) for row in sorted(found, key=_by_name)}


def newest_held(package: Package, stable: str) -> Held | None:
    """Return the build tagged last into the stable tag, one that is still there before others."""
    return max(_held(package, stable), key=lambda held: (held.present, held.at), default=None)


def _held(package: Package, stable: str) -> Iterator[Held]:
    """Yield what is known by its taggings, and what only a baseline found there."""
    for build_id, build in package.builds.items():
        presence = build.tags.get(stable)
        latest = presence.latest if presence else None
        if presence is not None and latest is not None:
            yield Held(build_id, build.nvr, build.source, latest.moment.at, presence.present)
    for seen in package.destinations:
        build = package.builds.get(seen.build_id, Build(""))
        if stable not in build.tags:
            yield Held(seen.build_id, seen.nvr, seen.source, seen.at.at, present=True)


def _by_name(row: Row) -> str:
    return row.name.lower()


def _entry(row: Row, koji: str) -> Entry | None:
    if row.rebuild is not None:
        return _of_rebuild(row, row.rebuild, koji)
    if row.held is not None:
        return _of_held(row, row.held, koji)
    return None


def _of_rebuild(row: Row, rebuild: Rebuild, koji: str) -> Entry:
    status, detail = judged(rebuild, row.held)
    nvr = rebuild.nvr or UNKNOWN
    version, release = _parts(row.name, nvr)
    return Entry(
        build_id=rebuild.build_id,
        task_id=rebuild.task_id,
        nvr=nvr,
        name=row.name,
        version=version,
        release=release,
        state=_STATES.get(rebuild.outcome, FAILED),
        start_ts=rebuild.started.timestamp() if rebuild.started else None,
        start_time=str(rebuild.started) if rebuild.started else None,
        completion_ts=rebuild.ended.timestamp() if rebuild.ended else None,
        completion_time=str(rebuild.ended) if rebuild.ended else None,
        draft=rebuild.draft,
        source=None,
        view=row.view,
        status=status,
        status_detail=detail,
        build_url=_address(koji, rebuild.task_id, rebuild.build_id),
        tagged=_tagged(row.held),
        package_name=row.name,
    )


def _of_held(row: Row, held: Held, koji: str) -> Entry:
    """Tell of a build that somebody else made."""
    fedora = _FEDORA.search(held.nvr) is not None
    status: Status = "SUCCESS" if held.present and not fedora else "FAILED"
    detail = "" if status == "SUCCESS" else FEDORA if held.present else NOT_TAGGED
    version, release = _parts(row.name, held.nvr)
    return Entry(
        build_id=held.build_id,
        task_id=None,
        nvr=held.nvr,
        name=row.name,
        version=version,
        release=release,
        state=COMPLETE,
        start_ts=None,
        start_time=None,
        completion_ts=None,
        completion_time=None,
        draft=False,
        source=held.source,
        view=row.view,
        status=status,
        status_detail=detail,
        build_url=_address(koji, None, held.build_id),
        tagged=_tagged(held),
        package_name=row.name,
    )


FEDORA: Final = "Fedora build in tag"
ANOTHER: Final = "Built by another user"
NOT_TAGGED: Final = "Build is not tagged"
BUILD_FAILED: Final = "Build failed"
SIGNING: Final = "Not in the stable tag yet"
REFUSED: Final = "Promotion refused"


def judged(rebuild: Rebuild, held: Held | None) -> tuple[Status, str]:
    """Return the status of a rebuild and what there is to say of it.

    A build that came into the stable tag after ours had ended is another user's.
    """
    if rebuild.outcome is None:
        return "Building", ""
    tagged = held.nvr if held is not None and held.present else None
    if rebuild.outcome == "built" and tagged == rebuild.nvr is not None:
        return "SUCCESS", ""
    if held is not None and tagged is not None and rebuild.ended and held.at >= rebuild.ended:
        return ("FAILED", FEDORA) if _FEDORA.search(tagged) else ("SUCCESS", ANOTHER)
    if rebuild.published and (held is None or held.nvr != rebuild.nvr):
        return "SUCCESS", ""  # the tag's history was not read since
    if rebuild.refused:
        return "FAILED", REFUSED
    if rebuild.outcome == "built":
        return "SIGNING", SIGNING
    if rebuild.outcome == "abandoned":
        return "UNKNOWN", "Given up"
    if rebuild.outcome == "failed":
        return "FAILED", BUILD_FAILED
    return "FAILED", f"Build {rebuild.outcome}"


def _tagged(held: Held | None) -> str:
    return held.nvr if held is not None and held.present else UNKNOWN


def _parts(name: str, nvr: str) -> tuple[str, str]:
    version, _, release = nvr.removeprefix(f"{name}-").rpartition("-")
    return version or UNKNOWN, release


def _address(koji: str, task_id: int | None, build_id: int | None) -> str:
    """Return where Koji shows the task, or the build where nobody told of a task."""
    if task_id is None:
        return f"{koji}/buildinfo?buildID={build_id}"
    return f"{koji}/taskinfo?taskID={task_id}"


def document(view: View, koji: str, now: datetime) -> Mapping[str, Any]:
    """Return the whole as ELNBuildSync tells it."""
    return {"__updated": str(now), **entries(view, koji)}
