# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb about batches: batch, batch abandon."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from adapters.cli.options import Listing, as_csv, as_json, dry_run, needed_reason, yes
from adapters.cli.output import (
    make_sure,
    print_csv,
    print_json,
    print_pairs,
    print_recorded,
    print_table,
    say,
    talk,
)
from adapters.cli.points import at_point
from adapters.cli.session import opened, operation
from adapters.tables import moment, number, prose
from adapters.words import counted, iso, some

if TYPE_CHECKING:
    from projections.batch_story import BatchStory, BatchTask, BatchUpdate
    from projections.points import Point

SHOWN = 20
"""Batches that are listed where none is named."""


@click.group(
    "batch",
    cls=Listing,
    examples=[
        ("ebs batch", "the last batches, and how they are"),
        ("ebs batch 7", "its slices, their attempts and tasks"),
        ("ebs batch 7 --at -6h", "... as of then"),
        ("ebs batch 7 --csv", "the attempts at its builds; without a number, the last batches"),
        ("ebs batch abandon 7 --reason 'the hub is rebuilt' --requeue", "give it up"),
    ],
)
def batch() -> None:
    """Show batches, or give one up.

    A batch is what is rebuilt together, slice by slice, in a side tag of its own.
    """


@batch.command("list", hidden=True, examples=[("ebs batch 7", "one batch")])
@click.argument("wanted", type=click.IntRange(1), metavar="[N]", required=False)
@at_point
@as_json
@as_csv
def list_(wanted: int | None, *, at: "Point | None", as_json: bool, as_csv: bool) -> None:
    """Show the last batches, or one; as CSV, of one the attempts at its builds."""
    if wanted is None:
        _list(at, as_json=as_json, as_csv=as_csv)
        return
    story = _story(wanted, at)
    if as_json:
        print_json(story)
    elif as_csv:
        from projections.batch_story import BatchTask  # noqa: PLC0415 - see session

        rows = ((*which, *msgspec.structs.astuple(task)) for *which, task in _tasks(story))
        print_csv(("slice", "attempt", *BatchTask.__struct_fields__), rows)
    else:
        _for_people(story)


@batch.command(
    "abandon",
    examples=[
        ("ebs batch abandon 7 --reason 'the hub is rebuilt'", "what is not built ends so"),
        ("ebs batch abandon 7 --reason 'a bad side tag' --requeue", "... and is due again"),
    ],
)
@click.argument("wanted", type=click.IntRange(1), metavar="N")
@click.option("--requeue", is_flag=True, help="What was not built is due again.")
@needed_reason
@dry_run
@yes
@as_json
def abandon(
    wanted: int, *, requeue: bool, reason: str, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Give a batch up: the worker cancels its tasks and removes its side tag."""
    with opened(rehearse=dry_run) as app:
        if not dry_run:
            make_sure(f"Abandon batch {wanted}?", yes=yes)
        asking = operation(app)
        recorded = app.operators.abandon(wanted, reason, asking, requeue=requeue)
        print_recorded(recorded, app.log.head(), as_json=as_json, dry_run=dry_run)
        if not as_json and not dry_run:
            talk("the worker cleans up with its next pass")


def _list(at: "Point | None", *, as_json: bool, as_csv: bool) -> None:
    from adapters.service import reports  # noqa: PLC0415 - see session

    with opened() as app, app.journal.look(at) as view:
        found = reports.last_batches(view, SHOWN)
    if as_json:
        print_json(found)
    elif as_csv:
        rows = map(msgspec.structs.astuple, found)
        print_csv(reports.BatchLine.__struct_fields__, rows)
    elif found:
        counts = (number("BUILDS"), number("BUILT"), number("FAILED"), number("PUBLISHED"))
        columns = (number("BATCH"), "STATE", *counts, moment("STARTED"), moment("ENDED"))
        print_table(columns, map(msgspec.structs.astuple, found))
    else:
        talk("there was no batch yet; 'ebs queue' shows what waits for one")


def _story(wanted: int, at: "Point | None") -> "BatchStory":
    from adapters.service import reports  # noqa: PLC0415 - see session

    with opened() as app, app.journal.look(at) as view:
        return reports.batch_story(view, wanted)


def _for_people(story: "BatchStory") -> None:
    why = f": {story.why}" if story.why else ""
    pairs: list[tuple[str, object]] = [
        ("batch", story.batch),
        ("state", f"{story.state}{why}"),
        ("side tag", story.side_tag or "-"),
        ("started", iso(story.started) if story.started else "-"),
        ("ended", iso(story.ended) if story.ended else "-"),
        ("failed", some(story.failed) if story.failed else "none"),
        ("promoted", counted(len(story.promoted), "build")),
        ("published", counted(len(story.published), "build")),
    ]
    print_pairs(pairs)
    rows = [
        (order, attempt, task.package, task.task_id or "-", task.state, _told(task))
        for order, attempt, task in _tasks(story)
    ]
    if rows:
        say("")
        columns = (number("SLICE"), number("ATTEMPT"), "PACKAGE", number("TASK"), "STATE")
        print_table((*columns, prose("WHAT CAME OF IT")), rows)
    if story.updates:
        say("")
        _updates_for_people(story.updates)


def _tasks(story: "BatchStory") -> "Iterator[tuple[int, int, BatchTask]]":
    """Yield each attempt at a build, with its slice and the how manieth at it."""
    for part in story.slices:
        for attempt in part.attempts:
            for task in attempt.tasks:
                yield part.order, attempt.attempt, task


def _updates_for_people(updates: "Sequence[BatchUpdate]") -> None:
    """Say what Bodhi has, what waits for the stable tag, and since when."""
    rows = [
        (u.update, u.alias or "-", u.state, len(u.packages), len(u.waiting), u.submitted, _why(u))
        for u in updates
    ]
    columns = (number("UPDATE"), "ALIAS", "STATE", number("BUILDS"), number("NOT STABLE"))
    print_table((*columns, moment("SUBMITTED"), prose("WHAT ABOUT IT")), rows)


def _why(update: "BatchUpdate") -> str:
    waits = some(update.waiting) if update.waiting else ""
    return ": ".join(part for part in (update.detail, waits) if part)


def _told(task: "BatchTask") -> str:
    return ": ".join(part for part in (task.built, task.detail) if part) or task.nvr
