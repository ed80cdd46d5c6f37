# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of the migration is true: its commands are typed, beside another service that builds."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import NamedTuple

import pytest

from adapters.cli.errors import DEGRADED
from adapters.sandbox.standing import Standing, standing
from adapters.sandbox.vendored import SourcePackage
from adapters.store.embedded import Database
from tests.adapters.store.theirs import Theirs, elnbuildsync
from tests.fixtures.bus import Bus
from tests.fixtures.fix_store import Cluster
from tests.fixtures.until import until
from tests.rehearsal.manual import ROOT, Terminal
from tests.rehearsal.service import Service


class Koji(NamedTuple):
    """A hub, and the variables that point ebs at it."""

    hub: Standing
    variables: dict[str, str]

    def build(self, package: SourcePackage) -> str:
        """Build a package into Rawhide, and return its source."""
        self.hub.happen(package)
        return str(self.hub._hub.last(package.name).source)

    def rebuild(self, package: SourcePackage) -> None:
        """Let ELNBuildSync rebuild the last build of it."""
        with self.hub.world.request():
            self.hub._hub.rebuilt(self.hub._hub.last(package.name))


PAGE = ROOT / "deploy/docs/migrating.md"
PATIENCE = 120.0
"""Seconds, on a machine that does much else."""


@pytest.fixture
def theirs(cluster: Cluster) -> Iterator[Theirs]:
    """ELNBuildSync's database: it failed at a source that Koji has, and has one trigger pending."""
    with elnbuildsync(cluster) as made:
        made.trigger("bash", 1)
        yield made


@pytest.fixture
def koji() -> Iterator[Koji]:
    """Koji and Bodhi, for both."""
    with standing(packages=8, port=0, messages=None, stop=Event()) as (hub, told):
        yield Koji(hub, told)


@pytest.fixture
def terminal(koji: Koji, theirs: Theirs, database: Database, bus: Bus, tmp_path: Path) -> Terminal:
    """A terminal on a site where ELNBuildSync is at work."""
    program = tmp_path / "bin/ebs"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m adapters.cli.main "$@"\n')
    program.chmod(0o755)
    site = {
        **koji.variables,
        "THEIRS": theirs.url,
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "EBS_DATABASE_URL": database.conninfo,
        "EBS_STATE_DIR": str(tmp_path / "state"),
        "EBS_BUS__CONF": str(bus.conf),
    }
    return Terminal(tmp_path, site, PAGE)


@pytest.fixture
def service(terminal: Terminal, tmp_path: Path) -> Iterator[Service]:
    """The two processes that listen and decide."""
    made = Service(terminal, tmp_path)
    yield made
    made.kill_all()


def test_the_page(terminal: Terminal, koji: Koji, theirs: Theirs, service: Service) -> None:
    """In the shadow nothing is built and all is compared; then what they built is not due."""
    denied, there, here, *_ = koji.hub.targets
    terminal.play("baseline")
    terminal.play("import-dry-run")
    service.start()
    sources = [koji.build(package) for package in (denied, there, here)]
    until(lambda: counts(terminal) == {"same": 0, "only here": 3, "only there": 0}, PATIENCE)
    theirs.failed(sources[0])
    koji.rebuild(there)
    until(lambda: counts(terminal) == {"same": 1, "only here": 2, "only there": 0}, PATIENCE)
    assert here.name in terminal.play("report")
    service.end_all()
    assert not any(task.method == "build" for task in koji.hub.world.tasks.values())

    terminal.play("pause")
    terminal.play("take-over", also=(DEGRADED,))
    verdicts = json.loads(terminal.type("ebs plan --json"))["verdicts"]
    assert [v["package"] for v in verdicts if v["verdict"] == "queued"] == [here.name]
    terminal.play("resume")
    terminal.play("back")
    assert terminal.played == terminal.commands.keys()


def counts(terminal: Terminal) -> dict[str, int]:
    """Return how many sources were built by whom."""
    found: dict[str, int] = json.loads(terminal.type("ebs shadow report --json"))["counts"]
    return found
