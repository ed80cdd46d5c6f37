# SPDX-License-Identifier: GPL-3.0-or-later
"""A clock that only goes when told."""


class VirtualClock:
    """Seconds since the epoch. The hub asks it, and never sees it go back."""

    def __init__(self, start: float = 1_723_536_000.0) -> None:
        self._now = start

    def __call__(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds

    def set(self, moment: float) -> None:
        self._now = max(self._now, moment)
