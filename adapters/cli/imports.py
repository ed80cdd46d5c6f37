# SPDX-License-Identifier: GPL-3.0-or-later
"""Verbs that take over what another service has on record: import ebs."""

import click

from adapters.cli.options import Verbs, as_json, dry_run
from adapters.cli.output import print_json, print_recorded, talk
from adapters.cli.session import opened, operation
from adapters.words import counted


@click.group(
    "import",
    cls=Verbs,
    examples=[
        ("ebs import ebs --database-url postgresql:///ebs", "what ELNBuildSync failed to build"),
    ],
)
def import_() -> None:
    """Take over what another service has on record."""


@import_.command(
    "ebs",
    examples=[
        ("ebs import ebs --database-url postgresql://ebs@db.example/ebs", "take it over"),
        ("ebs import ebs --database-url postgresql:///ebs --dry-run", "see what that would be"),
        ("ebs --database-url URL import ebs --database-url postgresql:///ebs", "into that URL"),
    ],
)
@click.option(
    "--database-url",
    "theirs",
    metavar="URL",
    required=True,
    help="ELNBuildSync's database, which is only read. A password is best left to PGPASSFILE. The"
    " database of this service is named before the verb, or by EBS_DATABASE_URL.",
)
@dry_run
@as_json
def ebs(theirs: str, *, dry_run: bool, as_json: bool) -> None:
    """Take over which sources ELNBuildSync 2.x failed to build: its table failed_builds.

    They are not built here either, until 'ebs failed clear'. Its table
    build_trigger is only counted: what was pending or done there the baseline finds in the tags.
    Importing again records only what is new.
    """
    from adapters.service.imported import take_over  # noqa: PLC0415 - see session
    from adapters.store.ebs import read  # noqa: PLC0415

    found = read(theirs)
    with opened(rehearse=dry_run) as app:
        recorded = take_over(app.journal, found, operation(app))
        head = app.log.head()
    if as_json:
        ids = [each.envelope.id for each in recorded]
        triggers = {"pending": found.pending, "completed": found.completed}
        print_json({"events": ids, "position": head, "failed": len(found.failed), **triggers})
        return
    print_recorded(recorded, head, as_json=False, dry_run=dry_run)
    talk(
        f"{counted(len(found.failed), 'failed build')} read, {len(recorded)} of them new;"
        f" {counted(found.pending, 'trigger')} pending and {found.completed} completed,"
        " for which the baseline is enough"
    )
