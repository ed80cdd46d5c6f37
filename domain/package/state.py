# SPDX-License-Identifier: GPL-3.0-or-later
"""What a package's events add up to.

Facts may arrive in any order and more than once, so the state keeps every tagging it has learned of
and asks for the latest; nothing depends on which arrived last.
"""

from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec import Struct

from domain.package.events import Outcome
from domain.values import DAWN, Mode, Moment, Place

WHOLE_SECOND: Final = timedelta(seconds=1)
"""A message's time is cut to the second, so it may be this much before the row it tells of."""

LATEST_MESSAGE: Final = timedelta(hours=1)
"""A hub sends a message when it has committed, which takes a mass tagging minutes."""

PREFIX: Final = "package:"
"""How the id of a package's stream begins."""

NO_BUILD: Final = 0
"""The build of an attempt that was imported: only its source is known."""


class Sighting(Struct, frozen=True, array_like=True, gc=False):
    """One tagging or untagging that was learned of, at its position in the log.

    ``told`` is the moment a message gave before Koji's history corrected it, so that the message is
    known when it comes again; ``denied`` once Koji's history has no such thing.
    """

    moment: Moment
    position: int
    baseline: bool = False
    told: Moment | None = None
    denied: bool = False

    @property
    def hint(self) -> bool:
        """Whether only a message told of it: messages lie, and bear no event number."""
        return not (self.moment.event or self.denied or self.baseline)

    def undoes(self, tagged: "Sighting") -> bool:
        """Whether this untagging came after a tagging."""
        return not (self.denied or tagged.moment.not_before(self.moment))

    def told_by(self, moment: Moment) -> bool:
        """Whether a message of that moment tells just this.

        It may be known already from Koji's history, or from the baseline, which does not know when
        the build was tagged; then the message that comes late is no news.
        """
        if moment in (self.moment, self.told):
            return True
        if moment.event or not self.moment.event or self.told or self.denied:
            return False
        if self.baseline:
            return moment.at <= self.moment.at
        return -WHOLE_SECOND < moment.at - self.moment.at < LATEST_MESSAGE


class Standing(Struct, frozen=True, array_like=True, gc=False):
    """The last verdict on a tagging in one mode."""

    mode: Mode
    kind: Literal["queued", "skipped-as-retag", "skipped"]
    row: int
    reason: str
    tagging: Moment
    position: int


class Presence(Struct, frozen=True, array_like=True, gc=False):
    """One build in one tag: every tagging and untagging, and the last verdict of each mode."""

    tagged: tuple[Sighting, ...] = ()
    untagged: tuple[Sighting, ...] = ()
    standings: tuple[Standing, ...] = ()

    def standing(self, mode: Mode, tagging: Moment) -> Standing | None:
        """Return the verdict on record on this very tagging in a mode."""
        for standing in self.standings:
            if standing.mode == mode and standing.tagging == tagging:
                return standing
        return None

    @property
    def latest(self) -> Sighting | None:
        """The latest tagging, or None where only an untagging or a phantom is known.

        By Koji's events where all are known: a baseline knows the event of a tagging, not its time.
        """
        if len(self.tagged) == 1:
            return None if self.tagged[0].denied else self.tagged[0]
        seen = [s for s in self.tagged if not s.denied]
        known = all(s.moment.event for s in seen)
        return max(seen, key=_number if known else _when, default=None)

    @property
    def phantom(self) -> Sighting | None:
        """The latest tagging that Koji denies, where there is no other."""
        return None if self.latest else max(self.tagged, key=_when, default=None)

    @property
    def present(self) -> bool:
        """Whether the build is in the tag; a tag and an untag of one second count as tagged."""
        return self.latest is not None and not (self.untagged and self.gone)

    @property
    def gone(self) -> tuple[Sighting, ...]:
        """The untaggings after the latest tagging."""
        tagged = self.latest
        if tagged is None:
            return self.untagged
        return tuple([s for s in self.untagged if s.undoes(tagged)])


class Build(Struct, frozen=True, array_like=True, gc=False):
    """An upstream build; ``identified`` once Koji said what its source is, or that it has none."""

    nvr: str
    source: str | None = None
    identified: bool = False
    tags: dict[str, Presence] = {}

    @property
    def sourceless(self) -> bool:
        """Whether Koji says that it has no source."""
        return self.identified and self.source is None


