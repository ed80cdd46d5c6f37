# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the incident of August 2024, as messages on the bus and files.

The same seed makes the same scenario. What is due is counted from the scenario itself: the build of
a target that was made last and is in f42 at the end, unless it was handled before. No function that
decides takes part in it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from random import Random

import msgspec

from adapters.sandbox.rawhide import Build, Rawhide, source
from adapters.sandbox.scenario import (
    ALL_PARTS,
    BASELINE,
    BRANCHED,
    DISORDER,
    EXCLUDE,
    FIRST_EVENT,
    ORDINARY,
    PAUSE,
    QUIET,
    RENAMED,
    REPEATED,
    RESUME,
    RETAG,
    RETAGS_A_SECOND,
    SEED,
    TRIGGER,
    Parts,
    Scenario,
)
from adapters.sandbox.vendored import SourcePackage


def incident(
    packages: Sequence[SourcePackage], listed: Iterable[str], parts: Parts = ALL_PARTS
) -> Scenario:
    """Return the scenario on these packages, of which ``listed`` are on ELN's package list."""
    story = _Story(packages, frozenset(listed) | set(RENAMED.values()), parts)
    baseline = tuple(story.baseline())
    ordinary = story.ordinary()
    due_before = frozenset(build.key for build in story.handle())
    paused = story.paused()
    retag = story.retag()
    branched = story.branched()
    return Scenario(
        baseline=baseline,
        ordinary=ordinary,
        paused=paused,
        retag=retag,
        branched=branched,
        packages=len(packages),
        retagged=story.retagged,
        targets=tuple(sorted(story.wanted)),
        due_before=due_before,
        due=frozenset(build.key for build in story.due("f42")),
        dropped=frozenset(package.name for package in story.dropped),
        retagged_due=story.into_f41[0].name,
        retagged_done=story.rebuilt[-1].name,
    )


