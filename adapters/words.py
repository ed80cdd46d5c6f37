# SPDX-License-Identifier: GPL-3.0-or-later
"""How people are told of things: many are counted, times are in UTC, no terminal is steered."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

FIRST: Final = 5
"""How many of many are told in full."""


def plain(value: object) -> str:
    """Return the text with everything escaped that a terminal would act on instead of showing."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def some(things: Sequence[object], first: int = FIRST) -> str:
    """Return the first few of them, and how many more there are."""
    more = len(things) - first
    return ", ".join(map(plain, things[:first])) + (f" and {more} more" if more > 0 else "")


def counted(count: int, thing: str) -> str:
    """Return so many things, in the plural but for one."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def iso(at: datetime) -> str:
    """Return the time in UTC, to the second."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
