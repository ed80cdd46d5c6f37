# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb that writes the log out: export."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from adapters.cli.errors import FAILED
from adapters.cli.files import new_file, writing
from adapters.cli.options import as_json, verb
from adapters.cli.output import print_json, progress_bar, say, talk
from adapters.cli.points import from_point, spanned, to_point
from adapters.cli.session import opened_log
from adapters.words import counted
from domain.catalogue import EVENTS

if TYPE_CHECKING:
    from adapters.store.log import EventLog
    from adapters.store.verify import Anchor, Finding, Row
    from projections.points import Point, Span


@verb(
    "export",
    ("ebs export log.zip", "the whole log, to be verified and replayed anywhere"),
    ("ebs export --from 2024-08-13T00:00Z --to 2024-08-15T00:00Z august.zip", "two days of it"),
    ("ebs export log.zip --force", "in place of one that is there"),
    ("ebs export --parquet log", "a folder a month, for DuckDB and others"),
)
@click.argument("file", required=False)
@click.option(
    "--parquet", metavar="DIR", help="Write Parquet into this new folder instead, for questions."
)
@from_point
@to_point
@click.option("--force", is_flag=True, help="Overwrite the file if there is one.")
@as_json
def export(
    file: str | None,
    parquet: str | None,
    start: "Point | None",
    end: "Point | None",
    *,
    force: bool,
    as_json: bool,
) -> int | None:
    """Write the log to a file that 'ebs verify' and 'ebs replay' take without a database.

    It is a zip file of JSON lines with their schema and a manifest of digests; the same events make
    the same bytes. With --parquet it is a folder of tables, to be asked with DuckDB. What is
    written is verified on the way: exits 1 if the log is not whole.
    """
    if (file is None) == (parquet is None):
        raise click.UsageError("name a file, or a folder with --parquet")
    if force and file is None:
        raise click.UsageError("--force overwrites a file, never a folder")
    with opened_log() as log:
        with log.reading() as cursor:
            walked = _Walked(log, spanned(cursor, start, end))
        if parquet is not None:
            _to_folder(walked, parquet, as_json=as_json)
        else:
            _to_file(walked, str(file), force=force, as_json=as_json)
    if walked.faults:
        found = counted(len(walked.faults), "finding")
        talk(f"the log is not whole: {found}; 'ebs verify' names them")
    return FAILED if walked.faults else None


class _Walked:
    """Rows of the log, and once they were read, what was found wrong with them."""

    def __init__(self, log: "EventLog", span: "Span") -> None:
        from adapters.store.verify import Verification  # noqa: PLC0415 - see session

        self._log, self._span = log, span
        self._walk = Verification(log.anchor(span.after))
        self.start = self._walk.head
        self.faults: list[Finding] = []

    def __iter__(self) -> Iterator[list["Row"]]:
        with progress_bar("events", self._span.upto - self._span.after) as bar:
            for rows in self._log.rows(self._span.after, self._span.upto):
                self.faults += self._walk.walk(rows)
                yield rows
                bar.at(self._walk.events)

    @property
    def head(self) -> "Anchor":
        """How far it was read."""
        return self._walk.head


def _to_file(walked: _Walked, file: str, *, force: bool, as_json: bool) -> None:
    from adapters.store.archive.write import write  # noqa: PLC0415 - see session

    with new_file(file, force=force) as out:
        manifest = write(out, walked, walked.start, EVENTS)
    if as_json:
        print_json(manifest)
    else:
        _tell(walked, manifest.events, file)


def _to_folder(walked: _Walked, folder: str, *, as_json: bool) -> None:
    from adapters.store.parquet import write  # noqa: PLC0415 - see session

    with writing(folder):
        events = write(Path(folder), walked)
    if as_json:
        ends = {"after": walked.start.position, "upto": walked.head.position}
        print_json({**ends, "events": events, "digest": walked.head.digest.hex()})
    else:
        _tell(walked, events, folder)


def _tell(walked: _Walked, events: int, where: str) -> None:
    say(f"{walked.head.position}:{walked.head.digest.hex()}")
    talk(
        f"{counted(events, 'event')} from position {walked.start.position + 1} on, in {where}",
        "keep the line above elsewhere: 'ebs verify --expect' holds the log against it",
    )
