# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the incident of August 2024 on a simulated hub, as messages on its bus and files.

The same seed makes the same scenario. What is due is counted from the scenario itself: the build of
a target that was made last and is in f42 at the end, unless it was handled before. No function that
decides takes part in it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

import msgspec

from adapters.sandbox.hub import Builders, Bus, Ending, Outcome, Pace, VirtualClock, World, tagging
from adapters.sandbox.hub.model import Build, Task
from adapters.sandbox.rawhide import Rawhide, recipe, spread
from adapters.sandbox.scenario import (
    ALL_PARTS,
    BASELINE,
    BRANCHED,
    DIST,
    EXCLUDE,
    FIRST_EVENT,
    LONGEST_BUILD,
    MASS_REBUILD,
    MORNING_OVER,
    ORDINARY,
    PAUSE,
    QUIET,
    RENAMED,
    RESUME,
    RETAG,
    RETAGS_A_SECOND,
    SEED,
    Key,
    Parts,
    Scenario,
)
from adapters.sandbox.timeline import Timeline
from adapters.sandbox.vendored import SourcePackage

Lines = tuple[bytes, ...]


def incident(
    packages: Sequence[SourcePackage], listed: Iterable[str], parts: Parts = ALL_PARTS
) -> Scenario:
    """Return the scenario on these packages, of which ``listed`` are on ELN's package list."""
    story = Story(packages, listed, parts)
    return Scenario(
        baseline=story.baseline(),
        ordinary=story.ordinary(),
        paused=story.paused(),
        retag=story.retag(),
        branched=story.branched(),
        packages=story.packages,
        retagged=story.retagged,
        targets=story.targets,
        due_before=story.due_before,
        due=story.due,
        dropped=story.dropped,
        retagged_due=story.retagged_due,
        retagged_done=story.retagged_done,
    )


