# SPDX-License-Identifier: GPL-3.0-or-later
"""deploy/docs/deploying.md: what it has people type names what units and manifests name."""

import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.deploy.manifests import BY_HAND, DEPLOY, OVERLAYS, PODS, built, documents
from tests.deploy.units import FOLDER, UNITS, Unit
from tests.rehearsal.manual import blocks

PAGE: Final = (DEPLOY / "docs/deploying.md").read_text()
COMMANDS: Final = re.findall(r"^\$ (.*)$", PAGE, re.MULTILINE)


def test_what_it_names_is_there() -> None:
    """Whatever is called ebs-something is a unit, a secret, or a resource of OpenShift's."""
    known = {file.stem for file in FOLDER.iterdir()} | BY_HAND
    known |= {each["metadata"]["name"] for each in documents()}

    named = set(re.findall(r"\bebs-[a-z][a-z-]*\b", PAGE))
    assert named - known == set()
    assert named >= BY_HAND


def test_the_secrets_of_units_are_told() -> None:
    """The table has every credential, each with the units that get it."""
    told = {}
    for files, units in re.findall(r"^\| (`[\w.-]+`.*?) \| (.*?) \|", PAGE, re.MULTILINE):
        for file in re.findall(r"`([\w.-]+)`", files):
            told[file] = {f"{unit}.service" for unit in re.findall(r"`(ebs-\w+)`", units)}
    given: dict[str, set[str]] = {}
    for unit in UNITS:
        for path in unit.credentials.values():
            given.setdefault(path.rpartition("/")[2], set()).add(unit.name)

    but = told.pop("database-url")
    assert given.pop("database-url") == {unit.name for unit in UNITS} - but
    assert {file: units for file, units in told.items() if units} == given


def test_the_secrets_of_pods_are_made_with_their_keys() -> None:
    """Each secret is made of the files that the configuration and the pods read of it."""
    made = dict(re.findall(r"create secret generic ([\w-]+) (.*)", "\n".join(COMMANDS)))
    told = "".join(path.read_text() for path in OVERLAYS[0].glob("*.toml"))
    told += "".join("".join(pod.environment.values()) for pod in PODS)

    for secret, files in made.items():
        for key in re.findall(r"--from-file=([\w.]+)", files):
            place = secret.removeprefix("ebs-").removesuffix("-owner")
            assert f"/etc/ebs/{place}/{key}" in told


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda overlay: overlay.name)
def test_every_resource_is_applied_once(overlay: Path) -> None:
    """The selections of the three steps are of all there is, each in one of them."""
    applied: list[str] = []
    everything = [
        each["metadata"]["labels"]["app.kubernetes.io/component"] for each in built(overlay)
    ]
    for negated, among in re.findall(r"\$PART (not)?in \((.*?)\)", "\n".join(COMMANDS)):
        parts = among.split(", ")
        applied += [part for part in everything if (part in parts) is not bool(negated)]

    assert sorted(applied) == sorted(everything)


def test_the_units_read_what_the_manual_writes(tmp_path: Path) -> None:
    """Program and configuration are linked to where the units look for them, wherever they are.

    A site that has its configuration there already needs no link.
    """
    link, program = [command for command in blocks()["systemd"] if "ln --symbolic" in command]
    [command] = Unit("work").values("ExecStart")
    assert command.startswith(f"{program.split()[-1]}/bin/ebs ")

    elsewhere, etc = tmp_path / "elsewhere", tmp_path / "etc"
    elsewhere.mkdir()
    for place in (elsewhere, elsewhere, etc):
        typed = link.replace("$ETC", str(place)).replace("/etc/ebs", str(etc))
        subprocess.run(["bash", "-c", typed], check=True)
        assert etc.readlink() == elsewhere
    read = {unit.environment["EBS_CONFIG"] for unit in UNITS}
    read |= {path for unit in UNITS for path in unit.credentials.values()}
    assert {path for path in read if not path.startswith("/etc/ebs/")} == set()
    written = "".join(blocks()["configure"])
    assert '"$ETC/credentials/database-url"' in written
    assert 'EBS_CONFIG="$ETC/ebs.toml"' in written
