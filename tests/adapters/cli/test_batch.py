# SPDX-License-Identifier: GPL-3.0-or-later
"""batch: what is rebuilt together, how far it is, and how it is given up."""

import csv
import io
import json

import pytest

from adapters.service.journal import Journal, batch_draft
from adapters.service.operation import Operation
from adapters.store.log import EventLog
from domain.batch import BatchEvent
from domain.batch.events import (
    AttemptStarted,
    BuildFinished,
    BuildRequested,
    BuildSubmitted,
    Finished,
    Planned,
    PlannedBuild,
    Promoted,
    SideTagCreated,
    SideTagRequested,
    SliceFinished,
    SliceStarted,
)
from domain.batch.update_events import (
    StableReached,
    StableTimedOut,
    UpdateHeld,
    UpdateRefused,
    UpdateRequested,
    UpdatesPlanned,
    UpdateSplit,
    UpdateSubmitted,
)
from tests.adapters.cli.conftest import Ebs
from tests.domain.given import MIDNIGHT, commit

BUILDS = tuple(
    PlannedBuild(name, number, f"{name}-1-1.fc41", commit(number, name), order=number)
    for number, name in enumerate(("bash", "zsh"), start=1)
)
BEGUN: tuple[BatchEvent, ...] = (
    Planned(BUILDS, "eln", "live", base="eln-build"),
    SideTagCreated(70_008, "eln-build-side-70009"),
    SliceStarted(1),
    AttemptStarted(1, (1,)),
    BuildRequested((1,), MIDNIGHT),
    BuildSubmitted(1, 10),
    BuildFinished(1, "built", 10, 101, "bash-1-1.eln141,draft_101"),
    SliceFinished(1),
    SliceStarted(2),
    AttemptStarted(1, (2,)),
    BuildRequested((2,), MIDNIGHT),
    BuildSubmitted(2, 20),
)
FAILED: tuple[BatchEvent, ...] = (
    BuildFinished(2, "failed", 20, detail="mock exited with status 1"),
    AttemptStarted(2, (2,)),
    BuildRequested((2,), MIDNIGHT, 2),
    BuildSubmitted(2, 21),
    BuildFinished(2, "failed", 21, detail="mock exited with status 1"),
    SliceFinished(2, (2,)),
    Promoted(1, 101, "bash-1-1.eln141"),
    Finished(1, 1),
)


def record(log: EventLog, number: int, *events: BatchEvent) -> None:
    """Record events of a batch."""
    meta = Operation("ebs", "service", MIDNIGHT).meta()
    journal = Journal(log)
    for event in events:
        journal.record(lambda _, event=event: [batch_draft(number, event, meta)])  # type: ignore[misc]


PUBLISHING: tuple[BatchEvent, ...] = (
    UpdatesPlanned(((1,), (2,)), "eln", 3600),
    SideTagRequested((70_008,), update=1),
    SideTagCreated(70_010, "eln-build-side-70011", update=1),
    UpdateRequested(1),
    UpdateSubmitted(1, "FEDORA-2024-0123456789"),
    UpdateRequested(2),
    UpdateRefused(2, "zsh-1-1.eln141 is not signed"),
    UpdateHeld(2, "zsh-1-1.eln141 is not signed", MIDNIGHT),
)


@pytest.fixture
def batched(ready: Ebs, log: EventLog) -> Ebs:
    """Run any verb; batch 1 is finished, batch 2 has just begun its second slice."""
    record(log, 1, *BEGUN, *FAILED)
    record(log, 2, *BEGUN)
    return ready


BUILT: tuple[BatchEvent, ...] = (
    *BEGUN,
    BuildFinished(2, "built", 20, 102, "zsh-1-1.eln141,draft_102"),
    SliceFinished(2),
    Promoted(1, 101, "bash-1-1.eln141"),
    Promoted(2, 102, "zsh-1-1.eln141"),
    *PUBLISHING,
)


def test_what_waits_for_stable(ready: Ebs, log: EventLog) -> None:
    """Each update with what it is about, and since when its builds wait; the status counts them."""
    record(log, 1, *BUILT)

    first, second = ready("batch", "1", "--json").json["updates"]
    assert first == {
        "update": 1,
        "packages": ["bash"],
        "state": "submitted",
        "alias": "FEDORA-2024-0123456789",
        "side_tag": "eln-build-side-70011",
        "waiting": ["bash"],
        "submitted": MIDNIGHT.isoformat().replace("+00:00", "Z"),
        "stable": None,
        "detail": "",
    }
    assert (second["state"], second["detail"]) == ("held", "zsh-1-1.eln141 is not signed")
    assert ready("status", "--json").json["unstable"] == 1
    shown = ready("batch", "1").out
    for text in ("FEDORA-2024-0123456789", "submitted", "NOT STABLE", "is not signed"):
        assert text in shown


def test_what_waited_for_stable_then(ready: Ebs, log: EventLog) -> None:
    """The status as of a position counts what waited then, also of a batch that has gone on."""
    record(log, 1, *BUILT, Finished(2, 0))
    then = ready("status", "--json").json
    record(log, 1, StableReached((1,)))

    assert then["unstable"] == 1
    assert ready("status", "--json").json["unstable"] == 0
    assert ready("status", "--at", str(then["position"]), "--json").json["unstable"] == 1


