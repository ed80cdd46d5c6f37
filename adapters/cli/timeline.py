# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb that shows what happened when: timeline."""

import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from adapters.cli.filters import of_batches, of_packages, of_types
from adapters.cli.options import verb
from adapters.cli.output import say, talk
from adapters.cli.points import from_point, spanned, to_point
from adapters.cli.session import opened
from adapters.tables import console

if TYPE_CHECKING:
    from adapters.app import App
    from adapters.service.timelines import Pinned
    from adapters.timeline import Asked
    from projections.points import Point

FORMATS: Final = ("text", "md", "json", "csv", "html", "svg")

LATELY: Final = timedelta(days=1)
"""What is shown where no beginning is given."""


@verb(
    "timeline",
    ("ebs timeline --from 2024-08-13T14:00+02:00 --to 2024-08-13T16:00+02:00", "two to four"),
    ("ebs timeline --from -6h --package bash", "what happened to a package lately"),
    ("ebs timeline --from 50999 --format md", "a post-mortem to fill in, for a file"),
    ("ebs timeline --from 50999 --format html", "one page without anything around it"),
)
@from_point
@to_point
@of_packages
@of_batches
@click.option(
    "--actor", "actors", multiple=True, metavar="WHO", help="What this person did; may be repeated."
)
@of_types
@click.option("--unfold", is_flag=True, help="Show each event of what is alike.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    help="For a terminal, as a post-mortem to fill in, for programs, as one page, as a picture.",
)
def timeline(
    start: "Point | None",
    end: "Point | None",
    form: str,
    **named: Any,
) -> None:
    """Show what happened when: what lasted, what was missing, what led to what.

    Without --from it is the last day, without --to it goes to the end of the log. Of different
    filters each must fit. What is alike is folded and counted. Times are UTC.
    """
    from adapters.timeline import Asked, Source, rendered  # noqa: PLC0415 - see session

    with opened() as app:
        now = app.clock()
        start = now - LATELY if start is None else start
        if end is None:
            end = max(now, start) if isinstance(start, datetime) else app.log.head()
        asked = Asked(start, end, **named)
        pinned = _drawn(app, asked, now)
    source = Source(asked.command, pinned.head, pinned.digest)
    say(*rendered(form, pinned.timeline, source, console(sys.stdout)))
    if not pinned.timeline.counts.total:
        talk("nothing was recorded then; 'ebs events' says what was, at which positions and times")


def _drawn(app: "App", asked: "Asked", now: datetime) -> "Pinned":
    """Read it. Raises NotFound, Refused, click.UsageError."""
    from adapters.service import naming  # noqa: PLC0415 - see session

    with app.journal.look() as view:
        span = spanned(view.cursor, asked.start, asked.end)
        wanted = naming.known(view, asked.wanted)
    return app.timelines.draw(
        span,
        wanted,
        since=asked.since,
        until=min(asked.until, now) if asked.until else None,
        unfold=asked.unfold,
    )
