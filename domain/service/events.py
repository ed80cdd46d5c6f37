# SPDX-License-Identifier: GPL-3.0-or-later
"""The events of the service's own stream, ``service``: what people said and what was configured."""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from domain.envelope import Event
from domain.policy import PackageList, Policy, Settings


class Baselined(Event, frozen=True, omit_defaults=True, gc=False):
    """Both tags were read whole; nothing is queued before the first of these.

    ``taken_at`` and ``koji_event`` say of when the reading is, ``counts`` how many builds each tag
    held, ``digest`` is SHA-256 of what was read.
    """

    topic: ClassVar[str] = "baselined"
    taken_at: datetime
    counts: dict[str, int]
    digest: str
    koji_event: int = 0


class Paused(Event, frozen=True, omit_defaults=True, gc=False):
    """An operator paused; ``until`` is when it ends by itself."""

    topic: ClassVar[str] = "paused"
    reason: str
    until: datetime | None = None


class Resumed(Event, frozen=True, omit_defaults=True, gc=False):
    """An operator lifted the operators' pause (never the policy's)."""

    topic: ClassVar[str] = "resumed"
    reason: str = ""


class PauseExpired(Event, frozen=True, omit_defaults=True, gc=False):
    """The operators' pause ran out."""

    topic: ClassVar[str] = "pause-expired"


class TriggerChanged(Event, frozen=True, omit_defaults=True, gc=False):
    """Another tag's builds are rebuilt from now on."""

    topic: ClassVar[str] = "trigger-changed"
    before: str | None
    after: str


class DistChanged(Event, frozen=True, omit_defaults=True, gc=False):
    """``rpm.macro.eln`` of the build tag was seen to differ. It decides nothing by itself."""

    topic: ClassVar[str] = "dist-changed"
    before: str | None
    after: str


class PolicyAdopted(Event, frozen=True, omit_defaults=True, gc=False):
    """A revision of the policy is in force; ``difference`` is for people to read."""

    topic: ClassVar[str] = "policy-adopted"
    revision: str
    policy: Policy
    origin: str
    commit: str | None = None
    difference: tuple[str, ...] = ()


class PolicyRejected(Event, frozen=True, omit_defaults=True, gc=False):
    """A revision of the policy is faulty; the one before stays in force."""

    topic: ClassVar[str] = "policy-rejected"
    origin: str
    faults: tuple[str, ...]
    commit: str | None = None


class PackageListAdopted(Event, frozen=True, omit_defaults=True, gc=False):
    """Another package list is in force, whole; what it adds and removes is for people to read."""

    topic: ClassVar[str] = "package-list-adopted"
    revision: str
    packages: PackageList
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class SettingsAdopted(Event, frozen=True, omit_defaults=True, gc=False):
    """Other settings take part in decisions from now on."""

    topic: ClassVar[str] = "settings-adopted"
    revision: str
    settings: Settings


class NoteAdded(Event, frozen=True, omit_defaults=True, gc=False):
    """What a person has to say, pinned to when the event occurred: it may be long ago.

    ``package`` (by Koji's name) or ``batch`` is what it is about, neither is the service.
    """

    topic: ClassVar[str] = "note-added"
    text: str
    package: str | None = None
    batch: int | None = None


class LogLevelSet(Event, frozen=True, omit_defaults=True, gc=False):
    """A person set how much a process of the web side logs, until it ends; it decides nothing."""

    topic: ClassVar[str] = "log-level-set"
    level: str


class HeldBuild(Struct, frozen=True, order=True, array_like=True, gc=False):
    """One line of a held plan."""

    package: str
    build_id: int
    generation: int


class PlanHeld(Event, frozen=True, omit_defaults=True, gc=False):
    """The guard holds these builds until a person approves or rejects them.

    ``requested``: they were asked for, which a hold of what came by itself does not keep back.
    """

    topic: ClassVar[str] = "plan-held"
    plan: str
    reason: str
    builds: tuple[HeldBuild, ...]
    requested: bool = False


class PlanApproved(Event, frozen=True, omit_defaults=True, gc=False):
    """A person lets a plan pass the guard."""

    topic: ClassVar[str] = "plan-approved"
    plan: str
    reason: str = ""


class PlanRejected(Event, frozen=True, omit_defaults=True, gc=False):
    """A person refuses a plan; its builds end as rejected."""

    topic: ClassVar[str] = "plan-rejected"
    plan: str
    reason: str


