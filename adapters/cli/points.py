# SPDX-License-Identifier: GPL-3.0-or-later
"""Points in time as people type them: a time, a position of the log, or so long ago.

Every verb that takes one means the same by it: as of then is what the service had on record, every
event up to a position; what happened in Koji and was learned of later is not in it.
"""

from typing import TYPE_CHECKING, Any

import click

from adapters.points import read
from domain.errors import Invalid

if TYPE_CHECKING:
    from psycopg import Cursor

    from projections.points import Point, Span


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
            return read(value)
        except Invalid as error:
            self.fail(str(error), param, ctx)


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