def test_what_is_stable(ready: Ebs, log: EventLog) -> None:
    """A build of an update that was divided, one that is late, and one that is there."""
    split = (UpdatesPlanned(((1, 2),), "eln", 3600), UpdateRequested(1), UpdateSplit(1, (2,), 2))
    there = [event for n in (1, 2) for event in (UpdateRequested(n), UpdateSubmitted(n, f"F-{n}"))]
    told = (StableReached((1,)), StableTimedOut(2, (2,), stalled=True))
    record(log, 1, *BUILT[: -len(PUBLISHING)], *split, *there, *told)

    found = ready("batch", "1", "--json").json
    assert found["published"] == ["bash"]
    assert [(u["packages"], u["state"]) for u in found["updates"]] == [
        (["bash"], "stable"),
        (["zsh"], "late"),
    ]
    assert "nothing gets into" in found["updates"][1]["detail"]


def test_batches_are_listed(batched: Ebs) -> None:
    """The newest first, with how they are."""
    found = batched("batch", "--json").json

    told = ("batch", "state", "builds", "built", "failed", "published")
    assert [tuple(each[name] for name in told) for each in found] == [
        (2, "open", 2, 1, 0, 0),
        (1, "finished", 2, 1, 1, 0),
    ]
    assert "FAILED  PUBLISHED" in batched("batch").out


def test_the_story_of_a_batch(batched: Ebs) -> None:
    """Slices, attempts and tasks, as others rely on them."""
    story = batched("batch", "1", "--json").json

    assert list(story)[:8] == [
        "batch", "state", "side_tag", "slices", "failed", "promoted", "started", "ended",
    ]  # fmt: skip
    assert (story["side_tag"], story["failed"], story["promoted"]) == (
        "eln-build-side-70009", ["zsh"], ["bash"],
    )  # fmt: skip
    attempts = [len(part["attempts"]) for part in story["slices"]]
    assert attempts == [1, 2]
    task = story["slices"][1]["attempts"][1]["tasks"][0]
    assert {"package", "task_id", "state", "build_id", "nvr", "started", "ended"} <= task.keys()
    assert (task["task_id"], task["state"], task["package"]) == (21, "failed", "zsh")


def test_a_spreadsheet_has_them_too(batched: Ebs) -> None:
    """The last batches, a row each; of one, a row for each attempt at a build."""
    last = list(csv.DictReader(io.StringIO(batched("batch", "--csv").out)))
    assert [(row["batch"], row["failed"]) for row in last] == [("2", "0"), ("1", "1")]

    rows = list(csv.DictReader(io.StringIO(batched("batch", "1", "--csv").out)))
    assert [(row["attempt"], row["package"], row["state"]) for row in rows] == [
        ("1", "bash", "built"),
        ("1", "zsh", "failed"),
        ("2", "zsh", "failed"),
    ]


def test_it_is_told_as_of_then(batched: Ebs) -> None:
    """By what was on record: a batch that began later was not there, one that ended was open."""
    events = map(json.loads, batched("events", "--json").out.splitlines())
    begun = next(event["position"] for event in events if event["event"] == "build-submitted")

    then = batched("batch", "1", "--at", str(begun), "--json").json
    [task] = then["slices"][0]["attempts"][0]["tasks"]
    assert (then["state"], task["state"], task["downstream"]) == ("open", "building", None)
    now = batched("batch", "1", "--json").json["slices"][0]["attempts"][0]["tasks"]
    assert [task["downstream"] for task in now] == [101]
    assert [each["batch"] for each in batched("batch", "--at", str(begun), "--json").json] == [1]
    assert batched("batch", "2", "--at", str(begun)).code == 3


def test_it_is_told_to_people(batched: Ebs) -> None:
    """A table of every task, with what came of it."""
    out = batched("batch", "1").out
    for word in ("bash-1-1.eln141", "mock exited", "eln-build-side-70009", "zsh"):
        assert word in out


def test_a_batch_is_given_up(batched: Ebs) -> None:
    """By the open one's number, with a reason; the worker does the rest."""
    why = ("--reason", "the hub is rebuilt")
    assert batched("batch", "abandon", "2", *why, "--dry-run").code == 0
    assert batched("batch", "2", "--json").json["state"] == "open"

    assert batched("batch", "abandon", "2", *why, "--requeue").code == 0
    assert batched("batch", "2", "--json").json["state"] == "abandoned"
    [line] = batched("events", "--type", "abandoned", "--json").out.splitlines()
    assert json.loads(line)["data"] == {"reason": "the hub is rebuilt", "requeue": True}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("abandon", "1", "--reason", "x"), 4),
        (("abandon", "9", "--reason", "x"), 4),
        (("abandon", "2"), 2),
        (("9",), 3),
        (("nine",), 2),
        (("0",), 2),
    ],
    ids=str,
)
def test_what_is_not_there(batched: Ebs, arguments: tuple[str, ...], code: int) -> None:
    """A batch that is finished or unknown cannot be given up, nor told."""
    assert batched("batch", *arguments).code == code


def test_before_the_first(ready: Ebs) -> None:
    """No batch is no error."""
    assert ready("batch").code == 0
    assert ready("batch", "--json").json == []
