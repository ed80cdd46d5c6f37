# SPDX-License-Identifier: GPL-3.0-or-later
"""The hub's answers, as dictionaries of XML-RPC, into Structs."""

from datetime import UTC, datetime
from typing import Any, Final

from adapters.ports.koji import (
    BuildSource,
    BuildState,
    BuildTarget,
    Event,
    RepoInfo,
    RepoRequest,
    RepoState,
    SideTag,
    TaggedBuild,
    TagInfo,
    TagRow,
    TaskInfo,
    TaskState,
)

Answer = dict[str, Any]

MACRO: Final = "rpm.macro.eln"


def tag(found: Answer) -> TagInfo:
    return TagInfo(found["id"], found["name"])


def tag_row(row: Answer) -> TagRow:
    return TagRow(
        build_id=row["build_id"],
        tag_id=row["tag_id"],
        tag=row["tag.name"],
        name=row["name"],
        version=row["version"],
        release=row["release"],
        create_event=row["create_event"],
        create_ts=_time(row["create_ts"]),
        creator=row["creator_name"],
        revoke_event=row["revoke_event"],
        revoke_ts=_time_or_none(row["revoke_ts"]),
        revoker=row["revoker_name"],
    )


def tagged(row: Answer) -> TaggedBuild:
    return TaggedBuild(
        build_id=row["build_id"],
        name=row["package_name"],
        nvr=row["nvr"],
        tag_id=row["tag_id"],
        tag=row["tag_name"],
        create_event=row["create_event"],
        state=BuildState(row["state"]),
        task_id=row["task_id"],
    )


def source(build: Answer) -> BuildSource:
    """``source`` is the commit that was resolved, not what was asked for."""
    return BuildSource(
        build_id=build["build_id"],
        name=build["package_name"],
        nvr=build["nvr"],
        state=BuildState(build["state"]),
        source=build["source"],
        task_id=build["task_id"],
        completion=_time_or_none(build["completion_ts"]),
        draft=build["draft"],
    )


def side_tag(found: Answer) -> SideTag:
    """A number in its name need not be the id."""
    return SideTag(found["id"], found["name"])


def repo_request(found: Answer) -> RepoRequest:
    """Where there is a repository as wanted already, no request is made."""
    request, repo = found["request"], found["repo"]
    return RepoRequest(
        id=None if request is None else request["id"],
        repo_id=None if repo is None else repo["id"],
        active=request is not None and request["active"],
    )


def target(found: Answer) -> BuildTarget:
    return BuildTarget(
        id=found["id"],
        name=found["name"],
        build_tag=TagInfo(found["build_tag"], found["build_tag_name"]),
        dest_tag=TagInfo(found["dest_tag"], found["dest_tag_name"]),
    )


def dist(config: Answer) -> str | None:
    """Koji keeps the macro as it was set, as a number or as text."""
    value = config["extra"].get(MACRO)
    return f"eln{value}" if value not in (None, "") else None


def repo(found: Answer) -> RepoInfo:
    return RepoInfo(found["id"], _time(found["creation_ts"]), RepoState(found["state"]))


def event(found: Answer) -> Event:
    return Event(found["id"], _time(found["ts"]))


def task(found: Answer) -> TaskInfo:
    request = found.get("request")
    return TaskInfo(
        id=found["id"],
        method=found["method"],
        state=TaskState(found["state"]),
        owner=found["owner"],
        created=_time(found["create_ts"]),
        started=_time_or_none(found["start_ts"]),
        completion=_time_or_none(found["completion_ts"]),
        request=None if request is None else tuple(request),
    )


def fault(result: Any) -> str | None:
    """Of a task that failed, asked not to raise, the result is its fault as a dictionary."""
    failed = isinstance(result, dict) and "faultString" in result
    return result["faultString"] if failed else None


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _time_or_none(seconds: float | None) -> datetime | None:
    return None if seconds is None else _time(seconds)
