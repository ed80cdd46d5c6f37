# SPDX-License-Identifier: GPL-3.0-or-later
"""work, run: one leader decides, outlives what is down, and stops when it is told to."""

import json
import signal
import subprocess
from datetime import UTC, datetime

import pytest

from adapters.cli.worker import Periodic
from adapters.store.connections import connect
from adapters.store.embedded import Database
from adapters.store.leader import leadership
from domain.policy import Policy, Settings
from domain.service.decide import Offered
from tests.adapters.cli.conftest import Ebs, Process, World
from tests.fixtures.until import until

CUT = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
OTHERS = f"{CUT} and pid <> pg_backend_pid()"


def log_of(worker: "subprocess.Popen[str]") -> list[dict[str, object]]:
    """Stop the worker and return what it logged."""
    worker.send_signal(signal.SIGTERM)
    _, said = worker.communicate(timeout=20)
    assert worker.returncode == 0
    return [json.loads(line) for line in said.splitlines()]


def test_the_worker_decides_what_comes_in(ready: Ebs, process: Process, world: World) -> None:
    """What is due is queued without anybody asking, and SIGTERM ends the worker cleanly."""
    worker = process("run", "--log-format", "json")
    until(lambda: len(ready("queue", "--json").json) == 2)
    ready("ingest", world.file("m.jsonl", world.message("zlib", 11)))
    until(lambda: len(ready("queue", "--json").json) == 3)

    passes = [line for line in log_of(worker) if line["event"] == "pass"]
    assert passes[0]["recorded"] == {"queued": 2, "skipped": 2, "skipped-as-retag": 1}
    events = map(json.loads, ready("events", "--type", "queued", "--json").out.splitlines())
    assert {event["correlation"] for event in events} == {line["correlation"] for line in passes}


def test_the_worker_outlives_its_connections(
    ready: Ebs, process: Process, database: Database
) -> None:
    """All connections cut at once: the worker leads again by itself."""
    worker = process("work", "--log-format", "json")
    until(lambda: len(ready("queue", "--json").json) == 2)
    with connect(database.owner_conninfo) as connection:
        connection.execute(OTHERS)
    ready("rebuild", "zlib", "--reason", "x")
    until(lambda: len(ready("queue", "--json").json) == 3)

    events = [line["event"] for line in log_of(worker)]
    assert events.count("leading") >= 2


def test_the_lull_is_kept(ready: Ebs, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that was tagged just now waits for others; the pass says for how long."""
    now = datetime.now(UTC).isoformat()
    message = json.loads(world.message("zlib", 11)) | {"headers": {"sent-at": now}}
    ready("work", "--once")
    ready("ingest", world.file("m.jsonl", json.dumps(message)))
    ran = ready("work", "--once")

    assert "1 build wait" in ran.err
    assert len(ready("queue", "--json").json) == 2
    monkeypatch.setenv("EBS_TIMERS__LULL", "0")
    ready("work", "--once")
    assert len(ready("queue", "--json").json) == 3


def test_two_workers_are_a_conflict(
    ready: Ebs, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one leads, another is told so: exit 5."""
    monkeypatch.setattr("adapters.store.leader._PATIENCE", 0)
    with leadership(database.conninfo):
        for verb in ("work --once", "work", "run"):
            ran = ready(*verb.split())

            assert ran.code == 5
            assert "another worker is at work" in ran.err


def test_a_policy_adopted_in_between_is_not_undone() -> None:
    """What was read a while ago is offered once, not for ever: a person may adopt another."""

    class Outside:
        def offered(self) -> Offered:
            return Offered(settings=Settings(), policy=Policy("f41"))

    periodic = Periodic(Outside(), Settings(), 900)

    assert periodic.offered().policy is not None
    assert periodic.offered() == Offered(settings=Settings())


def test_the_worker_says_that_it_stopped(ready: Ebs, process: Process) -> None:
    """SIGTERM ends in a last line of the log."""
    worker = process("run", "--log-format", "json")
    until(lambda: len(ready("queue", "--json").json) == 2)

    assert log_of(worker)[-1]["event"] == "stopped"
