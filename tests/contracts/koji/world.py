# SPDX-License-Identifier: GPL-3.0-or-later
"""A hub in the state that the recordings show: each row they hold was there when they were made."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from adapters.sandbox.hub import Bus, VirtualClock, World
from adapters.sandbox.hub.model import (
    Build,
    BuildState,
    Config,
    Listed,
    Listing,
    Problem,
    Tag,
    Target,
    Task,
    TaskState,
    User,
)
from tests.contracts.koji.recorded import Recording

Row = dict[str, Any]

USERS = {"releng": 1, "kojira": 2, "builder1": 3, "ebs": 4, "packager1": 5, "packager2": 6,
         "nobody": 7, "bodhi": 8, "draftpromoter1": 12}  # fmt: skip
PERMS = {"releng": "admin", "bodhi": "tag", "draftpromoter1": "draft-promoter"}
TAGS_OF_ALL = {"eln-updates-candidate", "drafteln-updates-candidate"}
"""Tags that the recorded hub's policy let everybody tag into."""


class Shown:
    """The rows that recordings show, each as it was seen first, by kind and id.

    ``later`` are the tags that the recorded calls made, ``built`` the packages they built.
    """

    def __init__(self, recordings: Iterable[Recording]) -> None:
        self.kinds: dict[str, dict[Any, Row]] = {}
        self.later: set[int] = set()
        self.built: set[str] = set()
        for recording in recordings:
            if recording.method == "createSideTag" and recording.result is not None:
                self.later.add(recording.result["id"])
            if recording.method == "build":
                self.built.add(recording.args[0].rpartition("/")[2].partition("#")[0])
            for row in rows(recording.result):
                self._see(row)

    def of(self, kind: str) -> Iterable[Row]:
        """The rows of a kind."""
        return self.kinds.get(kind, {}).values()

    def _see(self, row: Row) -> None:
        for kind, key in kinds(row):
            self.kinds.setdefault(kind, {}).setdefault(key, row)


