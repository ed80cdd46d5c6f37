# SPDX-License-Identifier: GPL-3.0-or-later
"""The statements of the projections, a file each."""

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> bytes:
    """Return the statement in ``name``.sql."""
    return files(__name__).joinpath(f"{name}.sql").read_bytes()
