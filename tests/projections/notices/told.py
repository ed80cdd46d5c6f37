# SPDX-License-Identifier: GPL-3.0-or-later
"""A batch that is told about: bash was built and zsh failed, both had failed before."""

from collections.abc import Iterator, Sequence

from domain.batch import BatchEvent, stream
from domain.batch.events import (
    AttemptStarted,
    BuildFinished,
    BuildSubmitted,
    Finished,
    Planned,
    PlannedBuild,
    SliceFinished,
    SliceStarted,
)
from domain.envelope import Recorded
from domain.package.events import BuildStarted, Built, Ended
from domain.values import Mode
from tests.domain.given import (
    DAY,
    Fact,
    Given,
    commit,
    configured,
    given,
    happened,
    nvr,
    rules,
    tagged,
)
from tests.domain.service.given import adopted

BATCH = 7
NAMES = ("bash", "zsh", "gcc")
CONFIGURED = configured(listed=NAMES)
RULES = rules(listed=NAMES)
FAULT = "GenericError: build failed\x1b[31m"


def earlier() -> Given:
    """Each package failed before, but gcc; then a newer build of each is queued."""
    first = given(*(tagged(1, 10, package=name) for name in NAMES)).decided(RULES)
    ends = [ended("bash", 1, at=20), ended("zsh", 1, at=20), built("gcc", 1, at=20)]
    newer = [tagged(2, 30, package=name) for name in NAMES]
    return first.and_then(*ends, *newer).decided(RULES)


def built(name: str, build_id: int, *, at: float = 100, batch: int | None = None) -> Fact:
    """A package was rebuilt."""
    name_there = f"{name}-2-1.eln142"
    return happened(name, Built(build_id, "live", 0, 900, name_there, batch=batch), at)


def ended(name: str, build_id: int, *, at: float = 100, batch: int | None = None) -> Fact:
    """A package failed."""
    source = commit(build_id, name)
    return happened(name, Ended(build_id, "live", 0, "failed", source, FAULT, batch), at)


def planned(mode: Mode = "live") -> Planned:
    """The batch of the newer builds."""
    builds = [PlannedBuild(name, 2, nvr(2, name), commit(2, name)) for name in NAMES]
    numbered = (
        PlannedBuild(b.package, 10 + number, b.nvr, b.source) for number, b in enumerate(builds)
    )
    return Planned(tuple(numbered), "eln", mode)


def events(failed: Sequence[str] = ("zsh",)) -> Iterator[BatchEvent]:
    """The batch from its beginning to its end."""
    yield planned()
    yield SliceStarted(1000)
    yield AttemptStarted(1, (10, 11, 12))
    for number, name in enumerate(NAMES):
        build_id, task = 10 + number, 100 + number
        yield BuildSubmitted(build_id, task)
        if name in failed:
            yield BuildFinished(build_id, "failed", task, detail=FAULT)
        else:
            made = f"{name}-2-1.eln142"
            yield BuildFinished(build_id, "built", task, 900 + number, made)
    yield SliceFinished(1000)
    yield Finished(len(NAMES) - len(failed), len(failed))


def facts() -> Iterator[Fact]:
    """Everything as it is recorded: configuration, the packages' life, the batch."""
    yield from adopted(CONFIGURED)
    before = earlier()
    yield from (Fact.of(recorded) for recorded in before.log)
    for name in NAMES:
        yield happened(name, BuildStarted(2, "live", 0, BATCH), 90)
    yield from (Fact(stream(BATCH), event, 100) for event in [*events()][:-1])
    yield built("bash", 2, batch=BATCH)
    yield ended("zsh", 2, batch=BATCH)
    yield built("gcc", 2, batch=BATCH)
    yield Fact(stream(BATCH), [*events()][-1], DAY)


def last(log: Sequence[Recorded], topic: str) -> Recorded:
    """Return the last event of a topic."""
    return [recorded for recorded in log if recorded.envelope.event.topic == topic][-1]
