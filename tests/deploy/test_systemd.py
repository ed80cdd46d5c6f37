# SPDX-License-Identifier: GPL-3.0-or-later
"""deploy/systemd: systemd takes it, lets the services do little, and they are what it says."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from adapters.cli import errors
from adapters.supervision import PATIENCE
from tests.deploy.units import COMMON, FOLDER, SERVICES, UNITS, Unit
from tests.deploy.words import faults, unknown
from tests.fixtures.needed import lack, needed

EXPOSURE: Final = 15
"""Tenths of what systemd counts: OK ends at 49, and who has a network is hardly below 10."""

OFFLINE: Final = 252
"""The first systemd that judges units which are not installed, by what drop-ins say too."""

SUPERVISED: Final = [Unit(name) for name in SERVICES]

each_unit = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
each_service = pytest.mark.parametrize("unit", SUPERVISED, ids=lambda unit: unit.name)


@pytest.fixture
def analyze() -> str:
    """The judge that comes with systemd, of a release that can judge files."""
    program = needed("packaging", "systemd-analyze")
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"systemd (\d+)", told)
    assert found, told
    if int(found[1]) < OFFLINE:
        lack("packaging", f"systemd {found[1]} cannot judge files, {OFFLINE} can")
    return program


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units, with an ebs that is there."""
    folder = tmp_path / "units"
    shutil.copytree(FOLDER, folder)
    for file in folder.glob("*.service"):
        file.write_text(file.read_text().replace("/opt/ebs/bin/ebs", sys.executable))
    return folder


def test_systemd_takes_them(analyze: str, installed: Path) -> None:
    """No unit has a key or value that systemd does not know, or would have it do in vain."""
    units = [str(file) for file in sorted(installed.iterdir()) if file.is_file()]
    command = [analyze, "verify", "--man=no", *units]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout + ran.stderr) == (0, "")


@each_unit
def test_they_may_do_little(analyze: str, installed: Path, unit: Unit) -> None:
    """Of what a service could be kept from, little is left: systemd's measure of it is low."""
    file = str(installed / unit.name)
    command = [analyze, "security", "--offline=true", f"--threshold={EXPOSURE}", file]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout


@each_unit
def test_they_start_what_there_is(unit: Unit) -> None:
    """The verb and its options exist, and each variable is a setting."""
    assert faults(unit.words) == []


@each_unit
def test_every_variable_is_known(unit: Unit) -> None:
    """No variable of a unit is one that the configuration would warn of."""
    assert unknown(unit.environment) == set()


@each_unit
def test_secrets_are_credentials(unit: Unit) -> None:
    """What a unit's variables name of secrets is given to it, from the one folder that has them."""
    named = [value for value in unit.environment.values() if value.startswith(unit.folder)]

    assert {Path(path).name for path in named} <= unit.credentials.keys()
    assert all(Path(path).parent == Path(unit.folder) for path in named)
    assert {Path(path).parent for path in unit.credentials.values()} == {
        Path("/etc/ebs/credentials")
    }


def test_secrets_are_those_of_the_role() -> None:
    """Who serves pages has no keytab, who builds signs in nobody, and only one is the owner."""
    given = {unit.name: set(unit.credentials) - {"database-url"} for unit in UNITS}
    bus = {"bus-ca.pem", "bus-client.pem", "bus-client.key"}

    assert given == {
        "ebs-consume.service": bus,
        "ebs-work.service": bus | {"krb5.keytab"},
        "ebs-serve.service": {"session.key", "oidc.secret"},
        "ebs-migrate.service": set(),
        "ebs-verify.service": set(),
    }
    urls = {unit.name: Path(unit.credentials["database-url"]).name for unit in UNITS}
    assert [name for name, url in urls.items() if url != "database-url"] == ["ebs-migrate.service"]


@each_service
def test_they_are_watched(unit: Unit) -> None:
    """Each says when it is ready, and is started anew when it gives no sign."""
    assert unit.values("Type") == ["notify"]
    assert unit.values("Restart") == ["on-failure"]
    assert unit.values("WatchdogSec")[0] in {"60", f"{PATIENCE / 60:.0f}min"}


def test_what_a_restart_cannot_mend_is_not_tried_again() -> None:
    """Wrong words and a missing file are for a person; what is down or hung is started again."""
    [codes] = Unit("work").values("RestartPreventExitStatus")

    assert [errors.MEANINGS[int(code)] for code in codes.split()] == ["wrong usage", "not found"]


def test_the_target_is_all_of_them() -> None:
    """The target wants the three services and the nightly look, and each ends with it."""
    target = (FOLDER / "ebs.target").read_text()
    wanted = re.findall(r"^Wants=(.*)$", target, re.MULTILINE)

    nightly = "ebs-verify.timer"
    assert " ".join(wanted).split() == [*(unit.name for unit in SUPERVISED), nightly]
    assert "PartOf=ebs.target\n" in (FOLDER / nightly).read_text()
    ended = {unit.name for unit in UNITS if unit.values("PartOf") == ["ebs.target"]}
    assert ended == {unit.name for unit in UNITS} - {"ebs-migrate.service"}
    assert COMMON.is_file()


def test_the_log_is_verified_every_night() -> None:
    """The timer starts the service of its name; one that failed is left until the next night.

    What it leaves goes where node-exporter reads, by a step that alone has the rights for that.
    """
    timer, unit = (FOLDER / "ebs-verify.timer").read_text(), Unit("verify")
    [moved] = unit.afterwards

    assert "OnCalendar=*-*-* 02:00:00\n" in timer
    assert "Persistent=true\n" in timer
    assert unit.values("Type") == ["oneshot"]
    assert unit.values("Restart")[-1] == "no"
    assert moved.startswith("+/usr/bin/mv ")
    assert unit.words[-1] == moved.split()[-2]


@each_service
def test_who_does_not_end_is_killed(unit: Unit) -> None:
    """Within the manual's two minutes: systemd's own 90 seconds, or what is said."""
    stop = unit.values("TimeoutStopSec")

    assert stop in ([], ["2min"])
    assert unit.values("SendSIGKILL") == unit.values("KillMode") == []