class PlanLapsed(Event, frozen=True, omit_defaults=True, gc=False):
    """None of a held plan's builds is due any longer."""

    topic: ClassVar[str] = "plan-lapsed"
    plan: str


class CatchUpDone(Event, frozen=True, omit_defaults=True, gc=False):
    """Koji's tag history was read: of these tags, by name and id, up to the event ``upto``.

    ``as_of`` is the hub's time then; ``added`` counts what no message had told. ``trigger`` was the
    trigger tag, whose history is known from its beginning.
    """

    topic: ClassVar[str] = "catch-up-done"
    tags: dict[str, int]
    upto: int
    as_of: datetime
    added: int = 0
    trigger: str | None = None


class GapFound(Event, frozen=True, omit_defaults=True, gc=False):
    """The bus was silent about taggings that Koji's history has, between these two moments.

    ``counts``: how many in which tag.
    """

    topic: ClassVar[str] = "gap-found"
    since: datetime
    until: datetime
    counts: dict[str, int]


class MessageRejected(Event, frozen=True, omit_defaults=True, gc=False):
    """What arrived could not be read as a message; its raw body stays in the inbox."""

    topic: ClassVar[str] = "message-rejected"
    message_id: str
    origin: str
    reason: str


AlertKind = Literal["bus-unread", "bus-silent", "certificate-ends", "ticket-ends", "notice-refused"]
"""No consumer reads the bus; it says nothing for longer than usual; it will not let us in soon;
nor will Koji and Bodhi, by Kerberos; a channel will not take what it was to tell.
"""


class AlertRaised(Event, frozen=True, omit_defaults=True, gc=False):
    """Something is amiss that a person should look at; nothing that is decided rests on it.

    ``at``: when the bus was last read, when it last said anything, or when the certificate or the
    ticket ends; where there never was one, since when it is missed; when a notice was refused.
    """

    topic: ClassVar[str] = "alert-raised"
    alert: AlertKind
    at: datetime


class AlertCleared(Event, frozen=True, omit_defaults=True, gc=False):
    """It no longer is."""

    topic: ClassVar[str] = "alert-cleared"
    alert: AlertKind


# --- what is told to the world -----------------------------------------------------------------


class ChannelsAdopted(Event, frozen=True, omit_defaults=True, gc=False):
    """What happens from now on is told through these channels: ``mail``, ``bus``.

    One that is new begins here. What one that is no longer among them was to tell is forgotten.
    """

    topic: ClassVar[str] = "channels-adopted"
    channels: tuple[str, ...]


Period = Literal["daily", "weekly"]


class DigestDue(Event, frozen=True, omit_defaults=True, gc=False):
    """A channel is to sum up what was recorded behind ``after``, up to this event.

    That is about what happened between the two moments.
    """

    topic: ClassVar[str] = "digest-due"
    channel: str
    period: Period
    since: datetime
    until: datetime
    after: int


class Told(Event, frozen=True, omit_defaults=True, gc=False):
    """A channel took a notice over; its causation names the event it is about.

    ``position`` is that event's, ``notice`` the kind: one event may make several.
    """

    channel: str
    notice: str
    position: int


class Notified(Told, frozen=True, omit_defaults=True, gc=False):
    """People were told: the server took the mail over."""

    topic: ClassVar[str] = "notified"


class MessagePublished(Told, frozen=True, omit_defaults=True, gc=False):
    """Programs were told: the broker confirmed the message."""

    topic: ClassVar[str] = "message-published"


class NoticeRefused(Told, frozen=True, omit_defaults=True, gc=False):
    """Nobody was told: the channel refused this notice for good. It is passed over from then on."""

    topic: ClassVar[str] = "notice-refused"
    reason: str


ServiceEvent = (
    AlertRaised
    | AlertCleared
    | MessageRejected
    | CatchUpDone
    | GapFound
    | Baselined
    | Paused
    | Resumed
    | PauseExpired
    | TriggerChanged
    | DistChanged
    | PolicyAdopted
    | PolicyRejected
    | PackageListAdopted
    | SettingsAdopted
    | NoteAdded
    | LogLevelSet
    | PlanHeld
    | PlanApproved
    | PlanRejected
    | PlanLapsed
    | ChannelsAdopted
    | DigestDue
    | Notified
    | MessagePublished
    | NoticeRefused
)
