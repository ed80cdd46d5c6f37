# SPDX-License-Identifier: GPL-3.0-or-later
"""Points in time as people write them, on the command line and in addresses of the web."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from domain.errors import Invalid

if TYPE_CHECKING:
    from projections.points import Point

_AGO: Final = re.compile(r"-(\d{1,6})([smhd])")
_POSITION: Final = re.compile(r"\d{1,18}", re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_FROM_NOW: Final = re.compile(r"(\d{1,4})([mhd])")


def read(text: str, now: datetime | None = None) -> "Point":
    """Return the point that a text names; ``now``: the time of who says how long ago.

    Raises Invalid.
    """
    if _POSITION.fullmatch(text):
        return int(text)
    try:
        if ago := _AGO.fullmatch(text):
            return (now or datetime.now(UTC)) - timedelta(seconds=int(ago[1]) * _SECONDS[ago[2]])
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else _without_offset(text, at)
    except (ValueError, OverflowError):
        pass
    raise Invalid(
        f"{text!r} is no point in time: write a time like 2024-08-20T12:00Z,"
        " a position of the log like 1200, or how long ago, like -90m, -6h or -3d"
    )


def time(text: str, now: datetime | None = None) -> datetime:
    """Return the time that a text names. Raises Invalid for a position, too."""
    point = read(text, now)
    if isinstance(point, int):
        raise Invalid(f"{text!r} is a position: write a time, or how long ago, like -10m")
    return point


def future(text: str, now: datetime) -> datetime:
    """Return a time to come: in UTC where it bears no offset, or so long from now.

    Raises Invalid.
    """
    try:
        at = _to_come(text, now)
    except (ValueError, OverflowError):
        raise Invalid(f"{text!r} is no time: write 2024-08-20T12:00Z, 90m, 12h or 3d") from None
    if at <= now:
        raise Invalid(f"{text} is over already")
    return at


def _to_come(text: str, now: datetime) -> datetime:
    if found := _FROM_NOW.fullmatch(text):
        return now + timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _without_offset(text: str, at: datetime) -> "Point":
    """Refuse a time that is another one at every place: nobody's guess is good enough."""
    here = f"{at.astimezone():%z}"
    time = text if len(text) > len("2024-08-20") else f"{at:%Y-%m-%dT%H:%M}"
    raise Invalid(
        f"{text!r} does not say where: add its offset,"
        f" {time}Z in UTC or {time}{here[:3]}:{here[3:5]} as it is here"
    )
