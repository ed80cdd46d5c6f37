# SPDX-License-Identifier: GPL-3.0-or-later
"""Nasty histories of one package: what Koji did, and ways in which it becomes known."""

from dataclasses import dataclass
from itertools import count

from hypothesis import strategies as st

from domain.package.observe import BaselineRow, Tagging
from tests.sim.memory import Baseline, Fact, InDestination, Source, moment

NAME = "bash"
TAGS = ("f41", "f42")
"""The trigger tag, first and then."""


@dataclass(frozen=True)
class Trigger:
    """The trigger moves on."""


@dataclass(frozen=True)
class Pass:
    """The gate looks."""


@dataclass(frozen=True)
class Work:
    """Everything queued is rebuilt, or fails."""

    well: bool = True


Step = Fact | Trigger | Pass | Work

WHATS = (
    "build",
    "same commit",
    "tag",
    "untag",
    "bounce",
    "copy all",
    "copy all, old last",
    "rebuilt",
)


@dataclass(frozen=True)
class Op:
    """One of WHATS, done to the n-th build, in a tag, after some seconds."""

    what: str
    build: int
    tag: str
    seconds: int


def tagging(build_id: int, tag: str, at: int, *, untag: bool = False) -> Tagging:
    """Return a tagging as a message tells it."""
    return Tagging(NAME, build_id, f"{NAME}-{build_id}-1", tag, moment(at), untag)


def commit(number: int) -> str:
    """Return a source."""
    return f"git+https://src.example/{NAME}#{number}"


def row(tag: str, build_id: int, source: str) -> BaselineRow:
    """Return a line of a baseline."""
    return BaselineRow(tag, NAME, build_id, f"{NAME}-{build_id}-1", source)


@dataclass(frozen=True)
class History:
    """What is true: the baseline, what Koji knows of sources, and all that happened, in order.

    Messages from before the baseline belong to it: they may come late.
    """

    baseline: Baseline
    sources: tuple[Source, ...]
    facts: tuple[Fact, ...]

    @property
    def in_order(self) -> list[Step]:
        """Everything as it happened, and then the trigger moves on."""
        return [self.baseline, *self.facts, Trigger()]


class Koji:
    """Does what it is told, if it can be done, and notes what becomes known of it."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._now = 0
        self._builds: list[int] = []
        self._tags: dict[str, list[int]] = {tag: [] for tag in TAGS}
        self._sources: dict[int, str] = {}
        self.facts: list[Fact] = []

    def do(self, op: Op) -> None:
        """Do one thing; without any build yet, make the first."""
        self._now += op.seconds
        which = self._builds[op.build % len(self._builds)] if self._builds else None
        if which is None or op.what == "build":
            self.tag(self.new(commit(len(self._builds))), op.tag)
        elif op.what == "same commit":
            self.tag(self.new(self._sources[which]), op.tag)
        elif op.what == "tag":
            self.tag(which, op.tag)
        elif op.what == "untag":
            self.untag(which, op.tag)
        elif op.what == "bounce":
            self.untag(which, op.tag)
            self._now += op.seconds
            self.tag(which, op.tag)
        elif op.what == "rebuilt":
            self.rebuilt(which)
        else:
            for build_id in sorted(self._tags["f41"], reverse="old" in op.what):
                self.tag(build_id, "f42")

    def new(self, source: str) -> int:
        """Make a build."""
        build_id = next(self._ids)
        self._builds.append(build_id)
        self._sources[build_id] = source
        return build_id

    def tag(self, build_id: int, tag: str) -> None:
        """Tag a build that is not in the tag."""
        if build_id not in self._tags[tag]:
            self._tags[tag].append(build_id)
            self.facts.append(tagging(build_id, tag, self._now))

    def untag(self, build_id: int, tag: str) -> None:
        """Untag a build; Koji says so of one that is not tagged, too."""
        if build_id in self._tags[tag]:
            self._tags[tag].remove(build_id)
        self.facts.append(tagging(build_id, tag, self._now, untag=True))

    def rebuilt(self, build_id: int) -> None:
        """Somebody builds the same commit downstream."""
        source = self._sources[build_id]
        self.facts.append(InDestination(NAME, next(self._ids), source, moment(self._now)))

    def baseline(self, done: int) -> Baseline:
        """Return what f41 holds, and that ELN has the first few of it."""
        held = self._tags["f41"]
        rows = [row("f41", build_id, self._sources[build_id]) for build_id in held]
        rows += [row("eln", 100 + b, self._sources[b]) for b in held[:done]]
        return Baseline(tuple(rows), moment(self._now))

    @property
    def sources(self) -> tuple[Source, ...]:
        """What Koji answers about every build."""
        return tuple(Source(NAME, *answer) for answer in self._sources.items())


def history(before: list[Op], done: int, after: list[Op], *, known: bool) -> History:
    """Return the history of these deeds; ``known`` whether Koji is asked for sources."""
    koji = Koji()
    for op in before:
        koji.do(op)
    baseline = koji.baseline(done)
    for op in after:
        koji.do(op)
    return History(baseline, koji.sources if known else (), tuple(koji.facts))


ops = st.builds(
    Op,
    st.sampled_from(WHATS),
    st.integers(0, 4),
    st.sampled_from(TAGS),
    st.sampled_from([1, 0, 7]),
)
histories = st.builds(
    history,
    st.lists(ops, max_size=4),
    st.integers(0, 2),
    st.lists(ops, max_size=8),
    known=st.booleans(),
)


@st.composite
def arrivals(
    draw: st.DrawFn, history: History, *, passes: int = 0, work: tuple[bool, ...] = ()
) -> list[Step]:
    """Return a way in which a history becomes known: reordered, some of it twice.

    Up to ``passes`` times the gate looks in between; ``work`` are the ways a rebuild may end.
    """
    steps = list(history.in_order)
    if history.facts:
        steps += draw(st.lists(st.sampled_from(history.facts), max_size=3))
    steps = list(draw(st.permutations(steps)))
    for _ in range(draw(st.integers(0, passes))):
        at = draw(st.integers(0, len(steps)))
        worked = (
            [Work(well=draw(st.sampled_from(list(work))))]
            if bool(work) and draw(st.booleans())
            else []
        )
        steps[at:at] = [Pass(), *worked]
    return steps
