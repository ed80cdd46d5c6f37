# SPDX-License-Identifier: GPL-3.0-or-later
"""The events of a package's stream, ``package:<name>``, by Koji's name."""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from domain.envelope import Event
from domain.values import Mode, Moment, Place

Outcome = Literal[
    "failed",
    "timed-out",
    "cancelled",
    "abandoned",
    "refused",
    "rejected",
    "superseded",
    "gone",
]
"""How a queued build ended other than built; the last two only before it was submitted."""

WITHOUT_BLAME: frozenset[Outcome] = frozenset({"superseded", "gone"})
"""Outcomes that say nothing against the source: it may be queued again."""


# --- facts -------------------------------------------------------------------------------------


class Tagged(Event, frozen=True, omit_defaults=True, gc=False):
    """Koji tagged a build. A re-tag has the same shape as a first tag.

    ``baseline`` marks what the first baseline found; ``source`` is there where it came along.
    """

    topic: ClassVar[str] = "tagged"
    build_id: int
    nvr: str
    tag: str
    tag_id: int | None = None
    source: str | None = None
    baseline: bool = False


class Untagged(Event, frozen=True, omit_defaults=True, gc=False):
    """Koji untagged a build, or says so: an untag of what was not tagged sends a message too."""

    topic: ClassVar[str] = "untagged"
    build_id: int
    nvr: str
    tag: str
    tag_id: int | None = None


class TaggingConfirmed(Event, frozen=True, omit_defaults=True, gc=False):
    """Koji's history has the tagging that a message of ``message_at`` announced; its time rules.

    With ``untag``, the untagging.
    """

    topic: ClassVar[str] = "tagging-confirmed"
    build_id: int
    tag: str
    message_at: Moment
    untag: bool = False


class Phantom(Event, frozen=True, omit_defaults=True, gc=False):
    """Koji's history has no such tagging: a call that faulted in a multicall announced it.

    With ``untag``, no such untagging: a lenient untag of what was not tagged announced it.
    """

    topic: ClassVar[str] = "phantom"
    build_id: int
    tag: str
    message_at: Moment
    untag: bool = False


class Identified(Event, frozen=True, omit_defaults=True, gc=False):
    """Koji named the source (the resolved commit URL) of a build, or has none."""

    topic: ClassVar[str] = "identified"
    build_id: int
    source: str | None
    task_id: int | None = None


class DestinationSeen(Event, frozen=True, omit_defaults=True, gc=False):
    """The stable tag holds, or has held, a downstream build of this source.

    It lives in the stream of Koji's name for the downstream build.
    """

    topic: ClassVar[str] = "destination-seen"
    build_id: int
    nvr: str
    source: str
    dist: str | None = None


class FailureImported(Event, frozen=True, omit_defaults=True, gc=False):
    """ELNBuildSync failed to build the source before this service took over; no build is named."""

    topic: ClassVar[str] = "failure-imported"
    source: str
    detail: str = ""


# --- what people asked -------------------------------------------------------------------------


class Requested(Event, frozen=True, omit_defaults=True, gc=False):
    """A person asked for the build that is the newest in the trigger tag.

    ``force`` passes rows 4 to 8. It is for this build, none that comes later.
    """

    topic: ClassVar[str] = "requested"
    reason: str
    build_id: int
    force: bool = False


class RequestLapsed(Event, frozen=True, omit_defaults=True, gc=False):
    """The build that was asked for is not the newest in the trigger tag any longer."""

    topic: ClassVar[str] = "request-lapsed"
    build_id: int
    request: str


class RebuildRequested(Event, frozen=True, omit_defaults=True, gc=False):
    """A person raised the package's generation."""

    topic: ClassVar[str] = "rebuild-requested"
    generation: int
    reason: str


class FailureCleared(Event, frozen=True, omit_defaults=True, gc=False):
    """A person cleared the failures of a source (of every source where None)."""

    topic: ClassVar[str] = "failure-cleared"
    reason: str
    source: str | None = None


# --- decisions ---------------------------------------------------------------------------------


class Basis(Struct, frozen=True, omit_defaults=True, gc=False):
    """What a verdict was decided on, enough to decide it again.

    ``computed_at``: log position the inputs were read at. ``evidence``: positions of the events
    that the row rests on. ``changed``: what changed since an earlier verdict on the same tagging.
    ``provisional``: the source was not known. ``by_change``: due only by the last change of what
    people configure.
    """

    table: int
    row: int
    computed_at: int
    tagging: Moment
    place: Place
    generation: int
    mode: Mode
    policy_revision: str
    list_revision: str
    settings_revision: str
    dist: str | None = None
    round: int = 0
    evidence: tuple[int, ...] = ()
    changed: str | None = None
    plan: str | None = None
    approval: str | None = None
    request: str | None = None
    forced: bool = False
    provisional: bool = False
    by_change: bool = False


class Verdict(Event, frozen=True, omit_defaults=True, gc=False):
    """What the three verdicts have in common."""

    build_id: int
    nvr: str
    tag: str
    source: str | None
    reason: str
    basis: Basis
    detail: str = ""


class Queued(Verdict, frozen=True, omit_defaults=True, gc=False):
    """The build is to be rebuilt."""

    topic: ClassVar[str] = "queued"


class SkippedAsRetag(Verdict, frozen=True, omit_defaults=True, gc=False):
    """Nothing new: this build or its source is handled already."""

    topic: ClassVar[str] = "skipped-as-retag"


class Skipped(Verdict, frozen=True, omit_defaults=True, gc=False):
    """Not to be rebuilt, for the reason named."""

    topic: ClassVar[str] = "skipped"


# --- outcomes ----------------------------------------------------------------------------------


class BuildStarted(Event, frozen=True, omit_defaults=True, gc=False):
    """A batch took the queued build over; it is no longer superseded or gone, it is built."""

    topic: ClassVar[str] = "build-started"
    build_id: int
    mode: Mode
    generation: int
    batch: int


class Built(Event, frozen=True, omit_defaults=True, gc=False):
    """The rebuild succeeded; ``adopted`` where Koji had a build of the same source already."""

    topic: ClassVar[str] = "built"
    build_id: int
    mode: Mode
    generation: int
    downstream_build_id: int | None = None
    downstream_nvr: str | None = None
    batch: int | None = None
    adopted: bool = False


class Ended(Event, frozen=True, omit_defaults=True, gc=False):
    """A queued build has an outcome other than built."""

    topic: ClassVar[str] = "ended"
    build_id: int
    mode: Mode
    generation: int
    outcome: Outcome
    source: str | None = None
    detail: str = ""
    batch: int | None = None


class Published(Event, frozen=True, omit_defaults=True, gc=False):
    """Koji tagged what was built into the stable tag, ``at`` that time, by an update of Bodhi's."""

    topic: ClassVar[str] = "published"
    build_id: int
    mode: Mode
    generation: int
    downstream_build_id: int
    downstream_nvr: str
    update: str
    tag: str
    at: datetime
    batch: int | None = None


PackageEvent = (
    Tagged
    | Queued
    | SkippedAsRetag
    | Skipped
    | Untagged
    | Identified
    | TaggingConfirmed
    | Phantom
    | DestinationSeen
    | FailureImported
    | Requested
    | RequestLapsed
    | RebuildRequested
    | FailureCleared
    | BuildStarted
    | Built
    | Ended
    | Published
)
