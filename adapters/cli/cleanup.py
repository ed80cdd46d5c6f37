# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb that removes what is left over in Koji: cleanup."""

from typing import Final

import click

from adapters.cli.options import as_json, dry_run, verb, yes
from adapters.cli.output import make_sure, print_json, print_table, talk
from adapters.cli.session import hub_of, opened_outside, operation
from adapters.tables import number
from adapters.words import counted

STRANGE: Final = (
    "without a batch: another service made it, or a batch that was lost with a database, which may"
    " take it over; it goes by its name only"
)
"""What is said where this log did not make what it finds."""


@verb(
    "cleanup",
    ("ebs cleanup --dry-run", "the side tags of ours that no batch owns"),
    ("ebs cleanup", "remove those that this log made"),
    ("ebs cleanup eln-build-side-123456", "remove one by its name, whoever made it"),
)
@click.argument("names", nargs=-1, metavar="[SIDE-TAG]...")
@dry_run
@yes
@as_json
def cleanup(names: tuple[str, ...], *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Remove side tags of ours from Koji that no batch owns.

    Only what this log made, or what is named; never one with tasks that run: another service may
    use the same account.
    """
    with opened_outside() as app:
        orphans = hub_of(app).orphans
        found = orphans.find()
        if as_json:
            print_json(found)
        elif found:
            rows = [
                (o.name, o.tag_id, "-" if o.batch is None else o.batch, o.running) for o in found
            ]
            columns = ("SIDE TAG", number("ID"), "BATCH", number("RUNNING"))
            print_table(columns, rows)
            if any(o.batch is None for o in found):
                talk(STRANGE)
        else:
            talk("nothing is left over")
        ours = [o for o in found if (o.name in names if names else o.batch is not None)]
        if dry_run or (not names and not ours):
            return
        make_sure(f"Remove {counted(len(ours), 'side tag')}?", yes=yes)
        removed = orphans.remove(names, operation(app, "service"))
        talk(f"{counted(len(removed) or len(names), 'side tag')} removed")
