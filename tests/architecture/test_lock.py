# SPDX-License-Identifier: GPL-3.0-or-later
"""The locks: what may be installed, and nothing about where it came from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
PIN = re.compile(r"[a-z0-9-]+==[\w.]+( ; [^\\@]+)?( --hash=sha256:[0-9a-f]{64})+")
WITHOUT_WHEELS = {"gssapi", "krb5"}

each_lock = pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)


def entries(lock: Path) -> list[str]:
    """The requirements of a lock, each joined to one line."""
    lines = [line for line in lock.read_text().splitlines() if not line.startswith("#")]
    return re.sub(r" \\\n +", " ", "\n".join(lines)).splitlines()


def pins(lock: Path) -> dict[str, Version]:
    """What a lock pins."""
    return {
        name: Version(version)
        for name, version in (entry.split()[0].split("==") for entry in entries(lock))
    }


@each_lock
def test_each_line_is_pinned_with_hashes(lock: Path) -> None:
    """Every requirement of a lock is one version with the hashes of its files."""
    assert entries(lock)
    assert [entry for entry in entries(lock) if not PIN.fullmatch(entry)] == []


@each_lock
def test_names_no_place(lock: Path) -> None:
    """A lock names no host, no address and no path, not even in a comment."""
    text = lock.read_text()

    assert "http:" not in text
    assert "https:" not in text
    assert "/" not in text
    assert "@" not in text
    assert re.findall(r"[a-z]\.[a-z]\S*", re.sub(r"sys\.platform", "", text)) == []


def test_holds_what_the_project_asks_for() -> None:
    """Each dependency of pyproject.toml, of the tests too, is locked at a version it allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        Requirement(line)
        for line in project["dependencies"] + project["optional-dependencies"]["test"]
    ]
    locked = pins(ROOT / "requirements.lock")

    assert {
        str(requirement)
        for requirement in wanted
        if (name := canonicalize_name(requirement.name)) not in locked
        or locked[name] not in requirement.specifier
    } == set()


def test_leaves_the_kerberos_libraries_to_their_own_lock() -> None:
    """What needs a compiler and libkrb5 is in requirements-kerberos.lock and nowhere else."""
    assert set(pins(ROOT / "requirements-kerberos.lock")) == WITHOUT_WHEELS
    assert not WITHOUT_WHEELS & set(pins(ROOT / "requirements.lock"))


def test_no_second_kind_of_lock() -> None:
    """There is no uv.lock, which would name a registry."""
    assert list(ROOT.glob("**/uv.lock")) == []
