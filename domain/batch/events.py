# SPDX-License-Identifier: GPL-3.0-or-later
"""The events of a batch's stream, ``batch:<number>``: intent and outcome of each act in Koji."""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from domain.envelope import Event
from domain.package.events import Outcome
from domain.values import Mode

BuildOutcome = Literal["built"] | Outcome
"""How a build of a batch ended."""


class PlannedBuild(Struct, frozen=True, omit_defaults=True, gc=False):
    """One queued build: the package's name upstream, the upstream build, and what is built anew."""

    package: str
    build_id: int
    nvr: str
    source: str
    generation: int = 0


class Planned(Event, frozen=True, omit_defaults=True, gc=False):
    """The batch begins: what it builds, for which target of Koji's, in which mode."""

    topic: ClassVar[str] = "planned"
    builds: tuple[PlannedBuild, ...]
    target: str
    mode: Mode
    dist: str | None = None


class BuildRequested(Event, frozen=True, omit_defaults=True, gc=False):
    """Intent: these builds are about to be submitted, in this attempt at the batch.

    ``since`` is the hub's time before it: a task of theirs cannot be older. An intent is acted upon
    once, by who recorded it; whoever finds it without an outcome looks in Koji first.
    """

    topic: ClassVar[str] = "build-requested"
    build_ids: tuple[int, ...]
    since: datetime
    attempt: int = 1


class BuildSubmitted(Event, frozen=True, omit_defaults=True, gc=False):
    """A build has a task in Koji; ``adopted`` where it was found there after a lost answer."""

    topic: ClassVar[str] = "build-submitted"
    build_id: int
    task_id: int
    adopted: bool = False


class BuildFinished(Event, frozen=True, omit_defaults=True, gc=False):
    """A build ended. ``detail`` is Koji's reason; downstream is what came of it, where it did.

    ``adopted``: Koji had a complete build of the same source, so that nothing was built.
    """

    topic: ClassVar[str] = "build-finished"
    build_id: int
    outcome: BuildOutcome
    task_id: int | None = None
    downstream_build_id: int | None = None
    downstream_nvr: str | None = None
    detail: str = ""
    adopted: bool = False


class DuplicateFound(Event, frozen=True, omit_defaults=True, gc=False):
    """Another task of ours builds the same source; it is cancelled."""

    topic: ClassVar[str] = "duplicate-found"
    build_id: int
    task_id: int


class Finished(Event, frozen=True, omit_defaults=True, gc=False):
    """Every build of the batch ended."""

    topic: ClassVar[str] = "finished"
    built: int
    ended: int


BatchEvent = Planned | BuildRequested | BuildSubmitted | BuildFinished | DuplicateFound | Finished