class Story:
    """Tells the incident phase by phase, each once and in this order; each returns its lines.

    ``world`` is a hub as it is after the phase told last, and may be served in between;
    ``builders`` build what it is asked for, also while a phase is told; ``clock`` is its time. What
    is due is known once told: ``due_before`` after the ordinary morning, ``due`` at the end.
    """

    def __init__(
        self, packages: Sequence[SourcePackage], listed: Iterable[str], parts: Parts = ALL_PARTS
    ) -> None:
        self.clock = VirtualClock(MASS_REBUILD.timestamp())
        self.world = World(self.clock, first_event=FIRST_EVENT)
        self._random = Random(SEED)  # noqa: S311 - a scenario, no secret
        self._broken: set[str] = set()
        self.builders = Builders(self.world, outcome=self._outcome, recipe=recipe)
        self._timeline = Timeline(self.world, self.clock, self._random, self.builders.work)
        self.packages = len(packages)
        self._packages = packages
        self._parts = parts
        targets = frozenset(listed) | set(RENAMED.values())
        self._hub = Rawhide(self.world, packages, targets, dist=141)
        self._cast(targets)
        self._handled: set[Key] = set()
        self.due_before: frozenset[Key] = frozenset()
        self.retagged = 0

    def _cast(self, targets: frozenset[str]) -> None:
        """Give packages their parts."""
        parts = self._parts
        held_back = {n for n in targets if any(re.search(p, n) for p in EXCLUDE)}
        self._wanted = targets - held_back
        self._idle = self._shuffled(self._wanted)
        self._excluded = [p for p in self._packages if p.name in held_back]
        self._strangers = list(islice(self._shuffled(self._others(targets)), parts.strangers))
        self._unbuilt = self._pick(parts.unbuilt)
        self._rebuilt = self._pick(parts.ordinary)
        self._into_f41 = self._pick(parts.f41)
        self._early = self._pick(parts.early)
        self._dropped = self._rebuilt[parts.overtaken :][: parts.dropped]

    # --- what happens --------------------------------------------------------------------------

    def baseline(self) -> Lines:
        """Set up the past; the lines of the baseline: f41 with every package, what ELN has of it.

        No message tells of the past.
        """
        rebuilt = [p for p in self._packages if p.name in self._wanted and p not in self._unbuilt]
        with self.world.lock:
            self._hub.past("f41", self._packages, rebuilt, MASS_REBUILD, BASELINE)
            self.world.bus = Bus(self._timeline.hear, seed=SEED)
        self._handled = {_key(self._hub.last(package.name)) for package in rebuilt}
        self.clock.set(BASELINE.timestamp())
        head = _line(koji_event=self.world.last_event(), at=BASELINE.isoformat())
        return (head, *self._rows("f41"), *self._rows("eln"))

    def ordinary(self) -> Lines:
        """An ordinary morning in f41, with work for ELN and without."""
        self._build("f41", [*self._rebuilt, *self._strangers[::3]], ORDINARY, MORNING_OVER - QUIET)
        lines = self._timeline.unfold()
        self.due_before = frozenset(self._due("f41"))
        self._handled |= self.due_before
        return lines

    def paused(self) -> Lines:
        """What happens in f41 between the pause and the re-tag."""
        parts = self._parts
        twice, withdrawn = self._pick(parts.twice), self._pick(parts.withdrawn)
        again, self._both = self._rebuilt[: parts.overtaken], self._pick(parts.both)
        once = [*self._into_f41, *self._early, *self._both, *again, *self._strangers[1::3]]
        noon, middle = PAUSE + QUIET, PAUSE + (RETAG - PAUSE) / 2
        retagged = self._pick(parts.retagged)
        self._build("f41", [*once, *self._excluded, *twice, *withdrawn], noon, middle)
        self._build("f41", twice, middle, RETAG - QUIET)
        self._untag("f41", [*withdrawn, *self._dropped, *retagged], middle)
        for package in retagged:
            self._timeline.plan(middle + QUIET, self._tag_again, "f41", package.name)
        return self._timeline.unfold()

    def retag(self) -> Lines:
        """Everything in f41 is tagged into f42, the old builds last, as ``clone --all`` does it."""
        self._build("f42", self._early, RETAG, RETAG + QUIET)
        copies = self._copies()
        for start in range(0, len(copies), RETAGS_A_SECOND):
            at = RETAG + 2 * QUIET + timedelta(seconds=start // RETAGS_A_SECOND)
            some = copies[start : start + RETAGS_A_SECOND]
            self._timeline.plan(at, self._hub.mass_tag, some, "f42")
        self.retagged = len(copies)
        return self._timeline.unfold()

    def branched(self) -> Lines:
        """Rawhide goes on in f42, and the dist is raised."""
        undone = self._pick(self._parts.undone)
        some = [*self._pick(self._parts.f42), *self._both, *self._strangers[2::3], *undone]
        self._build("f42", some, BRANCHED, RESUME - 2 * QUIET)
        self._timeline.plan(DIST, self._hub.raise_dist, 142)
        self._untag("f42", undone, RESUME - QUIET)
        return self._timeline.unfold()

    def later(self, until: datetime, number: int, broken: int) -> Lines:
        """Rawhide goes on in f42 when all is over: so many builds, some of them broken in ELN."""
        some = self._pick(number)
        self._broken |= {package.name for package in some[:broken]}
        self._build("f42", some, datetime.fromtimestamp(self.clock(), UTC), until)
        return self._timeline.unfold()

    # --- what must come of it ------------------------------------------------------------------

    @property
    def targets(self) -> tuple[str, ...]:
        """What is rebuilt for ELN."""
        return tuple(sorted(self._wanted))

    @property
    def due(self) -> frozenset[Key]:
        """The builds to queue after the pause."""
        return frozenset(self._due("f42"))

    @property
    def dropped(self) -> frozenset[str]:
        """The packages whose build was queued and then left Rawhide."""
        return frozenset(package.name for package in self._dropped)

    @property
    def retagged_due(self) -> str:
        """A package that is due though all that is heard of it in f42 is a re-tag."""
        return self._into_f41[0].name

    @property
    def retagged_done(self) -> str:
        """A package that was handled before it was tagged again."""
        return self._rebuilt[-1].name

    def _due(self, tag: str) -> Iterator[Key]:
        """Yield the newest build of each target in a tag, unless it was handled."""
        for name in self.targets:
            newest = self._hub.newest(tag, name)
            if newest is not None and _key(newest) not in self._handled:
                yield _key(newest)

    def _outcome(self, task: Task) -> Outcome:
        """Every build succeeds but the broken ones, some sooner, some later."""
        name = str(task.request[0]).partition("#")[0].rpartition("/")[2]
        ending = Ending.FAILED if name in self._broken else Ending.COMPLETE
        return Outcome(ending, Pace(arch=60.0 * (1 + task.id % LONGEST_BUILD)))

    # --- how it happens ------------------------------------------------------------------------

    def _copies(self) -> list[Build]:
        """Return what is in f41 as it is copied: what is not the latest, or was overtaken, last."""
        held, early = self._hub.held("f41"), {package.name for package in self._early}
        newest = {build.name: build.id for build in held}
        return sorted(held, key=lambda b: b.id != newest[b.name] or b.name in early)

    def _build(
        self, tag: str, packages: Sequence[SourcePackage], start: datetime, end: datetime
    ) -> None:
        for package, at in spread(packages, start, end):
            self._timeline.plan(at, self._hub.build, package, tag)

    def _untag(self, tag: str, packages: Iterable[SourcePackage], at: datetime) -> None:
        for package in packages:
            self._timeline.plan(at, self._untag_newest, tag, package.name)

    def _untag_newest(self, tag: str, package: str) -> None:
        newest = self._hub.newest(tag, package)
        if newest is not None:
            self._hub.untag(newest, tag)

    def _tag_again(self, tag: str, package: str) -> None:
        self._hub.tag(self._hub.last(package), tag)

    def _pick(self, number: int) -> list[SourcePackage]:
        """Return some targets that play no part yet."""
        return list(islice(self._idle, number))

    def _others(self, targets: frozenset[str]) -> set[str]:
        return {package.name for package in self._packages} - targets

    def _shuffled(self, names: frozenset[str] | set[str]) -> Iterator[SourcePackage]:
        some = sorted(package for package in self._packages if package.name in names)
        self._random.shuffle(some)
        return iter(some)

    def _rows(self, tag: str) -> Iterator[bytes]:
        for row in tagging.tagged(self.world, self.world.tag(tag)):
            build = row.build
            yield _line(
                tag=tag, package=build.name, build_id=build.id, nvr=build.nvr, source=build.source
            )


def _key(build: Build) -> Key:
    """What a verdict is compared by."""
    return build.name, build.id


def _line(**fields: object) -> bytes:
    return msgspec.json.encode(fields) + b"\n"