class _Story:
    """Tells the incident phase by phase; what the hub then holds is the answer."""

    def __init__(
        self, packages: Sequence[SourcePackage], targets: frozenset[str], parts: Parts
    ) -> None:
        self._random = Random(SEED)  # noqa: S311 - a scenario, no secret
        self._hub = Rawhide(self._random)
        self._packages = packages
        self._parts = parts
        held_back = {n for n in targets if any(re.search(p, n) for p in EXCLUDE)}
        self.wanted = targets - held_back
        self._idle = self._shuffled(self.wanted)
        self._excluded = [p for p in packages if p.name in held_back]
        self._strangers = list(islice(self._shuffled(self._others(targets)), parts.strangers))
        self._unbuilt = self._pick(parts.unbuilt)
        self.rebuilt = self._pick(parts.ordinary)
        self.into_f41 = self._pick(parts.f41)
        self._early = self._pick(parts.early)
        self.dropped = self.rebuilt[parts.overtaken :][: parts.dropped]
        self._handled: set[Build] = set()
        self.retagged = 0

    def baseline(self) -> Iterator[bytes]:
        """Yield the lines of the baseline: f41 with every package, and what ELN has of it."""
        yield _line(koji_event=FIRST_EVENT, at=BASELINE.isoformat())
        held = [self._hub.released(package, "fc41") for package in self._packages]
        for build in held:
            self._hub.tags["f41"][build.package].add(build)
            yield _row("f41", build.package, build, build)
        downstream = {upstream: name for name, upstream in RENAMED.items()}
        unbuilt = {package.name for package in self._unbuilt}
        for package, build in zip(self._packages, held, strict=True):
            if package.name in self.wanted - unbuilt:
                name = downstream.get(package.name, package.name)
                twin = self._hub.rebuilt(build, name, "eln141")
                self._handled.add(build)
                yield _row("eln", name, twin, build)

    def ordinary(self) -> tuple[bytes, ...]:
        """An ordinary morning in f41, with work for ELN and without."""
        self._build("f41", [*self.rebuilt, *self._strangers[::3]], ORDINARY, TRIGGER - QUIET)
        return self._delivered()

    def paused(self) -> tuple[bytes, ...]:
        """What happens in f41 between the pause and the re-tag."""
        parts = self._parts
        twice, withdrawn = self._pick(parts.twice), self._pick(parts.withdrawn)
        again, self._both = self.rebuilt[: parts.overtaken], self._pick(parts.both)
        once = [*self.into_f41, *self._early, *self._both, *again, *self._strangers[1::3]]
        noon, middle = PAUSE + QUIET, PAUSE + (RETAG - PAUSE) / 2
        self._build("f41", [*once, *self._excluded, *twice, *withdrawn], noon, middle)
        self._build("f41", twice, middle, RETAG - QUIET)
        self._untag("f41", [*withdrawn, *self.dropped], middle)
        retagged = self._pick(parts.retagged)
        olds = self._untag("f41", retagged, middle)
        for build in olds:
            self._hub.tag(build, "f41", middle + QUIET)
        return self._delivered()

    def retag(self) -> tuple[bytes, ...]:
        """Everything in f41 is tagged into f42, the old builds last, as ``clone --all`` does it."""
        self._build("f42", self._early, RETAG, RETAG + QUIET)
        early = {package.name for package in self._early}
        copies = [build for builds in self._hub.tags["f41"].values() for build in sorted(builds)]
        last = {package: max(builds) for package, builds in self._hub.tags["f41"].items() if builds}
        copies.sort(key=lambda build: build != last[build.package] or build.package in early)
        for number, build in enumerate(copies):
            at = RETAG + timedelta(seconds=2 * QUIET.seconds + number // RETAGS_A_SECOND)
            self._hub.tag(build, "f42", at, user="releng")
        self.retagged = len(copies)
        return self._delivered()

    def branched(self) -> tuple[bytes, ...]:
        """Rawhide goes on in f42."""
        undone = self._pick(self._parts.undone)
        some = [*self._pick(self._parts.f42), *self._both, *self._strangers[2::3], *undone]
        self._build("f42", some, BRANCHED, RESUME - 2 * QUIET)
        self._untag("f42", undone, RESUME - QUIET)
        return self._delivered()

    def handle(self) -> list[Build]:
        """Return what is due in f41, and count it as handled from now on."""
        due = list(self.due("f41"))
        self._handled.update(due)
        return due

    def due(self, tag: str) -> Iterator[Build]:
        """Yield the newest build of each target in a tag, unless it was handled."""
        for name in sorted(self.wanted):
            newest = self._hub.newest(tag, name)
            if newest is not None and newest not in self._handled:
                yield newest

    def _build(
        self, tag: str, packages: Sequence[SourcePackage], start: datetime, end: datetime
    ) -> None:
        for package, at in zip(packages, moments(len(packages), start, end), strict=True):
            self._hub.build(package, tag, at)

    def _untag(self, tag: str, packages: Iterable[SourcePackage], at: datetime) -> list[Build]:
        builds = [b for p in packages if (b := self._hub.newest(tag, p.name)) is not None]
        for build in builds:
            self._hub.untag(build, tag, at)
        return builds

    def _pick(self, number: int) -> list[SourcePackage]:
        """Return some targets that play no part yet."""
        return list(islice(self._idle, number))

    def _others(self, targets: frozenset[str]) -> set[str]:
        return {package.name for package in self._packages} - targets

    def _shuffled(self, names: frozenset[str] | set[str]) -> Iterator[SourcePackage]:
        some = sorted(package for package in self._packages if package.name in names)
        self._random.shuffle(some)
        return iter(some)

    def _delivered(self) -> tuple[bytes, ...]:
        """Return what was sent since, as a bus delivers it: nearly in order, some of it twice."""
        sent = sorted(self._hub.sent, key=lambda message: message.at)
        self._hub.sent = []
        slots = [(i + self._random.uniform(0, DISORDER), m) for i, m in enumerate(sent)]
        again = [(slot + DISORDER, m) for slot, m in slots[::REPEATED]]
        return tuple(m.line for _, m in sorted([*slots, *again], key=lambda pair: pair[0]))


def moments(number: int, start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield moments in whole seconds, evenly between two."""
    step = (end - start) / (number + 1)
    return ((start + step * i).replace(microsecond=0) for i in range(1, number + 1))


def _row(tag: str, package: str, build: Build, upstream: Build) -> bytes:
    return _line(
        tag=tag,
        package=package,
        build_id=build.build_id,
        nvr=build.nvr,
        source=source(upstream),
    )


def _line(**fields: object) -> bytes:
    return msgspec.json.encode(fields) + b"\n"
