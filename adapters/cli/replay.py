# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb that runs the past through the verdict function once more: replay."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click
from msgspec import Struct

from adapters.cli.errors import FAILED
from adapters.cli.imagined import print_imagined
from adapters.cli.options import as_csv, as_json, verb
from adapters.cli.output import print_csv, print_json, print_table, progress_bar, talk, tell
from adapters.cli.points import from_point, spanned, to_point
from adapters.cli.session import configured, loaded_policy, opened_archive, opened_log
from adapters.tables import number, prose
from domain.catalogue import EVENTS
from domain.errors import Refused

if TYPE_CHECKING:
    from adapters.store.archive.read import Archive
    from domain.envelope import Recorded
    from domain.policy import Policy
    from projections.points import Point, Span
    from projections.replay import Difference

PARTS: Final = ("retag", "guard", "pause")
"""What can be left out."""

MOST: Final = 1_000
"""Differences that are told; where there are more, it is one reason many times."""


class Past(NamedTuple):
    """Recorded events from the first on, and which of them are asked about."""

    events: Iterable["Recorded"]
    span: "Span"


class Replayed(Struct, frozen=True):
    """What came of it: of the ``verdicts`` behind ``after``, up to ``upto``, what differs now.

    ``found`` is how many differences there are, ``differences`` the first of them.
    """

    after: int
    upto: int
    verdicts: int
    found: int
    differences: tuple["Difference", ...]


@verb(
    "replay",
    ("ebs replay", "every verdict on record is what the table says of the same facts"),
    ("ebs replay august.zip", "the same of an export, without a database"),
    ("ebs replay --from -7d --without retag", "what EBS would have rebuilt this week"),
    ("ebs replay --policy policy.yaml --csv", "what another policy would have queued"),
)
@click.argument("file", required=False)
@from_point
@to_point
@click.option(
    "--policy",
    metavar="WHERE",
    help="Under this policy (a file, or a git URL#ref), whatever was adopted then.",
)
@click.option(
    "--without",
    type=click.Choice(PARTS),
    multiple=True,
    help="As if there were no rule against re-tags, no guard, or no pause; may be repeated.",
)
@as_json
@as_csv
def replay(
    file: str | None,
    start: "Point | None",
    end: "Point | None",
    policy: str | None,
    without: tuple[str, ...],
    *,
    as_json: bool,
    as_csv: bool,
) -> int | None:
    """Take every decision on record again, on what was on record when it was taken.

    Nothing is written, and no hub is asked. Exits 1 where a verdict is not what it was, and names
    it. With --policy or --without it tells instead what would have been queued and was not, and the
    other way round: what nobody built counts as built from then on; a package is judged where it
    was judged on record, without a pause whenever the lull was over; what the package list named is
    as recorded, and whether the policy itself pauses is not looked at. Task-hours are those on
    record of the package, else the median of all packages.
    """
    other = loaded_policy(policy, configured()).policy if policy is not None else None
    with _past(file, start, end) as past:
        if other is not None or without:
            imagined = _imagined(past, other, without)
            print_imagined(imagined, past.span, as_json=as_json, as_csv=as_csv)
            return None
        found = _replayed(past)
    if as_json:
        print_json(found)
    elif as_csv:
        print_csv(_HEADER, map(_fields, found.differences))
    else:
        _for_people(found)
    return FAILED if found.found else None


@contextmanager
def _past(file: str | None, start: "Point | None", end: "Point | None") -> Iterator[Past]:
    if file is None:
        with opened_log() as log:
            with log.reading() as cursor:
                span = spanned(cursor, start, end)
            yield Past(log.read(upto=span.upto), span)
        return
    from adapters.store.archive.points import Unordered, span_of  # noqa: PLC0415 - see session

    with opened_archive(file) as archive:
        _refuse_part(archive)
        try:
            span = span_of(archive, start, end)
        except Unordered as error:
            raise click.UsageError(f"--from comes after --to: {error.do}") from None
        yield Past(_up_to(span, archive), span)


def _refuse_part(archive: "Archive") -> None:
    if archive.manifest.after:
        raise Refused(
            f"the archive begins behind position {archive.manifest.after}",
            why="a verdict rests on everything that lies before it",
            do="export from the beginning, and name the part with --from and --to here",
        )


def _up_to(span: "Span", archive: "Archive") -> Iterator["Recorded"]:
    """Read it whole, for only at the end it shows whether it was changed."""
    from adapters.store.codec import Codec  # noqa: PLC0415 - see session

    events = archive.events(Codec(EVENTS))
    return (recorded for recorded in events if recorded.position <= span.upto)


def _imagined(past: Past, policy: "Policy | None", without: Iterable[str]) -> Any:
    from projections.whatif import Premise, WhatIf  # noqa: PLC0415 - see session

    parts: Any = frozenset(without)
    what_if = WhatIf(Premise(past.span, policy, parts))
    _go_through(past, what_if.take)
    return what_if.result()


def _replayed(past: Past) -> Replayed:
    from projections.replay import Replay  # noqa: PLC0415 - see session

    again, found, told = Replay(past.span), 0, []

    def take(recorded: "Recorded") -> None:
        nonlocal found
        difference = again.take(recorded)
        if difference is not None:
            found += 1
            if found <= MOST:
                told.append(difference)

    _go_through(past, take)
    return Replayed(past.span.after, past.span.upto, again.verdicts, found, tuple(told))


def _go_through(past: Past, take: Callable[["Recorded"], None]) -> None:
    with progress_bar("events", past.span.upto) as bar:
        for recorded in past.events:
            take(recorded)
            if recorded.position % 1_000 == 0:
                bar.at(recorded.position)


_HEADER: Final = ("position", "stream", "version", "recorded", "again", "what")


def _fields(difference: "Difference") -> tuple[object, ...]:
    return tuple(getattr(difference, name) for name in _HEADER)


def _for_people(found: Replayed) -> None:
    print_table(
        (number("POSITION"), "EVENT", prose("ON RECORD"), prose("AGAIN"), prose("WHAT DIFFERS")),
        [
            (d.position, f"{d.stream}@{d.version}", d.recorded, d.again, d.what)
            for d in found.differences
        ],
    )
    where = f"from position {found.after + 1} to {found.upto}"
    if found.found:
        first = found.differences[0]
        talk(
            f"{found.found:,} of {found.verdicts:,} verdicts {where} are not what they were; the"
            f" first is {first.stream}@{first.version} at position {first.position}"
        )
    else:
        tell(f"{found.verdicts:,} verdicts {where} were taken again: each is what is on record.")
