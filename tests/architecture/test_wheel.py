# SPDX-License-Identifier: GPL-3.0-or-later
"""The wheel: all that runs, and nothing else."""

import subprocess
import sys
import tomllib
from email.message import Message
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("domain", "adapters", "projections")
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
INFO = f"elnsync-{VERSION}.dist-info"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """The wheel, built by the hatchling of the lock and without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    return ZipFile(built)


@pytest.fixture
def metadata(wheel: ZipFile) -> Message:
    """The wheel's METADATA."""
    return Parser().parsestr(wheel.read(f"{INFO}/METADATA").decode())


def sources() -> set[str]:
    """What the three packages hold, prose and compiled code apart."""
    return {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in {".md", ".pyc"}
    }


def test_ships_the_three_packages_whole(wheel: ZipFile) -> None:
    """The wheel holds every file of the packages (code, SQL, pages, data), no tests, no deploy."""
    shipped = {name for name in wheel.namelist() if not name.startswith(f"{INFO}/")}

    assert shipped == sources()


@pytest.mark.parametrize("package", PACKAGES)
def test_ships_its_types(wheel: ZipFile, package: str) -> None:
    """Each package is marked as typed."""
    assert f"{package}/py.typed" in wheel.namelist()


def test_bears_its_licence(wheel: ZipFile, metadata: Message) -> None:
    """The metadata name the licence, and the wheel carries its text."""
    assert metadata["License-Expression"] == "GPL-3.0-or-later"
    assert metadata.get_all("License-File") == ["LICENSE"]
    assert wheel.read(f"{INFO}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()


def test_installs_the_command(wheel: ZipFile) -> None:
    """Installing the wheel gives the command `ebs`."""
    entry_points = wheel.read(f"{INFO}/entry_points.txt").decode()

    assert "ebs = adapters.cli.main:main" in entry_points
