# SPDX-License-Identifier: GPL-3.0-or-later
"""What a batch's events add up to."""

from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

from domain.batch.events import BuildOutcome, PlannedBuild, Unseeded
from domain.values import Mode

PREFIX: Final = "batch:"
"""How the id of a batch's stream begins."""


class Item(Struct, frozen=True, array_like=True, gc=False):
    """One build of a batch, and how far it has come in the attempt at hand.

    ``since``: the hub's time before the last intent, ``requested_at``: ours; ``task_id``: once it
    was submitted; ``outcome``: once it ended; then ``downstream`` is what came of it. ``final``:
    no further attempt is made, and the package was told. ``late``: it is cancelled for its time.
    ``stable``: it is in the stable tag.
    """

    planned: PlannedBuild
    since: datetime | None = None
    requested_at: datetime | None = None
    attempt: int = 0
    task_id: int | None = None
    outcome: BuildOutcome | None = None
    submitted_at: datetime | None = None
    downstream: int | None = None
    downstream_nvr: str | None = None
    adopted: bool = False
    late: bool = False
    promotion: Literal["promoted", "refused"] | None = None
    final: bool = False
    detail: str = ""
    stable: bool = False

    @property
    def build_id(self) -> int:
        """The upstream build."""
        return self.planned.build_id

    @property
    def succeeded(self) -> bool:
        """Whether it was built, and nobody refused what was built."""
        return self.outcome == "built" and self.promotion != "refused"

    @property
    def unanswered(self) -> bool:
        """Whether somebody set about to submit it, and what became of that is not known."""
        return self.requested_at is not None and self.task_id is None and self.outcome is None


class SideTag(Struct, frozen=True, array_like=True, gc=False):
    """A side tag of a batch, from the intent to make it on; ``known`` were there before it.

    ``since``: when we began to wait for it; ``asked``: the builds to be tagged into it, those that
    were ``refused`` among them; ``lacking``: those that it does not hold when it is seeded.
    ``adopted``: it was there before we knew of it, and so may be what was built in it.
    """

    since: datetime
    known: tuple[int, ...] = ()
    tag_id: int | None = None
    name: str = ""
    asked: tuple[int, ...] | None = None
    refused: tuple[Unseeded, ...] = ()
    seeded: bool = False
    request_id: int | None = None
    ready: bool = False
    lacking: tuple[int, ...] = ()
    adopted: bool = False


class Update(Struct, frozen=True, array_like=True, gc=False):
    """Some of a batch's builds on their way through Bodhi, by their ids upstream.

    ``since``: when Bodhi was first asked for it, or again after a rest, of which there were
    ``holds``; ``requested_at``: the last time, ``unanswered`` while it is not known what became of
    that; ``reason``: why there was none. It has an ``alias`` once it is there. ``late``: it was
    waited for as long as is configured.
    """

    build_ids: tuple[int, ...]
    side: SideTag | None = None
    since: datetime | None = None
    requested_at: datetime | None = None
    unanswered: bool = False
    reason: str = ""
    held_until: datetime | None = None
    holds: int = 0
    alias: str | None = None
    submitted_at: datetime | None = None
    stable_at: datetime | None = None
    late: bool = False
    dropped: bool = False

    @property
    def open(self) -> bool:
        """Whether Bodhi is to be asked for it yet."""
        return self.alias is None and not self.dropped


