# SPDX-License-Identifier: GPL-3.0-or-later
"""How often somebody may sign in, and write."""

from typing import Final

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from adapters.web.problems import TooMany

SIGN_INS: Final = "20 per minute"
"""From one address."""

WRITES: Final = "120 per minute"
"""By one person or token."""


class Limits:
    """Counts in this process: another one counts for itself."""

    def __init__(self, *, sign_ins: str = SIGN_INS, writes: str = WRITES) -> None:
        self._counts = MovingWindowRateLimiter(MemoryStorage())
        self._sign_ins, self._writes = parse(sign_ins), parse(writes)

    def sign_in(self, address: str) -> None:
        """Raise TooMany where an address tries too often."""
        self._check(self._sign_ins, "sign-in", address)

    def write(self, name: str) -> None:
        """Raise TooMany where somebody writes too often."""
        self._check(self._writes, "write", name)

    def _check(self, limit: RateLimitItem, what: str, who: str) -> None:
        if not self._counts.hit(limit, what, who):
            raise TooMany("that is too often", why=f"more than {limit}", do="wait a minute")
