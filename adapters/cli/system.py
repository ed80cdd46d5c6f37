# SPDX-License-Identifier: GPL-3.0-or-later
"""Verbs for whoever runs the database: migrate, projections."""

from contextlib import closing
from typing import TYPE_CHECKING

import click

from adapters.cli.options import Verbs, as_json, verb
from adapters.cli.output import print_json, print_table, progress_bar, say, talk
from adapters.cli.session import configured, opened
from adapters.tables import number

if TYPE_CHECKING:
    from adapters.store.phases import Phase


@verb(
    "migrate",
    ("ebs migrate --database-url postgresql://owner@db/ebs", "as the database's owner, all of it"),
    ("ebs migrate --pre", "beside the programs of the release before, which go on"),
    ("ebs migrate --post", "... and once they are replaced, the rest"),
    ("ebs migrate --dry-run --json", "the names of what would be applied"),
)
@click.option("--pre", "phase", flag_value="pre", help="What the programs at work can live with.")
@click.option("--post", "phase", flag_value="post", help="What is for when none of them is left.")
@click.option("--dry-run", is_flag=True, help="Say what would be applied, and change nothing.")
@as_json
def migrate(*, phase: "Phase | None", dry_run: bool, as_json: bool) -> None:
    """Bring the database to this release's schema.

    An embedded database is migrated by every verb; a given one only by this. It waits for a minute
    while another migrates, and can be run again wherever it was stopped.
    """
    from adapters.app import connect  # noqa: PLC0415 - see session
    from adapters.store import migrate as store  # noqa: PLC0415

    with closing(connect(configured())) as database:
        owner = database.owner_conninfo
        names = (store.planned if dry_run else store.migrate)(owner, phase)
        applied = store.applied(owner)
    schema = applied[-1].name if applied else ""
    if as_json:
        print_json({"would_apply" if dry_run else "applied": names, "schema": schema})
    else:
        say(*(f"{'would apply' if dry_run else 'applied'} {name}" for name in names))
        talk(f"the schema is at {schema}" if schema else "there is no schema yet")


@click.group(
    "projections",
    cls=Verbs,
    invoke_without_command=True,
    examples=[
        ("ebs projections", "how far each has read the log"),
        ("ebs projections rebuild", "build them from the log anew"),
    ],
)
@as_json
@click.pass_context
def projections(context: click.Context, *, as_json: bool) -> None:
    """Show how far the projections have read the log."""
    if context.invoked_subcommand is not None:
        return
    from projections import runner  # noqa: PLC0415 - see session

    with opened() as app, app.log.reading() as cursor:
        found = sorted(runner.positions(cursor).items())
        head = app.log.head()
    rows = [(name, layout, position) for name, (layout, position) in found]
    if as_json:
        keys = ("name", "format", "position")
        listed = [dict(zip(keys, row, strict=True)) for row in rows]
        print_json({"head": head, "projections": listed})
        return
    columns = ("PROJECTION", number("FORMAT"), number("POSITION"), number("BEHIND"))
    print_table(columns, [(*row, head - row[-1]) for row in rows])


@projections.command(
    "rebuild",
    examples=[
        ("ebs projections rebuild", "drop what can be read from the log again, and read it"),
        ("ebs projections rebuild --json", "how far the log was read"),
    ],
)
@as_json
def rebuild(*, as_json: bool) -> None:
    """Build every projection from the log anew, in one transaction."""
    with opened() as app:
        head = app.log.head()
        with progress_bar("projections", head) as bar:
            app.journal.rebuild(bar.at)
    if as_json:
        print_json({"head": head})
    else:
        talk(f"{head} events read")
