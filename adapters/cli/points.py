# SPDX-License-Identifier: GPL-3.0-or-later
"""Points in time as people type them: a time, a position of the log, or so long ago.

Every verb that takes one means the same by it: as of then is what the service had on record, every
event up to a position; what happened in Koji and was learned of later is not in it.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from domain.errors import Invalid

if TYPE_CHECKING:
    from psycopg import Cursor

    from projections.points import Point, Span

_AGO: Final = re.compile(r"-(\d{1,6})([smhd])")
_POSITION: Final = re.compile(r"\d{1,18}", re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class PointInTime(click.ParamType["Point"]):
    """A point of the log: ISO 8601 with an offset, a position, or so long before now."""

    name = "point"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> "Point":
        """Read it; of what was read already, nothing changes."""
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return] # a default, or what click converts twice
        try:
            return _read(value)
        except Invalid as error:
            self.fail(str(error), param, ctx)


def _read(text: str) -> "Point":
    """Return the point that a text names. Raises Invalid."""
    if _POSITION.fullmatch(text):
        return int(text)
    try:
        if ago := _AGO.fullmatch(text):
            return datetime.now(UTC) - timedelta(seconds=int(ago[1]) * _SECONDS[ago[2]])
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else _without_offset(text, at)
    except (ValueError, OverflowError):
        pass
    raise Invalid(
        f"{text!r} is no point in time: write a time like 2024-08-20T12:00Z,"
        " a position of the log like 1200, or how long ago, like -90m, -6h or -3d"
    )


def _without_offset(text: str, at: datetime) -> "Point":
    """Refuse a time that is another one at every place: nobody's guess is good enough."""
    here = f"{at.astimezone():%z}"
    time = text if len(text) > len("2024-08-20") else f"{at:%Y-%m-%dT%H:%M}"
    raise Invalid(
        f"{text!r} does not say where: add its offset,"
        f" {time}Z in UTC or {time}{here[:3]}:{here[3:5]} as it is here"
    )


def spanned(cursor: "Cursor[Any]", start: "Point | None", end: "Point | None") -> "Span":
    """Return the events that --from and --to name. Raises click.UsageError, NotFound."""
    from projections.points import span  # noqa: PLC0415 - see session

    try:
        return span(cursor, start, end)
    except Invalid as error:
        raise click.UsageError(f"--from comes after --to: {error.do}") from None


at_point = click.option(
    "--at",
    type=PointInTime(),
    metavar="T",
    help="As of then, by what was on record: 2024-08-20T12:00Z, a position, or -6h.",
)
from_point = click.option(
    "--from",
    "start",
    type=PointInTime(),
    metavar="T",
    help="From then on: 2024-08-20T12:00Z, a position, or -6h.",
)
to_point = click.option(
    "--to", "end", type=PointInTime(), metavar="T", help="Up to and with then, like --from."
)
