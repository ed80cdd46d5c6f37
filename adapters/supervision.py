# SPDX-License-Identifier: GPL-3.0-or-later
"""What whoever keeps a process going is told of it: systemd by its socket, a cluster by probes.

The protocol is that of sd_notify(3), lines of NAME=value in a datagram. It is a dozen lines here:
what PyPI has is a package of the same dozen that nobody has touched since 2017, or one that wants a
compiler and the headers of libsystemd.
"""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Final

PATIENCE: Final = 900.0
"""Seconds without a beat after which a process is taken for hung, unless systemd says otherwise."""

PACE: Final = 20.0
"""Seconds, the longest between two beats of who has nothing to do."""


class Supervision:
    """Tells how we are, and remembers it for who asks.

    A beat says that the loop which does the work came round: it is given there, never by a timer.
    ``address``: systemd's socket, None without one; ``patience``: seconds within which a beat is
    expected.
    """

    def __init__(
        self,
        address: str | None = None,
        patience: float = PATIENCE,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._address = address
        self._clock = clock
        self._beaten = clock()
        self.patience = patience
        self.is_ready = False
        self.status = "starting"

    @property
    def is_alive(self) -> bool:
        """Whether the last beat is not too long ago."""
        return self._clock() - self._beaten < self.patience

    @property
    def pace(self) -> float:
        """Seconds between two beats of who has nothing to do: one may come late, or be lost."""
        return min(PACE, self.patience / 3)

    def ready(self, status: str) -> None:
        """Say that we do what we are there for, which is a beat too."""
        lines = (*([] if self.is_ready else ["READY=1"]), "WATCHDOG=1")
        self.is_ready = True
        self._tell(*lines, status=status)

    def hindered(self, status: str) -> None:
        """Say that something keeps us from it, which we do not die of."""
        self.is_ready = False
        self._tell("WATCHDOG=1", status=status)

    def beat(self, status: str | None = None) -> None:
        """Say that the work goes on."""
        self._tell("WATCHDOG=1", status=status)

    def stopping(self) -> None:
        """Say that we are ending."""
        self.is_ready = False
        self._tell("STOPPING=1", status="stopping")

    def _tell(self, *lines: str, status: str | None) -> None:
        self._beaten = self._clock()
        if status is not None and status != self.status:
            self.status = status
            lines = (*lines, f"STATUS={status}")
        if self._address is not None:
            _send(self._address, "\n".join(lines))


@contextmanager
def supervised() -> Iterator[Supervision]:
    """Be watched by systemd inside, where it started us; our children are not.

    Whoever leaves is stopping.
    """
    address = os.environ.pop("NOTIFY_SOCKET", None)
    patience = int(os.environ.pop("WATCHDOG_USEC", 0)) / 1_000_000
    supervision = Supervision(address or None, patience or PATIENCE)
    try:
        yield supervision
    finally:
        supervision.stopping()


def die_when_told_again() -> None:
    """Let the next SIGTERM or SIGINT end the process at once, whatever it waits for.

    A database that does not answer may be waited for without end. To be killed is safe anywhere:
    the next process goes on with what was begun.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def _send(address: str, text: str) -> None:
    """Send it, to who is still there; a name that begins with @ is not of the file system."""
    if address.startswith("@"):
        address = f"\0{address[1:]}"
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(text.encode(), address)
