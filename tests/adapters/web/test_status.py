# SPDX-License-Identifier: GPL-3.0-or-later
"""status.json: ELNBuildSync's shape, key by key, for every status there is."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from adapters.sandbox.hub.calls.shapes import build_row
from adapters.store.log import EventLog
from adapters.web import status
from adapters.web.status import Held, judged
from domain.batch import stream
from domain.batch.events import (
    BuildFinished,
    BuildOutcome,
    BuildSubmitted,
    Planned,
    PlannedBuild,
    Promoted,
    PromotionRefused,
)
from domain.package.events import DestinationSeen, Tagged, Untagged
from domain.policy import PackageList
from projections.rebuilds import Rebuild
from tests.adapters.service.given import World
from tests.adapters.service.online import Rawhide
from tests.adapters.web.conftest import Asker, asking
from tests.domain.given import Fact, commit, happened, time

ELN = ("done", "theirs", "fedora", "signing", "broken", "given", "busy", "refused", "untagged")
OUTCOMES: dict[str, BuildOutcome] = {
    "done": "built",
    "theirs": "failed",
    "fedora": "failed",
    "signing": "built",
    "broken": "failed",
    "given": "abandoned",
    "refused": "built",
}
OWN = {"view", "status", "status_detail", "build_url", "tagged"}
"""What ELNBuildSync adds to a row of Koji's."""


def test_every_status_in_elnbuildsyncs_shape(web: Asker, world: World) -> None:
    """A package of each status bears the keys of Koji's listBuilds and ELNBuildSync's own."""
    world.outside.packages = PackageList({**dict.fromkeys(ELN, "eln"), "never": "eln-extras"})
    world.passes()
    world.hear(*_history())

    told = web.get("/status.json").json()

    assert datetime.fromisoformat(told.pop("__updated")) == world.clock()
    assert told.pop("never") is None
    assert told.pop("ipa") is None
    assert {name: (e["status"], e["status_detail"]) for name, e in told.items()} == {
        "busy": ("Building", ""),
        "broken": ("FAILED", "Build failed"),
        "done": ("SUCCESS", ""),
        "fedora": ("FAILED", "Fedora build in tag"),
        "given": ("UNKNOWN", "Given up"),
        "refused": ("FAILED", "Promotion refused"),
        "signing": ("SIGNING", "Not in the stable tag yet"),
        "theirs": ("SUCCESS", "Built by another user"),
        "untagged": ("FAILED", "Build is not tagged"),
    }
    assert {status for status, _ in map(_status, told.values())} == {*status.STATUSES}
    for name, entry in told.items():
        assert entry.keys() == LIST_BUILDS | OWN, name
    assert told["done"]["tagged"] == told["done"]["nvr"] == "done-2-1.eln142"
    assert (told["done"]["version"], told["done"]["release"]) == ("2", "1.eln142")
    assert told["done"]["build_url"].endswith("/taskinfo?taskID=1001")
    assert told["busy"]["tagged"] == "UNKNOWN"
    assert told["busy"]["start_ts"] == time(10).timestamp()


LIST_BUILDS = {
    "build_id", "completion_time", "completion_ts", "creation_event_id", "creation_time",
    "creation_ts", "draft", "epoch", "extra", "name", "nvr", "owner_id", "owner_name",
    "package_id", "package_name", "promoter_id", "promoter_name", "promotion_time",
    "promotion_ts", "release", "source", "start_time", "start_ts", "state", "task_id", "version",
    "volume_id", "volume_name",
}  # fmt: skip
"""The keys of a row of Koji's listBuilds."""


def test_the_keys_are_those_of_listbuilds(log: EventLog) -> None:
    """The simulated hub, which recordings of a real one judge, lists a build by these keys."""
    with Rawhide(log) as rawhide:
        row = build_row(rawhide.build("bash"))

    assert row.keys() == LIST_BUILDS


OURS = Rebuild("bash", 1, outcome="built", nvr="bash-2-1.eln142", ended=time(100))


