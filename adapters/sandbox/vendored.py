# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of real packages that come along; ``data/VENDORED.toml`` says where they are from."""

import lzma
from importlib.resources import files
from typing import NamedTuple


class SourcePackage(NamedTuple):
    """A source package of Fedora as it was released once."""

    name: str
    version: str
    release: str


def fedora() -> tuple[SourcePackage, ...]:
    """Return every source package of Fedora."""
    _, *rows = _lines("fedora-source-packages.tsv.xz")
    return tuple(SourcePackage(*row.split("\t")) for row in rows)


def eln() -> tuple[str, ...]:
    """Return the names on ELN's package list."""
    return tuple(_lines("eln-source-packages.txt.xz"))


def _lines(name: str) -> list[str]:
    packed = files("adapters.sandbox").joinpath("data", name).read_bytes()
    return lzma.decompress(packed).decode().splitlines()
