# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be next for a batch; ``update`` is the number of the update that an act is for.

A side tag is made, found, seeded and removed alike for the builds (update 0) and for an update.
"""

from datetime import datetime

from msgspec import Struct

from domain.batch.limits import Publication
from domain.batch.state import Item, SideTag


class RequestSideTag(Struct, frozen=True):
    """Record the intent, and have the side tag made."""

    update: int = 0


class FindSideTag(Struct, frozen=True):
    """Look for the side tag of an intent whose answer was lost, and that is for these builds."""

    side: SideTag
    build_ids: tuple[int, ...] = ()
    update: int = 0


class Seed(Struct, frozen=True):
    """Tag the upstream builds into the side tag."""

    tag_id: int
    build_ids: tuple[int, ...]
    update: int = 0


class AwaitSeeds(Struct, frozen=True):
    """Look whether the side tag holds them; those that are ``overdue`` are given up."""

    side: SideTag
    overdue: bool
    update: int = 0


class RequestRepo(Struct, frozen=True):
    """Ask for a repository of the side tag as it is now."""

    tag_id: int


class AwaitRepo(Struct, frozen=True):
    """Look whether the repository is there."""

    request_id: int


class RemoveSideTag(Struct, frozen=True):
    """Remove the side tag; with a ``reason`` another one is made."""

    tag_id: int
    reason: str = ""
    update: int = 0


class Hold(Struct, frozen=True):
    """Rest until then."""

    reason: str
    until: datetime


class StartSlice(Struct, frozen=True):
    """Begin with the next slice."""

    order: int


class StartAttempt(Struct, frozen=True):
    """Begin with these builds of the slice, or begin again."""

    attempt: int
    build_ids: tuple[int, ...]


class Submit(Struct, frozen=True):
    """Record the intent, and submit the builds."""

    items: tuple[Item, ...]


class FindTasks(Struct, frozen=True):
    """Look for the tasks of intents whose answers were lost."""

    items: tuple[Item, ...]


class TimeOut(Struct, frozen=True):
    """Give up the builds that take too long."""

    items: tuple[Item, ...]


class Poll(Struct, frozen=True):
    """Look how the tasks are."""


class FinishSlice(Struct, frozen=True):
    """Tell the packages what came of the slice."""

    order: int


class Promote(Struct, frozen=True):
    """Promote the drafts."""

    items: tuple[Item, ...]


class GiveUp(Struct, frozen=True):
    """Cancel what runs, and end what is not built."""


class PlanUpdates(Struct, frozen=True):
    """Settle which updates the promoted builds are published in.

    Where they are ``divided``, Bodhi is asked first what came together; without an answer that is
    ``overdue`` they are divided all the same.
    """

    items: tuple[Item, ...]
    publication: Publication
    divided: bool = False
    overdue: bool = False


class RequestUpdate(Struct, frozen=True):
    """Record the intent, and have the update made of what its side tag holds."""

    update: int


class FindUpdate(Struct, frozen=True):
    """Look for the update of an intent whose answer was lost."""

    update: int


class HoldUpdate(Struct, frozen=True):
    """Let the update rest until then, and tell."""

    update: int
    reason: str
    until: datetime


class SplitUpdate(Struct, frozen=True):
    """Give the builds that Bodhi objects to an update of their own."""

    update: int
    build_ids: tuple[int, ...]


class DropUpdate(Struct, frozen=True):
    """Give the update up."""

    update: int
    reason: str


class AwaitStable(Struct, frozen=True):
    """Look which of the builds the stable tag got.

    The updates that are ``overdue`` are given up where other builds get there; those that are
    ``hopeless``, of them, also where none does.
    """

    items: tuple[Item, ...]
    overdue: tuple[int, ...] = ()
    hopeless: tuple[int, ...] = ()


class Finish(Struct, frozen=True):
    """Nothing is left to be done."""


class Rest(Struct, frozen=True):
    """Nothing is to be done before then."""

    until: datetime


Act = (
    RequestSideTag
    | FindSideTag
    | Seed
    | AwaitSeeds
    | RequestRepo
    | AwaitRepo
    | RemoveSideTag
    | Hold
    | StartSlice
    | StartAttempt
    | Submit
    | FindTasks
    | TimeOut
    | Poll
    | FinishSlice
    | Promote
    | GiveUp
    | PlanUpdates
    | RequestUpdate
    | FindUpdate
    | HoldUpdate
    | SplitUpdate
    | DropUpdate
    | AwaitStable
    | Finish
    | Rest
)
