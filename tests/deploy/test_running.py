# SPDX-License-Identifier: GPL-3.0-or-later
"""What manifests and units start does start: the services get ready, from an empty database."""

import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from resource import getpagesize
from typing import Final

import pytest

import adapters
from tests.deploy import restricted
from tests.deploy.image import parsed
from tests.deploy.machine import PATIENCE, Machine
from tests.deploy.rollout import OVERLAY, roll_out, without_kerberos
from tests.deploy.surroundings import Surroundings, surroundings
from tests.deploy.units import SERVICES, Unit
from tests.fixtures.fix_store import Cluster

EBS: Final = [sys.executable, "-m", "adapters.cli.main"]
SOURCE: Final = {"PYTHONPATH": str(Path(adapters.__file__).parents[1])}
"""The program under test is that of the source, not of an image."""

MEBI: Final = 1024 * 1024
"""Bytes."""


@pytest.fixture
def around(cluster: Cluster, amqp_url: str, tmp_path: Path) -> Iterator[Surroundings]:
    """A database, a hub, a broker."""
    with surroundings(cluster, amqp_url, tmp_path) as around:
        yield around


@pytest.fixture
def root() -> Iterator[Path]:
    """A folder whose name is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="ebs-") as folder:
        yield Path(folder)


def test_the_pods_get_ready(root: Path, around: Surroundings) -> None:
    """Migrated by the Jobs, each Deployment's command gets ready by the probes that it names.

    Then it takes no more memory than is set aside for it.
    """
    image = {**parsed().envs, **SOURCE}
    with Machine(root, EBS) as machine:
        for pod, process in roll_out(machine, around, image):
            requested = pod.container["resources"]["requests"]["memory"]
            taken = int(Path(f"/proc/{process}/statm").read_text().split()[1]) * getpagesize()
            assert taken < int(requested.removesuffix("Mi")) * MEBI, pod.name


def restricting(unit: Unit) -> list[str]:
    """What stands for ``ebs``, under what can be had without systemd of what it may not do."""
    [*_, umask] = unit.values("UMask")
    # -P: what lies beside the script is no module of its.
    return [sys.executable, "-P", str(restricted.__file__), umask, *EBS]


def furnish(machine: Machine, unit: Unit, around: Surroundings) -> dict[str, str]:
    """Migrate, put there what the unit reads, and return its variables."""
    told = {**SOURCE, **unit.environment}
    machine.write("/etc/ebs/ebs.toml", without_kerberos(OVERLAY / "ebs.toml"))
    machine.write(f"{unit.folder}/database-url", around.database.owner_conninfo)
    machine.run(["migrate"], told)
    for secret in unit.credentials:
        machine.write(f"{unit.folder}/{secret}", "k" * 32)
    machine.write(f"{unit.folder}/database-url", around.database.conninfo)
    return told


@pytest.mark.parametrize("name", SERVICES)
def test_the_units_get_ready(root: Path, around: Surroundings, name: str) -> None:
    """Each unit's command says that it is ready, with its variables and its secrets alone."""
    unit = Unit(name)
    with (
        Machine(root, restricting(unit)) as machine,
        closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as systemd,
    ):
        told = furnish(machine, unit, around)
        told |= around.variables(machine) | {"NOTIFY_SOCKET": str(root / "notify")}
        told.pop("EBS_KOJI__KEYTAB", None)
        systemd.bind(told["NOTIFY_SOCKET"])
        systemd.settimeout(PATIENCE)
        machine.start(unit.words, told)

        while "READY=1" not in systemd.recv(4096).decode():
            pass


def test_what_is_found_at_night_is_left_for_node_exporter(root: Path, around: Surroundings) -> None:
    """The unit of the timer comes to its end, and moves its metrics to where anybody may read."""
    unit = Unit("verify")
    [moved] = unit.afterwards
    with Machine(root, restricting(unit)) as machine:
        told = furnish(machine, unit, around)
        machine.run(unit.words, told)
        read = Path(moved.split()[-1])
        folder = machine.folder(str(read.parent))
        step = machine.real(moved.removeprefix("+")).replace(str(read.parent), str(folder))
        subprocess.run(step.split(), check=True)

        assert "ebs_verify_findings 0.0\n" in (folder / read.name).read_text()
        assert (folder / read.name).stat().st_mode & 0o777 == 0o644
        assert [*machine.state.glob("*.prom")] == []
