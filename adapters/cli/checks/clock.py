# SPDX-License-Identifier: GPL-3.0-or-later
"""How far our clock may be from that of others."""

from datetime import datetime, timedelta
from typing import Final

from adapters.cli.checks.check import Check, Health

WORTH_A_WARNING: Final = timedelta(seconds=60)
TOO_FAR_OFF: Final = timedelta(minutes=10)
"""Beyond it what others date and what we date can no longer be told apart."""


def compared(name: str, whose: str, theirs: datetime, ours: datetime) -> Check:
    """Return whether two clocks agree. Some tell whole seconds: one more or less says nothing."""
    off = theirs - ours
    if abs(off) <= WORTH_A_WARNING:
        return Check(name, "ok", f"ours agrees with {whose}")
    way = "slow" if off > timedelta() else "fast"
    found = f"ours is {abs(off).total_seconds():.0f} s {way} by {whose}"
    health: Health = "fail" if abs(off) > TOO_FAR_OFF else "warn"
    return Check(name, health, found, "let NTP set this machine's clock")
