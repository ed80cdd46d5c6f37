# SPDX-License-Identifier: GPL-3.0-or-later
"""The data that came along."""

import lzma
import tomllib
from hashlib import sha256
from importlib.resources import files

import pytest

from adapters.sandbox import vendored

DATA = files("adapters.sandbox") / "data"
LISTED = tomllib.loads((DATA / "VENDORED.toml").read_text())["file"]


@pytest.mark.parametrize("entry", LISTED, ids=lambda entry: entry["name"])
def test_is_what_it_was(entry: dict[str, str]) -> None:
    """Each file has the digests that VENDORED.toml states, packed and unpacked."""
    packed = (DATA / entry["name"]).read_bytes()

    assert sha256(packed).hexdigest() == entry["sha256"]
    assert sha256(lzma.decompress(packed)).hexdigest() == entry["sha256_unpacked"]


def test_all_of_it_is_listed() -> None:
    """VENDORED.toml leaves no file out."""
    there = {file.name for file in DATA.iterdir()}

    assert there == {entry["name"] for entry in LISTED} | {"VENDORED.toml"}


@pytest.mark.parametrize("entry", LISTED, ids=lambda entry: entry["name"])
def test_says_where_it_is_from(entry: dict[str, str]) -> None:
    """Each entry names content, source, licence and changes."""
    assert all(entry[key] for key in ("content", "source", "licence", "changes"))


def test_has_every_package() -> None:
    """There are 24,376 source packages, and ELN's 1,825 are among them."""
    names = {package.name for package in vendored.fedora()}

    assert (len(names), len(vendored.eln())) == (24_376, 1_825)
    assert names.issuperset(vendored.eln())
