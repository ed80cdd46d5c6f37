# SPDX-License-Identifier: GPL-3.0-or-later
"""How long ago something was, where no script runs; ``pages.js`` says the same."""

from datetime import datetime, timedelta
from typing import Final

from adapters.timeline.words import UNITS
from projections.durations import Length

LEAST: Final = 2
"""So many of a unit are told; of fewer, the next smaller one."""


def ago(at: datetime, now: datetime) -> str:
    """Return how long before now it was, or how long after, in one unit."""
    seconds = round((now - at).total_seconds())
    told = _length(abs(seconds))
    return f"in {told}" if seconds < 0 else f"{told} ago"


def _length(seconds: int) -> str:
    for sign, size in UNITS:
        if seconds >= LEAST * size or size == 1:
            return f"{seconds // size} {sign}"
    raise AssertionError  # the last unit takes what is left


def length_of(length: Length | None) -> str:
    """Return how long something takes; about, where it is that of other packages."""
    if length is None:
        return ""
    told = roughly(timedelta(hours=length.hours))
    return f"about {told}" if length.estimated else told


def roughly(time: timedelta | None) -> str:
    """Return how long it was, in one unit."""
    return "" if time is None else _length(round(time.total_seconds()))
