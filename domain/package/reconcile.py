# SPDX-License-Identifier: GPL-3.0-or-later
"""What Koji's own tag history adds to, corrects of, or denies of what messages told.

A message is a hint: it may lie (a call that faulted in a multicall sends its tag message all the
same), get lost, or bear only whole seconds. The history has every row with its event.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from operator import attrgetter
from typing import Final, NamedTuple

from msgspec import Struct

from domain.package.events import Phantom, Tagged, TaggingConfirmed, Untagged
from domain.package.state import WHOLE_SECOND, Package, Presence, Sighting
from domain.values import Moment

NOWHERE: Final = Presence()

_created = attrgetter("created")
_moment = attrgetter("moment")


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
    by_build: dict[int, list[HistoryRow]]
    by_build = {i: [] for i, build in package.builds.items() if tag in build.tags}
    for row in sorted(rows, key=_created):
        by_build.setdefault(row.build_id, []).append(row)
    for build_id, mine in sorted(by_build.items()):
        build = package.builds.get(build_id)
        presence = build.tags.get(tag, NOWHERE) if build else NOWHERE
        ended = [row for row in mine if row.revoked is not None]
        yield from _ends(build_id, tag, presence.tagged, mine, reading, untag=False)
        if ended or presence.untagged:
            yield from _ends(build_id, tag, presence.untagged, ended, reading, untag=True)


def _ends(
    build_id: int,
    tag: str,
    sightings: Iterable[Sighting],
    rows: Iterable[HistoryRow],
    reading: Reading,
    *,
    untag: bool,
) -> Iterator[News]:
    """Yield what the taggings, or the untaggings, of one build add to, correct of, or deny."""
    events = [s.moment.event for s in sightings]
    waiting = _unconfirmed(sightings)
    for row in rows:
        moment, user = (row.revoked, row.revoker) if untag else (row.created, row.creator)
        if moment is None or moment.event in events:
            continue
        hint = _join(waiting, moment)
        if hint is not None:
            event = TaggingConfirmed(build_id, tag, hint.moment, untag=untag)
            yield News(event, moment, user)
        else:
            kind = Untagged if untag else Tagged
            yield News(kind(build_id, row.nvr, tag, row.tag_id), moment, user)
    for hint in waiting:
        if _denied(hint, build_id, reading):
            yield News(Phantom(build_id, tag, hint.moment, untag=untag), hint.moment)


def _unconfirmed(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Return what only messages told, the oldest first."""
    return sorted([s for s in sightings if s.hint], key=_moment)


def _join(waiting: list[Sighting], moment: Moment) -> Sighting | None:
    """Take the oldest hint that can tell of this: none is sent before what it tells of."""
    for hint in waiting:
        if hint.moment.at + WHOLE_SECOND > moment.at:
            waiting.remove(hint)
            return hint
    return None


def _denied(hint: Sighting, build_id: int, reading: Reading) -> bool:
    """Whether a hint that no row bears out is of the time and the builds that were read whole."""
    whole = reading.builds is None or build_id in reading.builds
    return whole and reading.since <= hint.moment.at < reading.until
