# SPDX-License-Identifier: GPL-3.0-or-later
"""Verbs about all targets at once: board, diff."""

from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

import click
import msgspec

from adapters.cli.completion import package_names
from adapters.cli.options import as_csv, as_json, verb
from adapters.cli.output import print_csv, print_json, print_pairs, print_table, say, talk
from adapters.cli.points import PointInTime, at_point
from adapters.cli.session import opened
from adapters.tables import moment, prose
from adapters.words import counted, plain, some
from domain.errors import Invalid, NotFound

if TYPE_CHECKING:
    from adapters.service.overviews import Board, Difference
    from projections.board import Line
    from projections.difference import Moved
    from projections.points import Point

STATES: Final = (
    "waiting",
    "held",
    "queued",
    "building",
    "built",
    "published",
    "failed",
    "re-tag",
    "skipped",
    "excluded",
    "none",
)
"""The states of a target; a test compares them with those of the projection."""

ASTIR: Final = frozenset({"waiting", "held", "queued", "building", "failed"})
"""What a person is shown where nothing is asked for: what waits, goes on, or went wrong."""

SHOWN: Final = 50
"""Packages that a person is shown where not everything is asked for."""


@verb(
    "board",
    ("ebs board", "how many targets are how, and those that wait, go on or failed"),
    ("ebs board --state failed --state held", "only those that are so"),
    ("ebs board 'python3*' --all", "by name, either one, * for anything"),
    ("ebs board --at 2024-08-14T02:30Z --csv", "all of them as of then"),
)
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=package_names)
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, help="Those so.")
@click.option("--all", "everything", is_flag=True, help="Every target, however it is.")
@at_point
@as_json
@as_csv
def board(
    names: tuple[str, ...],
    *,
    states: tuple[str, ...],
    everything: bool,
    at: "Point | None",
    as_json: bool,
    as_csv: bool,
) -> None:
    """Show every target of ELN: its newest build in the trigger tag, and how that is."""
    with opened() as app:
        found = app.overviews.board(at)
    lines = [line for line in found.lines if _wanted(line, names, states)]
    if names and not lines and not states:
        raise NotFound(
            f"no target is called {plain(' or '.join(names))}",
            do="'ebs why PKG' knows others, and names what is spelt alike",
        )
    if as_json:
        print_json({"position": found.position, "at": found.at, "targets": lines})
    elif as_csv:
        from projections.board import Line  # noqa: PLC0415 - see session

        print_csv(Line.__struct_fields__, map(msgspec.structs.astuple, lines))
    else:
        _for_people(found, lines, everything=everything or bool(states or names))


def _wanted(line: "Line", names: Sequence[str], states: Sequence[str]) -> bool:
    both = (line.package, line.downstream)
    named = not names or any(fnmatchcase(name, wanted) for name in both for wanted in names)
    return named and (not states or line.state in states)


def _for_people(found: "Board", lines: "Sequence[Line]", *, everything: bool) -> None:
    counts = Counter(line.state for line in lines)
    as_of = [("as of", found.at)] if found.at else []
    told = [(state, counts[state]) for state in STATES if counts[state]]
    print_pairs([*as_of, ("position", found.position), *told])
    rows = [_row(line) for line in lines if everything or line.state in ASTIR]
    if rows:
        say("")
        columns = ("PACKAGE", "BUILD", moment("TAGGED"), "STATE", prose("WHY"))
        print_table(columns, rows)
    if len(rows) < len(lines):
        talk(f"{len(lines) - len(rows)} more are at rest; --all lists them")


def _row(line: "Line") -> tuple[object, ...]:
    from projections.why import in_short  # noqa: PLC0415 - see session

    build = (line.nvr or "-").removeprefix(f"{line.package}-")
    batch = "" if line.batch is None else f"batch {line.batch}"
    foreseen = "" if line.decided else " (foreseen)"
    why = ", ".join(part for part in (in_short(line.reason), batch) if part)
    return line.package, build, line.tagged, line.state, f"{why}{foreseen}"


@verb(
    "diff",
    ("ebs diff -6h", "what is different since six hours ago"),
    ("ebs diff 2024-08-14T02:00Z 2024-08-14T04:00Z", "... between two and four"),
    ("ebs diff 1200 1300 --csv", "the packages, between two positions"),
    ignore_unknown_options=True,  # -6h is a point in time
)
@click.argument("start", type=PointInTime(), metavar="T1")
@click.argument("end", type=PointInTime(), metavar="[T2]", required=False)
@click.option("--all", "everything", is_flag=True, help="List every package, however many.")
@as_json
@as_csv
def diff(
    start: "Point", end: "Point | None", *, everything: bool, as_json: bool, as_csv: bool
) -> None:
    """Show what is different between two points: the service, and each target of the board.

    A point is a time with its offset, a position of the log, or how long ago; the second one is
    now where it is not given.
    """
    with opened() as app:
        try:
            found = app.overviews.difference(start, end)
        except Invalid as error:
            raise click.UsageError(f"{error.what}: {error.do}") from None
    if as_json:
        print_json(found)
    elif as_csv:
        from projections.difference import Moved  # noqa: PLC0415 - see session

        print_csv(Moved.__struct_fields__, map(msgspec.structs.astuple, found.packages))
    else:
        _tell_difference(found, None if everything else SHOWN)


def _tell_difference(found: "Difference", limit: int | None) -> None:
    between = f"{found.after} to {found.upto}"
    print_pairs([("position", between), ("events", sum(found.events.values()))])
    rows = [(each.what, each.before or "-", each.after or "-") for each in found.service]
    if found.listed or found.unlisted:
        rows.append(("package list", _listed(found.unlisted), _listed(found.listed)))
    if rows:
        say("")
        print_table(("WHAT", prose("BEFORE"), prose("AFTER")), rows)
    if found.packages:
        say("")
        columns = ("PACKAGE", "BEFORE", "AFTER", "BUILD", prose("WHY"))
        print_table(columns, map(_moved, found.packages[:limit]))
    if (more := len(found.packages) - len(found.packages[:limit])) > 0:
        talk(f"… and {more} more packages; --all lists them")
    if not rows and not found.packages:
        talk("no target and nothing of the service is different")


def _listed(names: Sequence[str]) -> str:
    return f"{counted(len(names), 'package')}: {some(names)}" if names else "-"


def _moved(moved: "Moved") -> tuple[object, ...]:
    from projections.why import in_short  # noqa: PLC0415 - see session

    build = moved.nvr_after or moved.nvr_before or "-"
    build = build.removeprefix(f"{moved.package}-")
    return moved.package, moved.before or "-", moved.after or "-", build, in_short(moved.reason)
