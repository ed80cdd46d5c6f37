# SPDX-License-Identifier: GPL-3.0-or-later
"""sandbox: a hub that the real client talks to, and that ends when it is told to."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import koji
import pytest
import yaml

from adapters.config.static import load
from adapters.koji.client import KojiHub
from adapters.koji.options import hub_options
from tests.adapters.cli.conftest import Ebs, Process
from tests.fixtures.until import until

SMALL = ("--packages", "20", "--port", "0")
PATIENCE = 20.0
"""Seconds after which something did not happen."""


class Standing:
    """A sandbox that was started, and what it said first."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.said: list[str] = []
        while self.said[-2:] != ["ebs run", ""]:
            self.said.append(self._line())
        found = (re.fullmatch(r"export (\w+)=(\S+)", line) for line in self.said)
        self.variables = {match[1]: match[2] for match in found if match}

    @property
    def port(self) -> str:
        """Where it listens."""
        return self.variables["EBS_KOJI__URL"].split(":")[2].split("/")[0]

    def session(self) -> Any:
        """A session of the user it names, with the password it wrote."""
        password = Path(self.variables["EBS_KOJI__PASSWORD_FILE"]).read_text().strip()
        account = {"user": self.variables["EBS_KOJI__USER"], "password": password}
        options = {"max_retries": 0, "anon_retry": False, "timeout": 10, **account}
        session = koji.ClientSession(self.variables["EBS_KOJI__URL"], options)
        session.login()
        return session

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """End it; return its exit code and what it printed since."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err

    def _line(self) -> str:
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        assert line, "it ended"
        return str(line).rstrip()


@pytest.fixture
def started(process: Process) -> Iterator[Callable[..., Standing]]:
    """Start a small sandbox on a free port; in the end it takes its files with it."""
    running: list[Standing] = []

    def start(*arguments: str, **options: Any) -> Standing:
        running.append(Standing(process("sandbox", *SMALL, *arguments, **options)))
        return running[-1]

    yield start
    for standing in running:
        if standing.process.poll() is None:
            standing.end()


def test_the_real_client_builds_in_it(started: Callable[..., Standing]) -> None:
    """Logged in as it says, one finds Rawhide and ELN, and a build asked for is taken up."""
    standing = started("--every", "0")
    session = standing.session()
    held = session.listTagged("f42")
    (build,) = session.listBuilds(prefix=held[0]["name"], queryOpts={"limit": 1})
    (target, config) = session.getBuildTarget("eln"), session.getBuildConfig("eln-build")
    task = session.build(build["source"], "eln")

    assert (len(held), len(session.listTagged("eln"))) == (20, 15)
    assert (target["build_tag_name"], config["extra"]["rpm.macro.eln"]) == ("eln-build", 142)
    until(lambda: session.getTaskInfo(task)["state"] == koji.TASK_STATES["OPEN"])
    assert len(session.listTagged("f42")) == 20
    assert standing.end() == (0, "", "")


def test_nothing_of_it_is_left(started: Callable[..., Standing]) -> None:
    """Ctrl-C ends it as SIGTERM does; its files are gone, and its port is free."""
    standing = started()
    files = [Path(standing.variables[name]) for name in ("EBS_KOJI__PASSWORD_FILE", "EBS_POLICY")]
    assert all(file.exists() for file in files)
    code, _, said = standing.end(signal.SIGINT)

    assert (code, "Traceback" in said) == (0, False)
    assert not any(file.exists() for file in files)
    again = started("--port", standing.port)
    assert again.end()[0] == 0


def test_the_service_takes_what_it_says(
    started: Callable[..., Standing], typed: Ebs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its variables the service logs in, and finds a policy of all that ELN rebuilds there."""
    for name, value in started().variables.items():
        monkeypatch.setenv(name, value)
    config = load()
    hub = KojiHub(hub_options(**config.koji.hub()))
    user = hub.whoami()
    hub.close()
    policy = str(config.policy)

    assert user is not None
    assert user.name == "ebs"
    assert typed("config", "check", policy, "--json").json["ok"]
    assert len(yaml.safe_load(Path(policy).read_text())["components"]["overrides"]) == 15


def test_its_messages_are_read_by_ingest(
    started: Callable[..., Standing], ebs: Ebs, tmp_path: Path
) -> None:
    """Something happens by itself, and `ebs ingest` records what the file tells of it."""
    file = tmp_path / "bus.jsonl"
    standing = started("--every", "0.1", "--messages", str(file))
    until(lambda: file.read_bytes().count(b'"tag":"f42"') > 2)
    _, out, err = standing.end()
    report = ebs("ingest", str(file), "--json").json
    told = [json.loads(line)["body"] for line in file.read_bytes().splitlines()]
    built = [f"{b['name']}-{b['version']}-{b['release']}" for b in told if b["tag"] == "f42"]

    assert (out, report["rejected"], report["recorded"]) == ("", 0, len(built))
    assert re.findall(r"(\S+) is in f42", err) == built


def test_messages_go_down_a_pipe(started: Callable[..., Standing]) -> None:
    """With `-` stdout bears the messages, each as it is sent, and nothing else."""
    standing = started("--every", "0.1", "--messages", "-")
    assert standing.process.stdout is not None
    line = standing.process.stdout.readline()

    assert json.loads(line)["topic"].endswith(".buildsys.tag")
    assert standing.end()[0] == 0


def test_it_ends_when_nobody_reads_its_messages(started: Callable[..., Standing]) -> None:
    """A broken pipe ends it, quietly."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as pipe:
        standing = started("--every", "0.1", "--messages", "-", stdout=pipe)
    os.close(reading)
    _, said = standing.process.communicate(timeout=PATIENCE)

    assert (standing.process.returncode, "error" in said) == (130, False)


def test_a_port_that_is_taken_is_a_conflict(
    started: Callable[..., Standing], typed: Ebs, tmp_path: Path
) -> None:
    """A second sandbox on the port is told so, and does not touch the messages of the first."""
    file = tmp_path / "bus.jsonl"
    standing = started("--every", "0.1", "--messages", str(file))
    until(lambda: file.stat().st_size)
    ran = typed("sandbox", "--port", standing.port, "--messages", str(file))

    assert (ran.code, ran.out) == (5, "")
    assert ran.err.startswith(f"error: port {standing.port} is taken\nwhy: ")
    assert file.read_bytes().startswith(b"{")


@pytest.mark.parametrize("name", ["nowhere/bus.jsonl", "."])
def test_messages_that_cannot_be_written(typed: Ebs, name: str) -> None:
    """Where the file cannot be made, nothing is started."""
    ran = typed("sandbox", *SMALL, "--messages", name)

    assert ran.code == 1
    assert ran.err.startswith(f"error: {name} cannot be written\nwhy: ")
