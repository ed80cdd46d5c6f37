# SPDX-License-Identifier: GPL-3.0-or-later
"""Shadow: what would have been built here, against what ELN's stable tag got from elsewhere."""

from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct

from domain.package import Package
from domain.package.state import Destination

Comparison = Literal["same", "only here", "only there"]


class Compared(Struct, frozen=True, order=True):
    """One source: queued here in shadow mode, built there, or both.

    ``why``: of what was only built there, the last verdict on it here.
    """

    package: str
    nvr: str
    source: str
    found: Comparison
    why: str = ""


def compare(
    packages: Mapping[str, Package], targets: Mapping[str, str], since: int
) -> list[Compared]:
    """Compare since a position of the log, by source; ``targets``: upstream → downstream."""
    return sorted(
        compared
        for upstream, downstream in targets.items()
        if (package := packages.get(upstream)) is not None
        for compared in _compared(package, packages.get(downstream), since)
    )


def _compared(package: Package, twin: Package | None, since: int) -> Iterator[Compared]:
    there = {d.source: d for d in (twin.destinations if twin else ()) if d.position > since}
    here = {
        attempt.source: package.builds[attempt.build_id].nvr
        for attempt in package.ledger
        if attempt.mode == "shadow" and attempt.source is not None
    }
    for source, nvr in here.items():
        found: Comparison = "same" if source in there else "only here"
        yield Compared(package.name, nvr, source, found)
    for source, destination in there.items():
        if source not in here:
            nvr = _nvr(package, destination)
            yield Compared(package.name, nvr, source, "only there", _verdict(package, source))


def _nvr(package: Package, destination: Destination) -> str:
    upstream = (b.nvr for b in package.builds.values() if b.source == destination.source)
    return next(upstream, f"build {destination.build_id} of ELN")


def _verdict(package: Package, source: str) -> str:
    """Return the last verdict of the shadow on a source; it may be that nobody told us of it."""
    standings = [
        standing
        for build in package.builds.values()
        if build.source == source
        for presence in build.tags.values()
        for standing in presence.standings
        if standing.mode == "shadow"
    ]
    last = max(standings, key=lambda standing: standing.position, default=None)
    return last.reason if last else "never seen in the trigger tag"