@pytest.mark.parametrize(
    ("rebuild", "held", "expected"),
    [
        (OURS, None, ("SIGNING", "Not in the stable tag yet")),
        (OURS, ("bash-1-1.eln141", 50, True), ("SIGNING", "Not in the stable tag yet")),
        (OURS, ("bash-2-1.eln142", 150, True), ("SUCCESS", "")),
        (OURS, ("bash-3-1.eln142", 150, True), ("SUCCESS", "Built by another user")),
        (OURS, ("bash-3-1.fc42", 150, True), ("FAILED", "Fedora build in tag")),
        (OURS, ("bash-2-1.eln142", 150, False), ("SIGNING", "Not in the stable tag yet")),
        (replace(OURS, outcome="timed-out", nvr=None), None, ("FAILED", "Build timed-out")),
        (replace(OURS, outcome=None, ended=None), None, ("Building", "")),
    ],
)
def test_what_a_rebuild_came_to(
    rebuild: Rebuild, held: tuple[str, float, bool] | None, expected: tuple[str, str]
) -> None:
    """What the stable tag got after our build had ended is another's; before it, it is old."""
    there = None if held is None else Held(9, held[0], None, time(held[1]), held[2])

    assert judged(rebuild, there) == expected


def test_nothing_is_told_before_there_is_a_policy(log: EventLog, tmp_path: Path) -> None:
    """Before a configuration was adopted the answer is 503, as it is for /startup."""
    with asking(World(log), tmp_path) as web:
        for path in ("/status.json", "/", "/startup"):
            told = web.get(path)
            assert (told.status_code, told.json()["code"]) == (503, "not-started")
        assert web.get("/alive").status_code == 200


def test_who_has_it_already_is_told_so(web: Asker, world: World) -> None:
    """The answer is the same until the log goes on, and its ETag says so."""
    first = web.get("/status.json")
    known = {"If-None-Match": first.headers["etag"]}

    assert first.headers["cache-control"] == "no-cache"
    assert web.get("/status.json", headers=known).status_code == 304
    world.passes()
    world.app.operators.pause("x", None, world.by())
    assert web.get("/status.json", headers=known).status_code == 200


def _status(entry: dict[str, Any]) -> tuple[str, str]:
    return entry["status"], entry["status_detail"]


def _history() -> list[Fact]:
    """One batch that comes to everything a batch can, and what others did to the stable tag."""
    builds = tuple(
        PlannedBuild(name, number, f"{name}-2-1.fc42", commit(number, name))
        for number, name in enumerate(ELN[:8], 1)
    )
    batch = stream(1)
    facts = [Fact(batch, Planned(builds, "eln", "live", base="eln-build"), 5)]
    facts += [Fact(batch, BuildSubmitted(b.build_id, 1000 + b.build_id), 10) for b in builds]
    for build in builds:
        if outcome := OUTCOMES.get(build.package):
            number = build.build_id
            made = (500 + number, f"{build.package}-2-1.eln142") if outcome == "built" else ()
            facts.append(Fact(batch, BuildFinished(number, outcome, 1000 + number, *made), 20))
    facts += [Fact(batch, Promoted(n, 500 + n, f"{ELN[n - 1]}-2-1.eln142"), 30) for n in (1, 4)]
    facts.append(Fact(batch, PromotionRefused(8, 508, "somebody else's"), 30))
    return [*facts, *_stable()]


def _stable() -> list[Fact]:
    gone = Tagged(609, "untagged-1-1.eln142", "eln")
    return [
        happened("done", Tagged(501, "done-2-1.eln142", "eln"), 40),
        happened("theirs", Tagged(602, "theirs-3-1.eln142", "eln"), 40),
        happened("fedora", Tagged(603, "fedora-3-1.fc42", "eln"), 40),
        happened("broken", DestinationSeen(605, "broken-1-1.eln141", commit(9, "broken")), 1),
        happened("untagged", gone, 40),
        happened("untagged", Untagged(609, "untagged-1-1.eln142", "eln"), 50),
    ]
