# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb by which people add what they know: note."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from adapters.cli.options import Words, as_json, dry_run, verb
from adapters.cli.output import print_recorded
from adapters.cli.points import PointInTime
from adapters.cli.session import opened, operation
from domain.errors import NotFound

if TYPE_CHECKING:
    from adapters.app import App
    from projections.points import Point


@verb(
    "note",
    ("ebs note 'releng was told'", "pinned to this moment"),
    ("ebs note 'the hub was slow' --at 2024-08-13T15:10Z", "... to when it was"),
    ("ebs note 'retried by hand' --batch 7 --dry-run", "... to a batch; see what would be written"),
)
@click.argument("text", type=Words(), metavar="TEXT")
@click.option(
    "--at",
    type=PointInTime(),
    metavar="T",
    help="When it was: 2024-08-20T12:00Z, the position of an event, or -6h.",
)
@click.option("--package", metavar="PKG", help="It is about this package, by either name.")
@click.option("--batch", type=click.IntRange(1), metavar="N", help="It is about this batch.")
@dry_run
@as_json
def note(
    text: str,
    at: "Point | None",
    package: str | None,
    batch: int | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Pin what you know to the timeline, under your name; it stays on record."""
    if package and batch:
        raise click.UsageError("a note is about a package or about a batch: give one of them")
    with opened(rehearse=dry_run) as app:
        when = _when(app, at) if isinstance(at, int) else at
        asking = operation(app)
        recorded = app.operators.note(text, asking, at=when, package=package, batch=batch)
        print_recorded(recorded, app.log.head(), as_json=as_json, dry_run=dry_run)


def _when(app: "App", position: int) -> datetime:
    """Return when the event at a position occurred. Raises NotFound where there is none."""
    for recorded in app.log.read(position - 1, upto=position):
        return recorded.envelope.meta.occurred_at
    raise NotFound(f"there is no event at position {position}", do="'ebs events' lists them")
