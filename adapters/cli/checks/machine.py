# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor looks at of this machine: Python, and the room in the state folder."""

import platform
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from adapters.cli.checks.check import Check, Health
from adapters.config.static import Config

MB: Final = 10**6
LEAST: Final = 100 * MB
"""Bytes; PostgreSQL alone writes its log in pieces of 16 MB."""

WORTH_A_WARNING: Final = 1000 * MB


def checks(config: Config) -> Iterator[Check]:
    """Yield how it is on this machine."""
    yield Check("python", "ok", platform.python_version())
    yield _room(config.state_dir)


def _room(folder: Path) -> Check:
    there = next(each for each in (folder, *folder.parents) if each.is_dir())
    free = shutil.disk_usage(there).free
    found = f"{free // MB:,} MB free in {folder}"
    health: Health = "fail" if free < LEAST else "warn" if free < WORTH_A_WARNING else "ok"
    do = "" if health == "ok" else "make room there, or name another --state-dir"
    return Check("disk", health, found, do)
