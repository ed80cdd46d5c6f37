# SPDX-License-Identifier: GPL-3.0-or-later
"""The SQL of this package, each statement a file of its own in ``sql/``."""

from functools import cache
from importlib.resources import files
from typing import Final

_TURN: Final = b"/* desc */"
"""Where a statement has to be turned so that it goes backwards."""


@cache
def statement(name: str, *, backwards: bool = False) -> bytes:
    """Return the text of ``sql/<name>.sql``; backwards, the last rows come first.

    A direction cannot be a parameter: PostgreSQL would sort instead of walking along an index.
    """
    text = files("adapters.store").joinpath("sql", f"{name}.sql").read_bytes()
    return text.replace(_TURN, b"desc") if backwards else text
