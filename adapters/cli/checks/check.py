# SPDX-License-Identifier: GPL-3.0-or-later
"""What doctor says of one thing that it looked at."""

from typing import Literal

from msgspec import Struct

Health = Literal["ok", "warn", "fail"]


class Check(Struct, frozen=True):
    """One thing that was looked at; ``do`` says how to mend it."""

    name: str
    health: Health
    found: str
    do: str = ""
