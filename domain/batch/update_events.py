# SPDX-License-Identifier: GPL-3.0-or-later
"""The events of a batch's stream from the promotion on: its updates, and the stable tag.

``update`` is an update's number within the batch, from 1.
"""

from datetime import datetime
from typing import ClassVar

from domain.envelope import Event


class UpdateEvent(Event, frozen=True, omit_defaults=True, gc=False):
    """What befalls one update of the batch."""

    update: int


class UpdatesPlanned(Event, frozen=True, omit_defaults=True, gc=False):
    """What was promoted is published in these updates, each of some upstream builds.

    They are waited for in the stable tag, at first for ``wait`` seconds each.
    """

    topic: ClassVar[str] = "updates-planned"
    updates: tuple[tuple[int, ...], ...]
    stable_tag: str
    wait: int


class UpdateRequested(UpdateEvent, frozen=True, omit_defaults=True, gc=False):
    """Intent: Bodhi is about to be asked for an update of what its side tag holds."""

    topic: ClassVar[str] = "update-requested"


class UpdateSubmitted(UpdateEvent, frozen=True, omit_defaults=True, gc=False):
    """Bodhi has the update; ``adopted`` where it was found there. The side tag is Bodhi's now."""

    topic: ClassVar[str] = "update-submitted"
    alias: str
    adopted: bool = False


class UpdateRefused(UpdateEvent, frozen=True, omit_defaults=True, gc=False):
    """Bodhi did not make the update, and says why; it is asked again."""

    topic: ClassVar[str] = "update-refused"
    reason: str


class UpdateHeld(UpdateEvent, frozen=True, omit_defaults=True, gc=False):
    """Bodhi did not make the update for so long that a person should look; it is asked then."""

    topic: ClassVar[str] = "update-held"
    reason: str
    until: datetime


class UpdateSplit(UpdateEvent, frozen=True, omit_defaults=True, gc=False):
    """These builds, to which Bodhi objects, go ``into`` an update of their own."""

    topic: ClassVar[str] = "update-split"
    build_ids: tuple[int, ...]
    into: int


class UpdateDropped(UpdateEvent, frozen=True, omit_defaults=True, gc=False):
    """The update is asked for no more; its builds are promoted, and for a person to publish."""

    topic: ClassVar[str] = "update-dropped"
    reason: str


class StableReached(Event, frozen=True, omit_defaults=True, gc=False):
    """Koji tagged these into the stable tag."""

    topic: ClassVar[str] = "stable-reached"
    build_ids: tuple[int, ...]


class StableTimedOut(UpdateEvent, frozen=True, omit_defaults=True, gc=False):
    """These are not in the stable tag, and were waited for as long as is configured.

    ``stalled``: nothing at all got there lately, so that signing, or Bodhi, is backed up.
    """

    topic: ClassVar[str] = "stable-timed-out"
    build_ids: tuple[int, ...]
    stalled: bool = False


PublishingEvent = (
    UpdatesPlanned
    | UpdateRequested
    | UpdateSubmitted
    | UpdateRefused
    | UpdateHeld
    | UpdateSplit
    | UpdateDropped
    | StableReached
    | StableTimedOut
)
