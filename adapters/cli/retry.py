# SPDX-License-Identifier: GPL-3.0-or-later
"""How long to wait before what ended, or is down, is tried again."""

from typing import Final

SHORTEST: Final = 1.0
LONGEST: Final = 60.0
"""Seconds."""


class Retry:
    """Waits twice as long each time; what went on for longer than the longest wait was well."""

    def __init__(self) -> None:
        self._next = SHORTEST

    def after(self, lasted: float) -> float:
        """Return how many seconds to wait now, after it went on for so many."""
        now = SHORTEST if lasted > LONGEST else self._next
        self._next = min(2 * now, LONGEST)
        return now
