# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the news about a package is new to its stream."""

from collections.abc import Iterator

from msgspec import Struct

from domain.package.events import (
    DestinationSeen,
    FailureImported,
    Identified,
    Tagged,
    Untagged,
)
from domain.package.state import NO_BUILD, Package
from domain.values import Moment


class Tagging(Struct, frozen=True, gc=False):
    """A tagging or untagging as a message or Koji's history tells of it; ``user`` did it."""

    package: str
    build_id: int
    nvr: str
    tag: str
    moment: Moment
    untag: bool = False
    tag_id: int | None = None
    user: str = ""

    @property
    def key(self) -> "Key":
        """What makes two tellings the same: not who is said to have done it."""
        return self.package, self.build_id, self.tag, self.moment, self.untag


Key = tuple[str, int, str, Moment, bool]
"""A build, a tag, a moment, and whether it was untagged."""


def observe(package: Package, seen: Tagging) -> Tagged | Untagged | None:
    """Return the event that records the tagging, or None where this very one is on record."""
    if package.knows(seen.build_id, seen.tag, seen.moment, untag=seen.untag):
        return None
    kind = Untagged if seen.untag else Tagged
    return kind(build_id=seen.build_id, nvr=seen.nvr, tag=seen.tag, tag_id=seen.tag_id)


class BaselineRow(Struct, frozen=True, gc=False):
    """One build that a baseline found in the trigger tag or the stable tag.

    The fields are those of a line of ``ebs baseline --from FILE``; an imported build has no source.
    """

    tag: str
    package: str
    build_id: int
    nvr: str
    source: str | None
    create_event: int | None = None


def observe_baseline(
    package: Package, row: BaselineRow, *, stable_tag: str, first: bool
) -> Iterator[Tagged | Identified | DestinationSeen]:
    """Yield the facts that a baseline adds to what is known: it never removes one.

    The first one also says of builds that messages told of before it that they come first.
    """
    if row.tag == stable_tag:
        known = any(seen.build_id == row.build_id for seen in package.destinations)
        if not known and row.source is not None:
            yield _destination(row, row.source)
        return
    build = package.builds.get(row.build_id)
    presence = build.tags.get(row.tag) if build else None
    if first or presence is None or not presence.present:
        yield Tagged(
            build_id=row.build_id, nvr=row.nvr, tag=row.tag, source=row.source, baseline=first
        )
    elif row.source is not None and build is not None and build.source != row.source:
        yield Identified(row.build_id, row.source)
    if row.source is None and not (build and build.identified):
        yield Identified(row.build_id, None)


def _destination(row: BaselineRow, source: str) -> DestinationSeen:
    return DestinationSeen(build_id=row.build_id, nvr=row.nvr, source=source, dist=dist_of(row.nvr))


def observe_failure(package: Package, source: str, detail: str) -> FailureImported | None:
    """Return the event of a failure of ELNBuildSync's, or None where it was imported before.

    One that was cleared since, or is of an earlier generation, is not imported again, either.
    """
    known = any(a.build_id == NO_BUILD and a.source == source for a in package.ledger)
    return None if known else FailureImported(source, detail)


def dist_of(nvr: str) -> str | None:
    """Return the ELN dist in a release (``eln142``), for what nobody observed; None without one."""
    parts = nvr.rsplit("-", 1)[-1].split(".")
    return next((part for part in parts if part.startswith("eln") and part[3:].isdigit()), None)
