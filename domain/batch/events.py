# SPDX-License-Identifier: GPL-3.0-or-later
"""The events of a batch's stream, ``batch:<number>``: intent and outcome of each act in Koji."""

from datetime import datetime
from typing import ClassVar, Final, Literal

from msgspec import Struct

from domain.batch.update_events import PublishingEvent
from domain.envelope import Event
from domain.package.events import Outcome
from domain.values import Mode

BuildOutcome = Literal["built"] | Outcome
"""How a build of a batch ended."""

LAST: Final = 1000
"""The order of what the policy does not order."""


# --- what is built -----------------------------------------------------------------------------


class PlannedBuild(Struct, frozen=True, omit_defaults=True, gc=False):
    """One queued build: the package's name upstream, the upstream build, and what is built anew.

    ``order``: slices are built one after another by it. ``seed``: the upstream build is tagged into
    the side tag, so that what is built there sees it.
    """

    package: str
    build_id: int
    nvr: str
    source: str
    generation: int = 0
    order: int = LAST
    seed: bool = True


class Planned(Event, frozen=True, omit_defaults=True, gc=False):
    """The batch begins: what it builds, for which target of Koji's, in which mode.

    ``base`` is the tag that its side tag is made from; without one it is built straight into the
    target, and nothing is to be promoted.
    """

    topic: ClassVar[str] = "planned"
    builds: tuple[PlannedBuild, ...]
    target: str
    mode: Mode
    dist: str | None = None
    base: str | None = None


class SliceStarted(Event, frozen=True, omit_defaults=True, gc=False):
    """The builds of one order are next."""

    topic: ClassVar[str] = "slice-started"
    order: int


class AttemptStarted(Event, frozen=True, omit_defaults=True, gc=False):
    """These builds of the slice are to be submitted, for the first time or again."""

    topic: ClassVar[str] = "attempt-started"
    attempt: int
    build_ids: tuple[int, ...]


class SliceFinished(Event, frozen=True, omit_defaults=True, gc=False):
    """No further attempt is made at the slice; ``failed`` are final."""

    topic: ClassVar[str] = "slice-finished"
    order: int
    failed: tuple[int, ...] = ()


# --- side tags: of the builds, or of the update of that number -----------------------------------


class SideTagEvent(Event, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    """What leads to a side tag that holds what it is for."""

    update: int = 0


class SideTagRequested(SideTagEvent, frozen=True, omit_defaults=True, gc=False):
    """Intent: a side tag is about to be made; ``known`` are those of ours from before it."""

    topic: ClassVar[str] = "side-tag-requested"
    known: tuple[int, ...] = ()


class SideTagCreated(SideTagEvent, frozen=True, omit_defaults=True, gc=False):
    """The batch has a side tag, and a target of the same name; its name says nothing else.

    ``after_task`` is the newest of our build tasks from before it was made, 0 where there was none;
    nobody knows it of a side tag that is adopted.
    """

    topic: ClassVar[str] = "side-tag-created"
    tag_id: int
    name: str
    adopted: bool = False
    after_task: int | None = None


class Unseeded(Struct, frozen=True, omit_defaults=True, gc=False):
    """An upstream build that could not be tagged into the side tag, and why."""

    build_id: int
    reason: str


class SeedRequested(SideTagEvent, frozen=True, omit_defaults=True, gc=False):
    """Koji was asked to tag the upstream builds into the side tag; it does so by tasks.

    ``failed`` says which it refused at once.
    """

    topic: ClassVar[str] = "seed-requested"
    build_ids: tuple[int, ...]
    failed: tuple[Unseeded, ...] = ()


class Seeded(SideTagEvent, frozen=True, omit_defaults=True, gc=False):
    """The upstream builds are in the side tag; ``failed`` says of which not, and why."""

    topic: ClassVar[str] = "seeded"
    tagged: tuple[int, ...]
    failed: tuple[Unseeded, ...] = ()


class RepoRequested(Event, frozen=True, omit_defaults=True, gc=False):
    """Koji was asked for a repository of the side tag as it is now."""

    topic: ClassVar[str] = "repo-requested"
    request_id: int


class RepoReady(Event, frozen=True, omit_defaults=True, gc=False):
    """The repository that was asked for is there."""

    topic: ClassVar[str] = "repo-ready"
    repo_id: int


class SideTagRemoved(Event, frozen=True, omit_defaults=True, gc=False):
    """The side tag is gone; with a ``reason`` before its time, and another is to be made."""

    topic: ClassVar[str] = "side-tag-removed"
    tag_id: int
    reason: str = ""
    update: int = 0


# --- builds ------------------------------------------------------------------------------------


class BuildRequested(Event, frozen=True, omit_defaults=True, gc=False):
    """Intent: these builds are about to be submitted, in this attempt at the slice.

    ``since`` is before that by the hub's time: a task of theirs cannot be older. An intent is acted
    upon once, by who recorded it; whoever finds it without an outcome looks in Koji first.
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


class BuildTimedOut(Event, frozen=True, omit_defaults=True, gc=False):
    """Intent: the task took too long and is cancelled; it ends as timed out."""

    topic: ClassVar[str] = "build-timed-out"
    build_id: int
    task_id: int


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


class Promoted(Event, frozen=True, omit_defaults=True, gc=False):
    """The draft bears its real name, version and release from now on."""

    topic: ClassVar[str] = "promoted"
    build_id: int
    downstream_build_id: int
    downstream_nvr: str


class PromotionRefused(Event, frozen=True, omit_defaults=True, gc=False):
    """Koji will not promote the draft, and says why; a person has to look."""

    topic: ClassVar[str] = "promotion-refused"
    build_id: int
    downstream_build_id: int
    reason: str


# --- the batch as a whole ----------------------------------------------------------------------


class Held(Event, frozen=True, omit_defaults=True, gc=False):
    """Koji did not do what was asked several times; it is tried again then."""

    topic: ClassVar[str] = "held"
    reason: str
    until: datetime


class Abandoned(Event, frozen=True, omit_defaults=True, gc=False):
    """A person gives the batch up; what is not built ends so, and with ``requeue`` is due again."""

    topic: ClassVar[str] = "abandoned"
    reason: str
    requeue: bool = False


class Finished(Event, frozen=True, omit_defaults=True, gc=False):
    """Every build of the batch ended, and nothing of it is left in Koji but what was built."""

    topic: ClassVar[str] = "finished"
    built: int
    ended: int


BatchEvent = (
    Planned
    | SliceStarted
    | AttemptStarted
    | SliceFinished
    | SideTagRequested
    | SideTagCreated
    | SeedRequested
    | Seeded
    | RepoRequested
    | RepoReady
    | SideTagRemoved
    | BuildRequested
    | BuildSubmitted
    | BuildTimedOut
    | BuildFinished
    | DuplicateFound
    | Promoted
    | PromotionRefused
    | Held
    | Abandoned
    | Finished
    | PublishingEvent
)
