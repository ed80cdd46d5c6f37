# SPDX-License-Identifier: GPL-3.0-or-later
"""What may go wrong between the hub and who calls it, on demand."""

from enum import Enum
from itertools import count

from msgspec import Struct


class Mishap(Enum):
    """What befalls one request.

    Lost before: the connection breaks and nothing was done. Lost after: it was done, and the
    answer is lost. Expired: all sessions expire first. Offline: the hub says that it is. Broken:
    something in front of the hub answers 503.
    """

    LOST_BEFORE = "lost-before"
    LOST_AFTER = "lost-after"
    EXPIRED = "expired"
    OFFLINE = "offline"
    BROKEN = "broken"


class Trouble:
    """``at`` says what befalls the n-th request, counted from 1; a multicall is one request.

    ``always`` befalls every other, and each takes ``seconds`` longer. ``seen`` are the requests so
    far, by method.
    """

    def __init__(self, at: dict[int, Mishap] | None = None) -> None:
        self.at = dict(at or {})
        self.always: Mishap | None = None
        self.seconds = 0.0
        self.seen: list[str] = []
        self._numbers = count(1)

    def of(self, method: str) -> "Fate":
        """Count a request, and say what befalls it."""
        self.seen.append(method)
        return Fate(self.at.get(next(self._numbers), self.always), self.seconds)


class Fate(Struct, frozen=True):
    mishap: Mishap | None
    seconds: float
