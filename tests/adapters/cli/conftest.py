# SPDX-License-Identifier: GPL-3.0-or-later
"""A database of the test's own, a small world of packages, and `ebs` as people type it."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner
from psycopg.conninfo import conninfo_to_dict

import adapters
from adapters.cli.main import cli
from adapters.store.connections import Connection, connect
from adapters.store.embedded import Database
from adapters.store.leader import leadership
from tests.adapters.cli.consuming import Consume, Consumer, Kept
from tests.fixtures.bus import Bus
from tests.fixtures.fix_store import Cluster

POLICY = """\
configuration:
  control:
    pause: {pause}
    trigger_tag: {tag}
    exclude: ["^kernel$"]
components:
  autopackagelist:
    view: eln
    source: source
    content_resolver: lists
  overrides:
    ipa: {{upstream_name: freeipa}}
"""
PACKAGES = ("bash", "zlib", "kernel", "freeipa", "xterm")
LISTED = ("bash", "zlib", "kernel")
TOPIC = "org.fedoraproject.prod.buildsys"


@dataclass
class Ran:
    """How a verb ended, and what it printed where."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The output as JSON."""
        return json.loads(self.out)


class World:
    """Files of a policy, of package lists, of baselines and messages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.policy = folder / "policy.yaml"
        lists = folder / "lists"
        lists.mkdir()
        (lists / "view-source-package-name-list--view-eln.txt").write_text("\n".join(LISTED) + "\n")
        self.write_policy()

    def write_policy(self, *, tag: str = "f41", pause: bool = False) -> None:
        """Write the policy anew."""
        self.policy.write_text(POLICY.format(tag=tag, pause=str(pause).lower()))

    def file(self, name: str, *lines: str | bytes) -> str:
        """Write lines into a file and return its path."""
        raw = [line if isinstance(line, bytes) else line.encode() for line in lines]
        (self.folder / name).write_bytes(b"".join(line + b"\n" for line in raw))
        return str(self.folder / name)

    def baseline(self, *built: str) -> str:
        """Every package is in f41, those named were built for ELN from the same source."""
        rows = [_row("f41", name, number) for number, name in enumerate(PACKAGES, 1)]
        rows += [_row("eln", name, 100 + number) for number, name in enumerate(built, 1)]
        head = json.dumps({"koji_event": 5, "at": "2024-08-13T00:00:00+00:00"})
        return self.file("baseline.jsonl", head, *map(json.dumps, rows))

    def message(self, package: str, build_id: int, tag: str = "f41", **body: Any) -> str:
        """A message that says that a build was tagged."""
        known = {"name": package, "version": "2", "release": "1.fc41", "tag": tag}
        return json.dumps(
            {
                "id": f"{tag}-{build_id}",
                "topic": f"{TOPIC}.tag",
                "headers": {"sent-at": "2024-08-14T00:00:00+00:00"},
                "body": {**known, "build_id": build_id, "user": "bodhi", **body},
            }
        )

    def untag(self, package: str, build_id: int) -> str:
        """A message that says that it was untagged a day later."""
        said = json.loads(self.message(package, build_id))
        said |= {"id": f"untag-{build_id}", "topic": f"{TOPIC}.untag"}
        said["headers"] = {"sent-at": "2024-08-15T00:00:00+00:00"}
        return json.dumps(said)


def _row(tag: str, package: str, build_id: int) -> dict[str, Any]:
    source = f"git+https://src.example/rpms/{package}#{'1' * 40}"
    dist = "fc41" if tag == "f41" else "eln141"
    nvr = f"{package}-1-1.{dist}"
    return {
        "tag": tag,
        "package": package,
        "build_id": build_id,
        "nvr": nvr,
        "source": source,
    }


Ebs = Callable[..., Ran]
Process = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """The files of the test, in the folder where it runs: the policy is the same in each."""
    monkeypatch.chdir(tmp_path)
    return World(tmp_path)


@pytest.fixture
def nothing_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable but a state folder that nobody uses."""
    for name in os.environ:
        if name.startswith(("EBS_", "FEDORA_MESSAGING_")) and not name.startswith("EBS_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(Path(adapters.__file__).parents[1]))
    monkeypatch.setenv("EBS_STATE_DIR", str(tmp_path / "state"))


@contextmanager
def restored_logs() -> Iterator[None]:
    """Afterwards logs go where they went before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()


@pytest.fixture
def logs_restored() -> Iterator[None]:
    """Whatever a verb sets up is undone."""
    with restored_logs():
        yield


@pytest.fixture(scope="session")
def prepared(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a database with a policy and a baseline, to make others from."""
    folder = tmp_path_factory.mktemp("prepared")
    with closing(cluster.create(template=cluster.migrated)) as database:
        options = ("--database-url", database.conninfo, "--state-dir", str(folder))
        with chdir(folder), restored_logs():
            baseline = World(folder).baseline("zlib")
            ran = run("baseline", "--from", baseline, "--policy", "policy.yaml", *options)
        assert ran.code == 0, ran.err
        yield str(conninfo_to_dict(database.conninfo)["dbname"])


@pytest.fixture
def database(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database of the test's own: with a baseline for one that asks to be ready, else empty."""
    ready = "ready" in request.fixturenames
    template = request.getfixturevalue("prepared") if ready else cluster.migrated
    with closing(cluster.create(template=template)) as database:
        yield database


@pytest.fixture
def environment(
    nothing_configured: None, database: Database, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing configured but the test's database, policy and state folder."""
    monkeypatch.setenv("EBS_DATABASE_URL", database.conninfo)
    monkeypatch.setenv("EBS_POLICY", str(world.policy))


def run(*arguments: str, stdin: str | bytes | None = None) -> Ran:
    """Run a verb in this process."""
    result = CliRunner().invoke(cli, arguments, input=stdin)
    return Ran(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def typed(nothing_configured: None, logs_restored: None) -> Ebs:
    """Run what needs no database."""
    return run


@pytest.fixture
def ebs(environment: None, logs_restored: None) -> Ebs:
    """Run any verb."""
    return run


@pytest.fixture
def process(environment: None) -> Iterator[Process]:
    """Start the real thing; whatever is left is killed at the end."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **options: Any) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "adapters.cli.main", *arguments]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        started.append(subprocess.Popen(command, **{**pipes, "text": True, **options}))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.communicate()


@pytest.fixture
def ready(ebs: Ebs) -> Ebs:
    """Run any verb; there is a baseline: bash and freeipa are due, the other target is handled."""
    return ebs


@pytest.fixture
def led(database: Database) -> Iterator[None]:
    """A worker leads meanwhile."""
    with leadership(database.conninfo):
        yield


@pytest.fixture
def held(ready: Ebs, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a plan that the guard holds."""
    monkeypatch.setenv("EBS_GUARD__MAX_BUILDS", "0")
    assert ready("work", "--once").code == 0
    name = ready("status", "--json").json["plan"]
    assert name
    return str(name)


@pytest.fixture
def consume(process: Process, bus: Bus, tmp_path: Path) -> Consume:
    """Start a consumer of the test's queue."""
    logs = (tmp_path / f"consumer-{number}.log" for number in range(9))
    return lambda **options: Consumer(process, next(logs), bus.conf, **options)


@pytest.fixture
def owner(database: Database) -> Iterator[Connection]:
    """The owner of the test's database."""
    with connect(database.owner_conninfo) as connection:
        yield connection


@pytest.fixture
def kept(owner: Connection) -> Kept:
    """Return the ids of what is in the inbox."""
    return lambda: [row[0] for row in owner.execute("select message_id from inbox order by seq")]
