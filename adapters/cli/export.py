# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb that writes the log out: export."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from adapters.cli.errors import FAILED
from adapters.cli.files import new_file
from adapters.cli.options import as_json, verb
from adapters.cli.output import counted, print_json, progress_bar, say, talk
from adapters.cli.points import from_point, spanned, to_point
from adapters.cli.session import opened_log
from domain.catalogue import EVENTS

if TYPE_CHECKING:
    from adapters.store.log import EventLog
    from adapters.store.verify import Finding, Row, Verification
    from projections.points import Point, Span


@verb(
    "export",
    ("ebs export log.zip", "the whole log, to be verified and replayed anywhere"),
    ("ebs export --from 2024-08-13T00:00Z --to 2024-08-15T00:00Z august.zip", "two days of it"),
    ("ebs export log.zip --force", "in place of one that is there"),
)
@click.argument("file")
@from_point
@to_point
@click.option("--force", is_flag=True, help="Overwrite the file if there is one.")
@as_json
def export(
    file: str, start: "Point | None", end: "Point | None", *, force: bool, as_json: bool
) -> int | None:
    """Write the log to a file that 'ebs verify' and 'ebs replay' take without a database.

    It is a zip file of JSON lines with their schema and a manifest of digests; the same events make
    the same bytes. What is written is verified on the way: exits 1 if the log is not whole.
    """
    from adapters.store.archive.write import write  # noqa: PLC0415 - see session
    from adapters.store.verify import Verification  # noqa: PLC0415

    with opened_log() as log, new_file(file, force=force) as out:
        with log.reading() as cursor:
            span = spanned(cursor, start, end)
        walk, faults = Verification(log.anchor(span.after)), list["Finding"]()
        manifest = write(out, _walked(log, span, walk, faults), walk.head, EVENTS)
    if as_json:
        print_json(manifest)
    else:
        say(f"{manifest.upto}:{manifest.digest}")
        talk(
            f"{counted(manifest.events, 'event')} from position {manifest.after + 1} on, in {file}",
            "keep the line above elsewhere: 'ebs verify --expect' holds log and file against it",
        )
    if faults:
        talk(f"the log is not whole: {counted(len(faults), 'finding')}; 'ebs verify' names them")
    return FAILED if faults else None


def _walked(
    log: "EventLog", span: "Span", walk: "Verification", faults: "list[Finding]"
) -> Iterator[list["Row"]]:
    """Yield the rows, and keep what is found wrong with them."""
    with progress_bar("events", span.upto - span.after) as bar:
        for rows in log.rows(span.after, span.upto):
            faults += walk.walk(rows)
            yield rows
            bar.at(walk.events)
