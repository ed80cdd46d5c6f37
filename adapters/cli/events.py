# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb that reads the log itself: events."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Final

import click
import msgspec

from adapters.cli.filters import of_batches, of_packages, of_types
from adapters.cli.options import as_csv, as_json, verb
from adapters.cli.output import print_csv, print_json, print_table, say, talk
from adapters.cli.points import from_point, spanned, to_point
from adapters.cli.session import opened
from adapters.tables import cell, moment, number, one_line
from domain.package import name_of

if TYPE_CHECKING:
    from adapters.app import App
    from adapters.cli.following import Wanted
    from adapters.service.reports import Event
    from domain.envelope import Recorded
    from projections.points import Point
    from projections.timeline import Names

SHOWN: Final = 100
"""Events that a person is shown where no limit is given."""

PAGE: Final = 1_000
"""Rows of one table: its columns are as wide as they need, and a log does not fit into memory."""


@verb(
    "events",
    ("ebs events --after 1200 --limit 50", "the log itself, from a position on"),
    ("ebs events --from -6h --type queued --json", "JSON lines of one type of event"),
    ("ebs events --package bash --batch 7 --csv", "the streams of a package and a batch"),
    ("ebs events --actor ada --from 2024-08-13T00:00Z", "what a person did since then"),
    ("ebs events --follow --type built", "what is being built, as it happens"),
)
@click.option("--after", type=click.IntRange(0), metavar="N", help="Behind a position.")
@from_point
@to_point
@click.option("--limit", type=click.IntRange(1, 10**9), metavar="N", help="At most so many.")
@of_types
@of_packages
@of_batches
@click.option("--actor", metavar="WHO", help="Of whom: a person, a user of Koji, ebs itself.")
@click.option("--follow", is_flag=True, help="Go on with what comes, until SIGTERM or Ctrl-C.")
@as_json
@as_csv
def events(
    *,
    after: int | None,
    start: "Point | None",
    end: "Point | None",
    limit: int | None,
    types: tuple[str, ...],
    packages: tuple[str, ...],
    batches: tuple[int, ...],
    actor: str | None,
    follow: bool,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Read the log in order, each event in words; --json and --csv print each whole.

    Of packages and batches it is what stands in the stream of any; type and actor must fit besides.
    """
    if after is not None and start is not None:
        raise click.UsageError("give --after or --from, not both")
    if follow and end is not None:
        raise click.UsageError("--follow has no end: leave --to out")
    with opened() as app:
        from adapters.cli.following import Wanted  # noqa: PLC0415 - see session
        from adapters.service.reports import event  # noqa: PLC0415

        wanted = Wanted(tuple(_streams(app, packages, batches)), types, actor)
        with app.log.reading() as cursor:
            span = spanned(cursor, start, end)
        first = span.after if after is None else after
        if follow:
            new = first if after is not None or start is not None else span.upto
            _follow(app, wanted, new, limit, as_json=as_json, as_csv=as_csv)
            return
        shown = limit or (None if as_json or as_csv else SHOWN)
        with closing(wanted.read(app.log, first, span.upto, shown)) as found:
            if as_json or as_csv:
                _print_whole(map(event, found), as_csv=as_csv)
            else:
                _for_people(found, limited=limit is not None)


def _streams(app: "App", packages: Sequence[str], batches: Sequence[int]) -> "Iterator[str]":
    """Yield the streams that are named. Raises NotFound for one that there is not."""
    from adapters.service import naming  # noqa: PLC0415 - see session
    from domain.batch import stream as batch_stream  # noqa: PLC0415
    from domain.package import stream as package_stream  # noqa: PLC0415

    with app.journal.look() as view:
        for name in packages:
            yield package_stream(naming.package(view, name))
        for number in batches:
            yield batch_stream(naming.batch(view, number))


def _follow(
    app: "App", wanted: "Wanted", after: int, limit: int | None, *, as_json: bool, as_csv: bool
) -> None:
    """Print what comes until somebody stops it; --csv without a header where it goes on."""
    from adapters.cli.following import Following  # noqa: PLC0415 - see session
    from adapters.cli.worker import stopping  # noqa: PLC0415
    from adapters.service.reports import event  # noqa: PLC0415
    from projections.timeline import Names  # noqa: PLC0415

    names = Names()
    with stopping() as stop:
        for recorded in islice(Following(app, wanted, after, stop), limit):
            if as_json or as_csv:
                _print_whole([event(recorded)], as_csv=as_csv, header=False)
            else:
                position, *rest = _row(recorded, names)
                say("  ".join((f"{position:>8}", *map(cell, rest))))


def _print_whole(lines: "Iterable[Event]", *, as_csv: bool, header: bool = True) -> None:
    if as_csv:
        from adapters.service.reports import Event  # noqa: PLC0415 - see session

        print_csv(Event.__struct_fields__ if header else (), map(_fields, lines))
        return
    for line in lines:
        print_json(line)


def _fields(line: "Event") -> tuple[object, ...]:
    *rest, data = msgspec.structs.astuple(line)
    return *rest, json.dumps(data)


def _for_people(found: "Iterator[Recorded]", *, limited: bool) -> None:
    """Print tables below each other, each with its head, as what is found is read."""
    from projections.timeline import Names  # noqa: PLC0415 - see session

    names = Names()
    count = last = 0
    while page := [*islice(found, PAGE)]:
        columns = (number("POSITION"), moment("AT"), "STREAM", "EVENT", one_line("WHAT"), "BY")
        print_table(columns, [_row(recorded, names) for recorded in page])
        count, last = count + len(page), page[-1].position
    if not count:
        talk("no such event is on record")
    elif not limited and count == SHOWN:
        talk(f"there may be more: --after {last}, or --limit")


def _row(recorded: "Recorded", names: "Names") -> tuple[object, ...]:
    """Return the row of an event, in words; ``names`` learns what builds are called."""
    from projections.timeline import sentence  # noqa: PLC0415 - see session

    names.learn(recorded)
    envelope = recorded.envelope
    stream = name_of(envelope.originator_id) or envelope.originator_id
    when, by = envelope.meta.occurred_at, envelope.meta.actor or "-"
    return recorded.position, when, stream, envelope.event.topic, sentence(recorded, names), by
