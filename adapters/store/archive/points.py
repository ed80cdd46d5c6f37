# SPDX-License-Identifier: GPL-3.0-or-later
"""Points in time in an archive; they mean what they mean in the log (`projections.points`)."""

from collections.abc import Callable
from datetime import datetime

from adapters.store.archive.read import Archive
from domain.errors import Invalid, NotFound
from projections.points import Point, Span


class Unordered(Invalid):
    """The start comes after the end."""


def span_of(archive: Archive, start: Point | None, end: Point | None) -> Span:
    """Return the events from one point to another, both included; None is the archive's end.

    Raises Unordered where the start comes after the end, NotFound for a position that it lacks.
    """
    first, last = archive.manifest.after, archive.manifest.upto
    after = first if start is None else _behind(archive, start)
    upto = last if end is None else _up_to(archive, end)
    if after > upto or (isinstance(start, datetime) and isinstance(end, datetime) and start > end):
        raise Unordered("the start comes after the end", do="change them over")
    return Span(after, upto)


def _behind(archive: Archive, start: Point) -> int:
    if isinstance(start, datetime):
        return _last(archive, lambda at: at < start)
    return max(archive.manifest.after, _held(archive, start) - 1)


def _up_to(archive: Archive, end: Point) -> int:
    return (
        _last(archive, lambda at: at <= end) if isinstance(end, datetime) else _held(archive, end)
    )


def _last(archive: Archive, fits: Callable[[datetime], bool]) -> int:
    """Return the last position whose time fits; times rise with positions, so it is read once."""
    last = archive.manifest.after
    for rows in archive.rows():
        for position, *_, recorded_at, _ in rows:
            if not fits(recorded_at):
                return last
            last = position
    return last


def _held(archive: Archive, position: int) -> int:
    if not archive.manifest.after <= position <= archive.manifest.upto:
        raise NotFound(
            f"there is no position {position} in the archive",
            why=f"it begins behind {archive.manifest.after} and ends at {archive.manifest.upto}",
            do="name a position between, or a time",
        )
    return position
