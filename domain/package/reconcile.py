# SPDX-License-Identifier: GPL-3.0-or-later
"""What Koji's own tag history adds to, corrects of, or denies of what messages told.

A message is a hint: it may lie (a call that faulted in a multicall sends its tag message all the
same), get lost, or bear only whole seconds. The history has every row with its event.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from domain.package.events import Phantom, Tagged, TaggingConfirmed, Untagged
from domain.package.state import WHOLE_SECOND, Package, Presence, Sighting
from domain.values import Moment


class HistoryRow(Struct, frozen=True, gc=False):
    """A row of Koji's ``tag_listing``: a build was tagged, and perhaps untagged again."""

    package: str
    build_id: int
    nvr: str
    tag: str
    tag_id: int
    created: Moment
    creator: str = ""
    revoked: Moment | None = None
    revoker: str = ""


class Reading(Struct, frozen=True, gc=False):
    """Of when a history is: whole from ``since`` on, as of ``until`` (both by the hub's clock).

    ``builds``: of which builds it is whole, of all where None. Of the others it may only confirm:
    event ids are not in the order of commits, so that a row may be missing from any window.
    """

    since: datetime
    until: datetime
    builds: frozenset[int] | None = None


class News(NamedTuple):
    """An event, the moment Koji gives it, and who did it there."""

    event: Tagged | Untagged | TaggingConfirmed | Phantom
    moment: Moment
    user: str = ""


def reconcile(
    package: Package, tag: str, rows: Iterable[HistoryRow], reading: Reading
) -> Iterator[News]:
    """Yield what the rows of one package in one tag add, correct and deny."""
    by_build: dict[int, list[HistoryRow]] = {}
    for row in sorted(rows, key=lambda row: row.created):
        by_build.setdefault(row.build_id, []).append(row)
    told = {i for i, build in package.builds.items() if tag in build.tags}
    for build_id in sorted(told | by_build.keys()):
        build = package.builds.get(build_id)
        presence = build.tags.get(tag, Presence()) if build else Presence()
        mine = by_build.get(build_id, [])
        yield from _taggings(build_id, tag, presence, mine, reading)
        yield from _untaggings(build_id, tag, presence, mine, reading)


def _taggings(
    build_id: int, tag: str, presence: Presence, rows: list[HistoryRow], reading: Reading
) -> Iterator[News]:
    waiting = _unconfirmed(presence.tagged)
    for row in rows:
        if _known(presence.tagged, row.created):
            continue
        hint = _join(waiting, row.created)
        if hint is None:
            event: Tagged | TaggingConfirmed = Tagged(build_id, row.nvr, tag, row.tag_id)
        else:
            event = TaggingConfirmed(build_id, tag, hint.moment)
        yield News(event, row.created, row.creator)
    for hint in _denied(build_id, waiting, reading):
        yield News(Phantom(build_id, tag, hint.moment), hint.moment)


def _untaggings(
    build_id: int, tag: str, presence: Presence, rows: list[HistoryRow], reading: Reading
) -> Iterator[News]:
    waiting = _unconfirmed(presence.untagged)
    for row in rows:
        if row.revoked is None or _known(presence.untagged, row.revoked):
            continue
        hint = _join(waiting, row.revoked)
        if hint is None:
            event: Untagged | TaggingConfirmed = Untagged(build_id, row.nvr, tag, row.tag_id)
        else:
            event = TaggingConfirmed(build_id, tag, hint.moment, untag=True)
        yield News(event, row.revoked, row.revoker)
    for hint in _denied(build_id, waiting, reading):
        yield News(Phantom(build_id, tag, hint.moment, untag=True), hint.moment)


def _unconfirmed(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Return what only messages told, the oldest first."""
    return sorted((s for s in sightings if s.hint), key=lambda s: s.moment)


def _known(sightings: Iterable[Sighting], moment: Moment) -> bool:
    return any(s.moment.event == moment.event for s in sightings)


def _join(waiting: list[Sighting], moment: Moment) -> Sighting | None:
    """Take the oldest hint that can tell of this: none is sent before what it tells of."""
    for hint in waiting:
        if hint.moment.at + WHOLE_SECOND > moment.at:
            waiting.remove(hint)
            return hint
    return None


def _denied(build_id: int, waiting: Iterable[Sighting], reading: Reading) -> Iterator[Sighting]:
    """Yield the hints of the time that was read whole and that no row bears out."""
    if reading.builds is None or build_id in reading.builds:
        yield from (h for h in waiting if reading.since <= h.moment.at < reading.until)