class Batch(Struct, frozen=True, array_like=True, gc=False):
    """All that matters of a batch's stream, which has ``version`` events up to ``position``.

    ``duplicates`` are tasks that were found to build what another task builds already, ``spent``
    those of earlier attempts. ``order`` and ``attempt`` say which slice is at hand, and for the how
    manieth time; ``fewest``: how many failed in the attempt before. ``tries``: side tags made so
    far; ``abandoned``: why. ``promoted_at``: when the last draft was. ``stable_tag``: where the
    builds of its ``updates`` are waited for, ``wait`` seconds at first.
    """

    number: int
    version: int = 0
    position: int = 0
    target: str = ""
    mode: Mode = "live"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    items: dict[int, Item] = {}
    duplicates: tuple[int, ...] = ()
    base: str | None = None
    side: SideTag | None = None
    tries: int = 0
    order: int | None = None
    attempt: int = 0
    fewest: int | None = None
    attempted: tuple[int, ...] = ()
    held_until: datetime | None = None
    abandoned: str | None = None
    requeue: bool = False
    spent: tuple[int, ...] = ()
    updates: tuple[Update, ...] = ()
    stable_tag: str | None = None
    wait: int = 0
    promoted_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether something of it is still to be done."""
        return self.ended_at is None

    @property
    def into(self) -> str:
        """The target that its builds are submitted to: a side tag has one of its own name."""
        return self.side.name if self.side is not None and self.side.name else self.target

    @property
    def drafts(self) -> bool:
        """Whether it builds drafts, to be promoted when all slices are done."""
        return self.base is not None and self.mode == "live"

    @property
    def current(self) -> tuple[Item, ...]:
        """The builds of the attempt at hand."""
        return tuple(self.items[build_id] for build_id in self.attempted)

    @property
    def unrequested(self) -> tuple[Item, ...]:
        """The builds of the attempt that nobody set about to submit yet."""
        return tuple(i for i in self.current if i.requested_at is None and i.outcome is None)

    @property
    def unanswered(self) -> tuple[Item, ...]:
        """The builds that were to be submitted, and what became of it is not known."""
        return tuple(item for item in self.items.values() if item.unanswered)

    @property
    def building(self) -> dict[int, Item]:
        """The builds that Koji is at, by their tasks."""
        return {
            item.task_id: item
            for item in self.items.values()
            if item.task_id is not None and item.outcome is None
        }

    @property
    def failed(self) -> tuple[int, ...]:
        """The builds of the attempt that ended without success."""
        return tuple(i.build_id for i in self.current if i.outcome not in (None, "built"))

    @property
    def unpromoted(self) -> tuple[Item, ...]:
        """The drafts that are to be promoted yet."""
        return tuple(
            item
            for item in self.items.values()
            if self.drafts
            and item.outcome == "built"
            and not (item.adopted or item.promotion)
            and item.downstream is not None
        )

    @property
    def promoted(self) -> tuple[Item, ...]:
        """The builds that are to be published."""
        return tuple(item for item in self.items.values() if item.promotion == "promoted")

    @property
    def side_tags(self) -> dict[int, SideTag]:
        """Its side tags that are ours, by update, 0 being the builds'; an update takes its own."""
        ours = ((n, u.side) for n, u in enumerate(self.updates, start=1) if u.alias is None)
        return {n: side for n, side in ((0, self.side), *ours) if side is not None}

    def awaited(self, update: Update) -> tuple[Item, ...]:
        """The builds of an update that is there which the stable tag does not have yet."""
        lacking = update.side.lacking if update.side is not None else ()
        items = (self.items[build_id] for build_id in update.build_ids)
        waiting = (item for item in items if not item.stable and item.downstream not in lacking)
        return tuple(waiting) if update.alias is not None else ()

    @property
    def unstable(self) -> tuple[Item, ...]:
        """The builds that Bodhi has, and that wait for the stable tag."""
        return tuple(item for update in self.updates for item in self.awaited(update))

    def downstream(self, update: Update) -> tuple[int, ...]:
        """What the builds of an update are in Koji."""
        found = (self.items[build_id].downstream for build_id in update.build_ids)
        return tuple(build_id for build_id in found if build_id is not None)

    def is_over(self, item: Item) -> bool:
        """Whether nothing more comes of a build, and its package was told."""
        if item.promotion is not None:
            return True
        return item.final and item not in self.unpromoted

    @property
    def next_order(self) -> int | None:
        """The order of the next slice, None where every build is final or a draft that waits."""
        waiting = (i.planned.order for i in self.items.values() if i.outcome is None)
        return min(waiting, default=None)

    @property
    def unsuccessful(self) -> tuple[Item, ...]:
        """The builds that ended without success, be it that another attempt at them follows."""
        ended = (item for item in self.items.values() if item.outcome is not None)
        return tuple(item for item in ended if not item.succeeded)

    @property
    def published(self) -> int:
        """How many are in the stable tag."""
        return sum(item.stable for item in self.items.values())

    @property
    def built(self) -> int:
        """How many were built."""
        return sum(item.succeeded for item in self.items.values())


def stream(number: int) -> str:
    """Return the id of a batch's stream."""
    return f"{PREFIX}{number}"


def number_of(stream_id: str) -> int | None:
    """Return the number of the batch whose stream this is, None for any other stream."""
    return int(stream_id.removeprefix(PREFIX)) if stream_id.startswith(PREFIX) else None