class Attempt(Struct, frozen=True, array_like=True, gc=False):
    """One line of the ledger: a build queued in a generation, mode and round, and how it ended.

    ``batch`` is the one that builds it; from then on it ends only as that batch says. ``published``
    once what was built is in the stable tag.
    """

    build_id: int
    source: str | None
    mode: Mode
    generation: int
    round: int
    dist: str | None
    position: int
    outcome: Outcome | Literal["built"] | None = None
    ended_at: Moment | None = None
    ended_position: int = 0
    cleared: bool = False
    batch: int | None = None
    published: bool = False

    @property
    def open(self) -> bool:
        """Queued and not ended."""
        return self.outcome is None

    @property
    def handled(self) -> bool:
        """Queued and not ended, or built."""
        return self.outcome in (None, "built")


class Destination(Struct, frozen=True, array_like=True, gc=False):
    """A downstream build of a source that the stable tag holds or has held."""

    source: str
    build_id: int
    dist: str | None
    at: Moment
    position: int
    nvr: str = ""


class Asked(Struct, frozen=True, array_like=True, gc=False):
    """A manual request for a build that no verdict has answered yet."""

    id: str
    build_id: int
    force: bool
    position: int


class Package(Struct, frozen=True, array_like=True, gc=False):
    """All that matters of a package's stream, which has ``version`` events up to ``position``."""

    name: str
    version: int = 0
    position: int = 0
    builds: dict[int, Build] = {}
    ledger: tuple[Attempt, ...] = ()
    destinations: tuple[Destination, ...] = ()
    generation: int = 0
    rebuild_at: Moment | None = None
    request: Asked | None = None

    @property
    def hints(self) -> tuple[tuple[int, str], ...]:
        """The builds and tags of which something is known from messages only."""
        return tuple(
            (build_id, tag)
            for build_id, build in self.builds.items()
            for tag, presence in build.tags.items()
            if any(s.hint for s in presence.tagged) or any(s.hint for s in presence.untagged)
        )

    def unseen(self, stable_tag: str) -> tuple[int, ...]:
        """Return the builds in the stable tag whose source nobody has looked up yet."""
        seen = {destination.build_id for destination in self.destinations}
        return tuple(
            build_id
            for build_id, build in self.builds.items()
            if stable_tag in build.tags and build_id not in seen and not build.sourceless
        )

    @property
    def queued(self) -> tuple[Attempt, ...]:
        """The attempts that wait to be built, or are being built."""
        return tuple(attempt for attempt in self.ledger if attempt.open)

    def knows(self, build_id: int, tag: str, moment: Moment, *, untag: bool = False) -> bool:
        """Whether this very tagging (or untagging) is on record."""
        build = self.builds.get(build_id)
        presence = build.tags.get(tag) if build else None
        if presence is None:
            return False
        seen = presence.untagged if untag else presence.tagged
        return any(sighting.told_by(moment) for sighting in seen)

    def place(self, build_id: int, stable_tag: str) -> Place:
        """Return the build's place: the earliest, over its tags, of the latest tagging in each."""
        places = [
            _place(latest, build_id)
            for tag, presence in self.builds[build_id].tags.items()
            if tag != stable_tag and (latest := presence.latest)
        ]
        if not places:
            return Place(after_baseline=False, at=DAWN, event=0, build_id=build_id)
        return min(places) if len(places) > 1 else places[0]


def stream(name: str) -> str:
    """Return the id of a package's stream."""
    return f"{PREFIX}{name}"


def name_of(stream_id: str) -> str | None:
    """Return the name of the package whose stream this is, None for any other stream."""
    return stream_id.removeprefix(PREFIX) if stream_id.startswith(PREFIX) else None


def _when(sighting: Sighting) -> tuple[datetime, bool, int]:
    """Sort by time; the first baseline speaks last of its second, whenever it was recorded."""
    return sighting.moment.at, sighting.baseline, sighting.moment.event


def _number(sighting: Sighting) -> tuple[int, bool]:
    """Sort by event; what the first baseline says of one that was known before it counts."""
    return sighting.moment.event, sighting.baseline


def _place(sighting: Sighting, build_id: int) -> Place:
    moment = sighting.moment
    if sighting.baseline:
        return Place(after_baseline=False, at=DAWN, event=moment.event, build_id=build_id)
    return Place(after_baseline=True, at=moment.at, event=moment.event, build_id=build_id)
