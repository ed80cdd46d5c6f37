# SPDX-License-Identifier: GPL-3.0-or-later
"""Verbs for whoever runs the database: migrate, projections."""

import click

from adapters.cli.options import Verb as _Verb
from adapters.cli.options import Verbs, as_json, verb
from adapters.cli.output import print_json, print_table, progress_bar, say, talk
from adapters.cli.session import configured, opened
from adapters.tables import number


@verb(
    "migrate",
    ("ebs migrate --database-url postgresql://owner@db/ebs", "as the database's owner"),
    ("ebs migrate --json", "the names of what was applied"),
)
@as_json
def migrate(*, as_json: bool) -> None:
    """Bring the database to this release's schema.

    An embedded database is migrated by every verb; a given one only by this.
    """
    from adapters.app import connect  # noqa: PLC0415 - see session
    from adapters.store.migrate import migrate as apply  # noqa: PLC0415
    from adapters.store.migrate import migrations  # noqa: PLC0415

    database = connect(configured())
    try:
        applied = apply(database.owner_conninfo)
    finally:
        database.close()
    if as_json:
        print_json({"applied": applied, "schema": migrations()[-1].name})
    else:
        say(*(f"applied {name}" for name in applied))
        talk(f"the schema is at {migrations()[-1].name}")


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
    cls=_Verb,
    examples=[("ebs projections rebuild", "drop what can be read from the log again, and read it")],
)
def rebuild() -> None:
    """Build every projection from the log anew, in one transaction."""
    with opened() as app:
        head = app.log.head()
        with progress_bar("projections", head) as bar:
            app.journal.rebuild(bar.at)
        talk(f"{head} events read")
