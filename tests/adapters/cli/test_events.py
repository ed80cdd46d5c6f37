# SPDX-License-Identifier: GPL-3.0-or-later
"""events: narrowed by what indexes find, and followed as they come."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from adapters.store.connections import connect
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from adapters.store.statements import statement
from domain.batch import stream
from domain.batch.events import Finished, Planned, PlannedBuild
from domain.envelope import Envelope
from tests.adapters.cli.conftest import Ebs, Process
from tests.domain.service.given import said

CUT = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
BUILD = PlannedBuild("bash", 1, "bash-1-1.fc41", "git+https://src.example/rpms/bash#1")


def found(ebs: Ebs, *arguments: str) -> list[tuple[int, str]]:
    """Positions and types of the events that are wanted."""
    ran = ebs("events", "--json", *arguments)
    assert ran.code == 0, ran.err
    return [(line["position"], line["event"]) for line in map(json.loads, ran.out.splitlines())]


def test_events_of_a_person(ready: Ebs) -> None:
    """What somebody did, whatever else happened; nobody did what nobody did."""
    ready("work", "--once")
    ready("pause", "--reason", "branching")
    ready("resume")
    by = ready("events", "--type", "paused", "--json").json["actor"]

    assert [event for _, event in found(ready, "--actor", by)][-2:] == ["paused", "resumed"]
    assert {event for _, event in found(ready, "--actor", "ebs")} >= {"queued", "skipped"}
    assert found(ready, "--actor", by, "--type", "queued") == []
    assert found(ready, "--actor", "nobody") == []


def test_a_person_reads_events_in_words(ready: Ebs) -> None:
    """Type, then what happened to what; a program gets all that the event holds."""
    ready("pause", "--reason", "branching")
    listed = ready("events", "--type", "paused", "--type", "tagged")
    followed = ready("events", "--follow", "--from", "1", "--limit", "1", "--type", "paused")

    assert " tagged bash-1-1.fc41 in f41, by the baseline " in " ".join(listed.out.split())
    for told in (listed, followed):
        assert " service paused paused: branching " in " ".join(told.out.split())


def test_many_events_are_a_table_after_another(ready: Ebs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is read when the one before was printed, so that a long log needs no memory."""
    whole = found(ready)
    monkeypatch.setattr("adapters.cli.events.PAGE", 3)
    lines = ready("events", "--limit", "1000000").out.splitlines()
    heads = [number for number, line in enumerate(lines) if line.split()[0] == "POSITION"]
    rows = [int(line.split()[0]) for line in lines if line.split()[0] != "POSITION"]

    assert rows == [position for position, _ in whole]
    assert heads == [*range(0, len(lines), 4)]
    assert len(heads) > 1


def test_events_between_two_points(ready: Ebs) -> None:
    """Both ends included; by position, by time, or how long ago."""
    whole = found(ready)
    assert found(ready, "--from", "2", "--to", "4") == whole[1:4]
    assert found(ready, "--from", "2", "--to", "4", "--type", whole[2][1])[0] in whole[1:4]
    assert found(ready, "--from", "-1h") == whole
    assert found(ready, "--to", "2001-01-01T00:00Z") == []
    assert ready("events", "--from", "9999").code == 3
    for wrong in (("--from", "4", "--to", "2"), ("--after", "1", "--from", "2")):
        assert ready("events", *wrong).code == 2
    assert ready("events", "--follow", "--to", "4").code == 2


def test_events_of_a_batch(ready: Ebs, log: EventLog) -> None:
    """Of one or several streams at once, in the order of the log."""
    events = (Planned((BUILD,), "eln", "live"), Finished(0, 0))
    meta = said(events[0]).meta
    log.append([Envelope(stream(7), n, meta, event) for n, event in enumerate(events, 1)])
    ready("projections", "rebuild")

    assert [event for _, event in found(ready, "--batch", "7")] == ["planned", "finished"]
    both = [event for _, event in found(ready, "--batch", "7", "--package", "bash")]
    assert both == ["tagged", "planned", "finished"]
    assert ready("events", "--batch", "8").code == 3