def rows(value: Any) -> Iterator[Row]:
    """Every struct within an answer."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from rows(item)


def kinds(row: Row) -> Iterator[tuple[str, Any]]:
    """What a row tells of: by the keys that only such rows have."""
    if "maven_support" in row:
        yield from _kinds_of_tags(row)
    if "dest_tag" in row:
        yield "target", row["id"]
        yield "tag-name", row["build_tag"]
        yield "dest-name", row["dest_tag"]
    if "parent_id" in row and "child_id" in row:
        yield "inheritance", (row["child_id"], row["parent_id"])
    if "parent_id" in row and "tag_id" in row:
        yield "heir", (row["tag_id"], row["parent_id"])
    if "extra_arches" in row:
        yield "listed", (row["tag_id"], row["package_id"])
    if "creation_event_id" in row:
        yield from _kinds_of_builds(row)
    if "tag.name" in row and "build_id" in row and ",draft" not in row["release"]:
        yield "listing", (row["build_id"], row["tag_id"], row["create_event"])
        yield "built", row["build_id"]
        yield "tag-of-row", row["tag_id"]
    if "weight" in row:
        yield "task", row["id"]


def _kinds_of_tags(row: Row) -> Iterator[tuple[str, Any]]:
    if "config_inheritance" in row:
        for parent in row["config_inheritance"]["extra"].values():
            yield "heir", (row["id"], parent["id"])
    elif "query_event" in row:
        yield "earlier-tag", row["id"]
    else:
        yield "tag" if "extra" in row else "bare-tag", row["id"]


def _kinds_of_builds(row: Row) -> Iterator[tuple[str, Any]]:
    """A draft tells of no build that was there before the drafts were made."""
    yield "package", row["package_id"]
    if "completion_ts" in row and not row["draft"]:
        yield "build", row["build_id"]
    if "create_event" in row and not row["draft"]:
        yield "tagged", (row["build_id"], row["create_event"])
        yield "bare-build", row["build_id"]


def world(recordings: list[Recording], last_event: int, began: float) -> World:
    """The hub as it was after an event and when the recordings began, as far as they show it."""
    shown = Shown(recordings)
    made = World(VirtualClock(began), bus=Bus())
    add_users(made)
    _tags(made, shown)
    _packages(made, shown)
    _builds(made, shown, last_event)
    _listings(made, shown, last_event)
    _events(made, shown, last_event)
    _tasks(made, shown)
    return made


def add_users(made: World) -> None:
    """The users of the recorded hub; each password is the name."""
    for name, number in USERS.items():
        made.add_user(name, *filter(None, [PERMS.get(name)]), user_id=number)


def _tags(made: World, shown: Shown) -> None:
    for kind, number, name in (
        ("tag-name", "build_tag", "build_tag_name"),
        ("dest-name", "dest_tag", "dest_tag_name"),
        ("inheritance", "parent_id", "name"),
        ("tag-of-row", "tag_id", "tag.name"),
    ):
        for row in shown.of(kind):
            _tag(made, shown, row[number], row[name], Config())
    for row in [*shown.of("bare-tag"), *shown.of("tag"), *shown.of("earlier-tag")]:
        opened = row["name"] in TAGS_OF_ALL
        config = Config(row["arches"], extra=row.get("extra", {}), open=opened)
        _tag(made, shown, row["id"], row["name"], config)
    for row in shown.of("target"):
        if row["build_tag"] in shown.later:
            made.new_id("target", row["id"] - 1)
            continue
        target = Target(row["id"], row["name"], row["build_tag"], row["dest_tag"])
        made.targets[row["name"]] = target
    for child, parent in [*shown.kinds.get("inheritance", {}), *shown.kinds.get("heir", {})]:
        if child in shown.later:
            continue
        heir = made.tags[child].config
        assert heir is not None
        _tag(made, shown, child, made.tags[child].name, Config(
            heir.arches, extra=heir.extra, open=heir.open, parents=(parent,)
        ))  # fmt: skip


def _tag(made: World, shown: Shown, number: int, name: str, config: Config) -> None:
    """A tag that is there from the first event on; a later word on it counts."""
    if number in shown.later:
        return
    made.tags[number] = Tag(made.new_id("tag", number), name, [(0, config)])
    made.tag_ids[name] = number


def _packages(made: World, shown: Shown) -> None:
    for row in shown.of("listed"):
        made.packages[row["package_name"]] = row["package_id"]
    for row in shown.of("package"):
        made.packages[row["package_name"]] = row["package_id"]
    for name in sorted(shown.built - made.packages.keys()):
        made.packages[name] = max(made.packages.values()) + 1
    listed = {number: Listed(made.users["packager1"]) for number in made.packages.values()}
    for tag in made.tags.values():
        tag.packages = dict(listed)


def _builds(made: World, shown: Shown, last_event: int) -> None:
    whole = [*shown.of("build"), *shown.of("bare-build")]
    for row in sorted(whole, key=lambda row: row["build_id"]):
        if row["build_id"] not in made.builds and row["creation_event_id"] <= last_event:
            _add_build(made, build_of(made, row))
    for row in shown.of("built"):
        known = row["build_id"] in made.builds or row["name"] not in made.packages
        if not known and row["create_event"] <= last_event:
            _add_build(made, _bare_build(made, row))


def _add_build(made: World, build: Build) -> None:
    made.new_id("build", build.id)
    made.keep(build)


def build_of(made: World, row: Row) -> Build:
    """A build of a row that tells it whole, or but for its source."""
    return Build(
        row["build_id"], row["package_id"], row["name"], row["version"], row["release"],
        user(made, row["owner_name"]), BuildState(row["state"]), row["creation_event_id"],
        moment(row["creation_time"]) or 0.0, moment(row["start_time"]) or 0.0,
        moment(row["completion_time"]), row["task_id"], row.get("source"), row.get("extra"),
    )  # fmt: skip


def _bare_build(made: World, row: Row) -> Build:
    return Build(
        row["build_id"], made.packages[row["name"]], row["name"], row["version"], row["release"],
        made.users["packager1"], BuildState(row["build.state"]), 1, row["create_ts"],
        row["create_ts"], row["create_ts"],
    )  # fmt: skip


def _listings(made: World, shown: Shown, last_event: int) -> None:
    """Tag what was tagged then, oldest first; a row ended later is still in force."""
    known = {
        key: row for key, row in shown.kinds.get("listing", {}).items() if key[2] <= last_event
    }
    for row in shown.of("tagged"):
        key = (row["build_id"], row["tag_id"], row["create_event"])
        if row["create_event"] <= last_event and row["tag_id"] in made.tags:
            known.setdefault(key, row)
    for (build, tag, event), row in sorted(known.items(), key=lambda item: item[0][2]):
        if build in made.builds:
            ended = row.get("revoke_event")
            ended = ended if ended is not None and ended <= last_event else None
            made.listings.add(Listing(
                made.builds[build], made.tags[tag], event, user(made, row.get("creator_name")),
                ended, user(made, row.get("revoker_name")) if ended else None,
            ))  # fmt: skip


def _events(made: World, shown: Shown, last_event: int) -> None:
    """Every event up to the last, at its time or at that of the one known before it."""
    known: dict[int, float] = {}
    for row in shown.of("listing"):
        known[row["create_event"]] = row["create_ts"]
        if row["revoke_event"] is not None:
            known[row["revoke_event"]] = row["revoke_ts"]
    now = min(known.values(), default=1_795_380_000.0)
    for number in range(1, last_event + 1):
        now = known.get(number, now)
        made.events[number] = now
    made.new_id("event", last_event)


def _tasks(made: World, shown: Shown) -> None:
    """The tasks shown, and of builds whose task is not shown a finished one."""
    for build in made.builds.values():
        if build.task_id is not None:
            made.tasks[build.task_id] = Task(
                build.task_id, "build", [build.source, "", {}], build.owner, build.created, 20,
                state=TaskState.CLOSED, started=build.started, completed=build.completed,
            )  # fmt: skip
    for row in (row for row in shown.of("task") if row["create_ts"] < made.now()):
        made.tasks[row["id"]] = Task(
            row["id"], row["method"], row.get("request", []), _owner(made, row["owner"]),
            row["create_ts"], row["priority"], row["parent"], row["label"],
            TaskState(row["state"]), row["start_ts"], row["completion_ts"],
            row["waiting"], row["weight"], problem=problem(row.get("result")),
        )  # fmt: skip


def problem(result: Any) -> Problem | None:
    """Why a task failed, if its result tells."""
    if isinstance(result, dict) and "faultCode" in result:
        return Problem(result["faultCode"], result["faultString"])
    return None


def _owner(made: World, number: int) -> User:
    return next(user for user in made.users.values() if user.id == number)


def user(made: World, name: str | None) -> User:
    """A user by name; whoever is not named was the release engineer."""
    return made.user(name or "releng")


def moment(time: str | None) -> float | None:
    """A time as Koji prints it, in seconds."""
    return None if time is None else datetime.fromisoformat(time).timestamp()
