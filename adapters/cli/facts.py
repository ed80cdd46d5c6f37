# SPDX-License-Identifier: GPL-3.0-or-later
"""Verbs that record facts, and never a decision: ingest, baseline."""

import os
from collections.abc import Iterator
from dataclasses import replace
from io import UnsupportedOperation
from typing import BinaryIO

import click

from adapters.cli.errors import FAILED
from adapters.cli.options import as_json, dry_run, verb
from adapters.cli.output import (
    Bar,
    print_json,
    print_pairs,
    print_recorded,
    progress_bar,
    talk,
)
from adapters.cli.session import Once, configured, file_or_stdin, opened, operation


@verb(
    "ingest",
    ("ebs ingest messages.jsonl", "record what the messages of a dump tell"),
    ("xzcat dump.xz | ebs ingest - --json", "the same from a pipe, counted in JSON"),
)
@click.argument("file", metavar="FILE|-")
@as_json
def ingest(file: str, *, as_json: bool) -> int | None:
    """Record the taggings in a file of messages, in fedora-messaging's dump format.

    One message a line. Facts only are recorded, never a decision, and no message counts twice.
    A line that is no message is kept as rejected, the rest is taken, and the exit is 1.
    """
    from adapters.service.ingest import read_lines  # noqa: PLC0415 - see session

    with file_or_stdin(file) as (opened_file, name), opened() as app:
        with progress_bar(f"ingest {name}", _size(opened_file)) as bar:
            *_, last = app.ingest.lines(_watched(read_lines(opened_file), bar), name)
        report = replace(last, position=app.log.head())
        if as_json:
            print_json(report.as_dict())
        else:
            print_pairs(report.as_dict().items())
        if not report.rejected:
            return None
        lines = "1 line is no message" if report.rejected == 1 else None
        talk(f"error: {lines or f'{report.rejected} lines are no messages'}; the rest was taken")
        talk(*(f"why: {fault}" for fault in app.ingest.faults))
        talk("do: mend these lines and ingest the file again; nothing counts twice")
        return FAILED


@verb(
    "baseline",
    ("ebs baseline --from baseline.jsonl", "record what both tags hold"),
    ("ebs baseline --from - --dry-run", "check the lines from a pipe first"),
)
@click.option(
    "--from",
    "file",
    metavar="FILE|-",
    required=True,
    help="JSON lines {tag, package, build_id, nvr, source, create_event?} of the trigger tag and"
    " the stable tag, before them perhaps one {koji_event, at}.",
)
@dry_run
@as_json
def baseline(file: str, *, dry_run: bool, as_json: bool) -> None:
    """Record what the trigger tag and the stable tag hold.

    Nothing is queued before the first baseline. A later one adds facts and removes none. A file
    with a fault is not taken at all.
    """
    from adapters.config.outside import OutsideConfiguration  # noqa: PLC0415 - see session
    from adapters.service.baseline import read  # noqa: PLC0415
    from adapters.service.ingest import read_lines  # noqa: PLC0415

    with file_or_stdin(file) as (opened_file, name):
        reading = read(read_lines(opened_file), name)
    config = configured()
    once = Once(OutsideConfiguration(config))
    with opened(rehearse=dry_run, configuration=once) as app:
        asked = operation(app, "baseline")
        # It adopts what is offered before it reads; done here, so that this is named, too.
        adopted = app.gate.adopt(asked)
        recorded = [*adopted, *app.baselines.take(reading, asked)]
        print_recorded(recorded, app.log.head(), as_json=as_json, dry_run=dry_run)
        if not as_json and not dry_run:
            talk(f"{len(reading.rows)} builds read; 'ebs plan' shows what is due")


def _size(file: BinaryIO) -> int | None:
    try:
        return os.fstat(file.fileno()).st_size or None
    except (OSError, UnsupportedOperation):
        return None


def _watched(lines: Iterator[bytes], bar: Bar) -> Iterator[bytes]:
    read = 0
    for line in lines:
        yield line
        read += len(line)
        bar.at(read)
