# SPDX-License-Identifier: GPL-3.0-or-later
"""Verbs that record facts, and never a decision: ingest, baseline, catch-up."""

import os
from collections.abc import Iterator
from dataclasses import replace
from io import UnsupportedOperation
from typing import TYPE_CHECKING, BinaryIO

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
from adapters.cli.session import (
    Once,
    configured,
    file_or_stdin,
    hub_of,
    opened,
    opened_outside,
    operation,
)
from domain.errors import Refused

if TYPE_CHECKING:
    from adapters.app import App
    from adapters.service.baseline import Reading
    from adapters.service.catchup import Report


@verb(
    "ingest",
    ("ebs ingest messages.jsonl", "record what the messages of a dump tell"),
    ("xzcat dump.xz | ebs ingest - --json", "the same from a pipe, counted in JSON"),
    ("cat pages/*.json | ebs ingest -", "what datagrepper sent, page after page"),
    ("ebs ingest messages.jsonl --dry-run", "count what would be recorded, and see what is faulty"),
)
@click.argument("file", metavar="FILE|-")
@dry_run
@as_json
def ingest(file: str, *, dry_run: bool, as_json: bool) -> int | None:
    """Record the taggings in an archive of messages.

    That is one message a line, as fedora-messaging record writes them, or pages of datagrepper
    (objects with raw_messages), one after another. Facts only are recorded, never a decision, and
    no message counts twice. What is no message is kept as rejected, the rest is taken, and the exit
    is 1.
    """
    from adapters.service.ingest import read_text  # noqa: PLC0415 - see session

    with file_or_stdin(file) as (opened_file, name), opened() as app:
        with progress_bar(f"ingest {name}", _size(opened_file)) as bar:
            lines = _watched(read_text(opened_file), bar)
            *_, last = app.ingest.lines(lines, name, rehearse=dry_run)
        report = replace(last, position=app.log.head())
        if as_json:
            print_json(report.as_dict())
        else:
            print_pairs(report.as_dict().items())
            if dry_run:
                talk("dry run: nothing was recorded; those would be")
        if not report.rejected:
            return None
        taken = "would be" if dry_run else "was"
        talk(f"error: {report.rejected} of {report.read} are no messages; the rest {taken} taken")
        talk(*(f"why: {fault}" for fault in app.ingest.faults))
        talk("do: mend these and ingest the file again; nothing counts twice")
        return FAILED


@verb(
    "baseline",
    ("ebs baseline", "record what Koji's trigger tag and stable tag hold now"),
    ("ebs baseline --from baseline.jsonl", "the same from a file"),
    ("ebs baseline --from - --dry-run", "check the lines from a pipe first"),
)
@click.option(
    "--from",
    "file",
    metavar="FILE|-",
    help="Take it from here instead of Koji: JSON lines {tag, package, build_id, nvr, source,"
    " create_event?} of the trigger tag and the stable tag, before them perhaps one"
    " {koji_event, at}.",
)
@dry_run
@as_json
def baseline(file: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Record what the trigger tag and the stable tag hold.

    Nothing is queued before the first baseline. A later one adds facts and removes none. What
    cannot be read whole is not taken at all.
    """
    if file is None and not configured().koji.online:
        raise click.UsageError(
            "--from FILE is needed where no hub is configured (koji.profile or koji.url)"
        )
    reading = _read(file) if file else None
    with opened_outside(rehearse=dry_run, reading=Once) as app:
        asked = operation(app, "baseline")
        # It adopts what is offered before it reads; done here, so that this is named, too.
        adopted = app.gate.adopt(asked)
        reading = reading or _ask_koji(app)
        recorded = [*adopted, *app.baselines.take(reading, asked)]
        print_recorded(recorded, app.log.head(), as_json=as_json, dry_run=dry_run)
        if not as_json and not dry_run:
            talk(f"{len(reading.rows)} builds read; 'ebs plan' shows what is due")


@verb(
    "catch-up",
    ("ebs catch-up", "read of Koji what messages did not tell, or told wrongly"),
    ("ebs catch-up --since 90000000", "begin behind this Koji event"),
    ("ebs catch-up --dry-run --json", "what would be recorded"),
)
@click.option(
    "--since",
    type=click.IntRange(min=0),
    metavar="EVENT",
    help="Begin behind this event of Koji's, not an hour before the last catch-up.",
)
@dry_run
@as_json
def catch_up(since: int | None, *, dry_run: bool, as_json: bool) -> None:
    """Compare the log with the tag history of Koji.

    Each tagging that messages told is confirmed or denied, and what none told is added. The worker
    does it at its start and every 15 minutes.
    """
    with opened_outside(rehearse=dry_run) as app:
        report = hub_of(app).catch_up.run(operation(app, "catch-up"), since=since)
    if report is None:
        raise Refused(
            "there is nothing to catch up with",
            why="no baseline was taken yet",
            do="run 'ebs baseline'",
        )
    if as_json:
        print_json(report)
    else:
        _for_people(report, dry_run=dry_run)


def _for_people(report: "Report", *, dry_run: bool) -> None:
    tags = ", ".join(f"{name} ({tag_id})" for name, tag_id in report.tags.items())
    print_pairs(
        [
            ("tags", tags),
            ("up to event", report.upto),
            ("rows read", report.read),
            ("confirmed", report.confirmed),
            ("added", report.added),
            ("denied", report.denied),
        ]
    )
    if dry_run:
        talk("nothing was recorded")


def _read(file: str) -> "Reading":
    from adapters.service.baseline import read  # noqa: PLC0415 - see session
    from adapters.service.ingest import read_text  # noqa: PLC0415

    with file_or_stdin(file) as (opened_file, name):
        return read(read_text(opened_file), name)


def _ask_koji(app: "App") -> "Reading":
    """Read both tags. Raises Refused where there is no trigger tag to ask for."""
    from adapters.service.baseline import ask  # noqa: PLC0415 - see session

    with app.journal.look() as view:
        configured = view.service.configured
    if app.koji is None or configured.trigger_tag is None:
        raise Refused(
            "the baseline was not taken",
            why="no policy names the trigger tag yet",
            do="name one with EBS_POLICY or --policy",
        )
    with progress_bar("sources of Koji", None) as bar:
        tags = {configured.trigger_tag, configured.settings.stable_tag}
        return ask(app.koji, tags, bar.of)


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
