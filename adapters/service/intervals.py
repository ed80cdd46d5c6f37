# SPDX-License-Identifier: GPL-3.0-or-later
"""When it is time again for what is done at intervals, by a clock that may be set."""

from datetime import datetime, timedelta


def is_due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    """Whether it is time again: also where the clock was set back, for then nobody knows."""
    return last is None or not timedelta() <= now - last < every
