# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints what would have been queued, and what that would have cost."""

from typing import TYPE_CHECKING, Final

from adapters.cli.output import print_csv, print_json, print_table, say, tell
from adapters.tables import number
from adapters.words import counted

if TYPE_CHECKING:
    from projections.points import Span
    from projections.whatif import Change, Imagined

SHOWN: Final = 25
"""Packages that a person is shown."""

_HEADER: Final = ("package", "more", "fewer", "task_hours", "estimated")


def print_imagined(
    imagined: "Imagined", span: "Span", *, as_json: bool = False, as_csv: bool = False
) -> None:
    """Print it for a program or for people; of many packages, these the costliest first."""
    if as_json:
        print_json(_document(imagined, span))
    elif as_csv:
        print_csv(_HEADER, map(_fields, imagined.changes))
    else:
        _for_people(imagined)


def _document(imagined: "Imagined", span: "Span") -> dict[str, object]:
    return {
        "after": span.after,
        "upto": span.upto,
        "recorded": imagined.recorded,
        "queued": imagined.queued,
        "more": sum(change.more for change in imagined.changes),
        "fewer": sum(change.fewer for change in imagined.changes),
        "task_hours": _sum(imagined),
        "estimated": _estimated(imagined),
        "changes": [
            dict(zip(_HEADER, _fields(change), strict=True)) for change in imagined.changes
        ],
    }


def _for_people(imagined: "Imagined") -> None:
    changes = sorted(imagined.changes, key=lambda c: (-abs(_hours(c) or 0.0), c.package))
    print_table(
        ("PACKAGE", number("MORE"), number("FEWER"), number("TASK-HOURS")),
        [(c.package, c.more or None, c.fewer or None, _shown(c)) for c in changes[:SHOWN]],
    )
    if len(changes) > SHOWN:
        say(f"… and {counted(len(changes) - SHOWN, 'package')} more; --csv lists all")
    if changes:
        say("")
    tell(_sentence(imagined))


def _sentence(imagined: "Imagined") -> str:
    more = sum(change.more for change in imagined.changes)
    fewer = sum(change.fewer for change in imagined.changes)
    queued = (
        f"{imagined.queued:,} builds would have been queued, on record are {imagined.recorded:,}"
    )
    if not (more or fewer):
        return f"{queued}: they are the same."
    hours = _sum(imagined)
    cost = "no task is on record to tell hours by"
    if hours is not None:
        cost = f"{abs(hours):,.0f} task-hours {'more' if hours >= 0 else 'fewer'}"
    guessed = _estimated(imagined)
    how = f", estimated for {guessed:,} of {more + fewer:,} builds" if guessed and hours else ""
    return f"{queued}: {more:,} more, {fewer:,} fewer; {cost}{how}."


def _sum(imagined: "Imagined") -> float | None:
    hours = [_hours(change) for change in imagined.changes]
    known = [each for each in hours if each is not None]
    return round(sum(known), 1) if len(known) == len(hours) else None


def _estimated(imagined: "Imagined") -> int:
    """Count the builds whose hours are those of other packages."""
    return sum(
        change.more + change.fewer
        for change in imagined.changes
        if change.task and change.task.estimated
    )


def _hours(change: "Change") -> float | None:
    return (change.more - change.fewer) * change.task.hours if change.task else None


def _shown(change: "Change") -> str | None:
    hours, task = _hours(change), change.task
    return f"{'~' if task.estimated else ''}{hours:.1f}" if task else None


def _fields(change: "Change") -> tuple[object, ...]:
    hours = _hours(change)
    rounded = None if hours is None else round(hours, 3)
    estimated = change.task.estimated if change.task else None
    return change.package, change.more, change.fewer, rounded, estimated