def plan_of(database: Database, **wanted: Any) -> str:
    """How PostgreSQL reads a long log for what is wanted."""
    asked = {"after": 0, "upto": 10**9, "topics": [], "streams": [], "actor": None, "limit": None}
    with connect(database.owner_conninfo) as owner:
        rows = owner.execute(b"explain " + statement("read"), {**asked, **wanted}).fetchall()
    return "\n".join(line for (line,) in rows)


def test_every_filter_uses_an_index(database: Database) -> None:
    """However long the log is, what is wanted is looked up and not searched for."""
    with connect(database.owner_conninfo) as owner:
        owner.execute((Path(__file__).parent / "many_events.sql").read_text())
        owner.execute("analyze events")
    plans: dict[str, dict[str, Any]] = {
        "events_topic": {"topics": ["paused"]},
        "events_pkey": {"streams": ["package:p7", "batch:7"]},
        "events_actor": {"actor": "ada", "limit": 100},
        "events_position": {"after": 100, "upto": 200},
    }
    for index, wanted in plans.items():
        plan = plan_of(database, **wanted)
        assert index in plan
        assert "Seq Scan" not in plan


def told(follower: "subprocess.Popen[str]") -> str:
    """The type of the next event that a follower prints."""
    assert follower.stdout is not None
    return str(json.loads(follower.stdout.readline())["event"])


def stopped(follower: "subprocess.Popen[str]", number: int = signal.SIGTERM) -> str:
    """Stop a follower and return what it said."""
    follower.send_signal(number)
    out, said = follower.communicate(timeout=20)
    assert (follower.returncode, out) == (0, "")
    assert "Traceback" not in said
    return said


FOLLOW = ("events", "--follow", "--json", "--type", "paused", "--type", "resumed")


def test_what_comes_is_followed_until_it_is_stopped(
    ready: Ebs, process: Process, database: Database
) -> None:
    """Each event once, as it comes, also after every connection was cut; SIGTERM ends it."""
    head = ready("status", "--json").json["position"]
    follower = process(*FOLLOW, "--after", str(head))
    ready("pause", "--reason", "branching")
    assert told(follower) == "paused"
    with connect(database.owner_conninfo) as connection:
        connection.execute(f"{CUT} and pid <> pg_backend_pid()")
    ready("work", "--once")
    ready("resume")
    assert told(follower) == "resumed"
    stopped(follower)


def test_ctrl_c_ends_following(ready: Ebs, process: Process) -> None:
    """Quietly, and with what a limit allows it ends by itself."""
    ready("pause", "--reason", "branching")
    follower = process(*FOLLOW, "--from", "1")
    assert told(follower) == "paused"
    assert stopped(follower, signal.SIGINT) == ""
    assert found(ready, "--follow", "--from", "1", "--limit", "2") == found(ready)[:2]


@pytest.fixture
def embedded(nothing_configured: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state folder with an embedded database of its own, short enough for a socket."""
    with TemporaryDirectory(prefix="ebs-") as folder:
        monkeypatch.setenv("EBS_STATE_DIR", folder)
        yield Path(folder)


def test_a_database_that_was_killed_is_waited_for(embedded: Path, typed: Ebs) -> None:
    """It is started again, and what comes after that is followed as if nothing had happened."""
    assert typed("pause", "--reason", "branching").code == 0
    command = [sys.executable, "-m", "adapters.cli.main", *FOLLOW, "--from", "1"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as follower:
        assert told(follower) == "paused"
        number = (embedded / "pg" / "postmaster.pid").read_text().split()[0]
        os.kill(int(number), signal.SIGKILL)
        assert typed("resume").code == 0
        assert told(follower) == "resumed"
        assert "waiting for the database" in stopped(follower)
