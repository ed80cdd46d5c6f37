# SPDX-License-Identifier: GPL-3.0-or-later
"""The streams that a process is given, or not: a shell, cron or a unit may have closed them."""

import os
import sys
from typing import IO, Final

NUMBERS: Final = {"stdin": 0, "stdout": 1, "stderr": 2}


def occupy() -> None:
    """Let what is closed be as what goes nowhere; of an input it stays known that there is none.

    Else the next file that is opened has its number, and gets what is said.
    """
    for name in NUMBERS:
        if getattr(sys, name) is None:
            number = os.open(os.devnull, os.O_RDWR)
            if name != "stdin":
                setattr(sys, name, os.fdopen(number, "w"))


def give_up(stream: IO[str]) -> None:
    """Let a stream that takes nothing more go nowhere, as what it still holds does at the end."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
