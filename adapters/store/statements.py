# SPDX-License-Identifier: GPL-3.0-or-later
"""The SQL of this package, each statement a file of its own in ``sql/``."""

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> bytes:
    """Return the text of ``sql/<name>.sql``."""
    return files("adapters.store").joinpath("sql", f"{name}.sql").read_bytes()
