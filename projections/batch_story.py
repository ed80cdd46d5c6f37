# SPDX-License-Identifier: GPL-3.0-or-later
"""A batch's story: its slices, their attempts and tasks, and what came of each."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, field

from domain.batch import Batch
from domain.batch.events import (
    Abandoned,
    AttemptStarted,
    BuildFinished,
    BuildSubmitted,
    BuildTimedOut,
    Finished,
    Held,
    Planned,
    PlannedBuild,
    Promoted,
    PromotionRefused,
    SideTagCreated,
    SliceStarted,
)
from domain.batch.update_events import (
    StableReached,
    StableTimedOut,
    UpdateDropped,
    UpdateEvent,
    UpdateHeld,
    UpdateRefused,
    UpdateRequested,
    UpdatesPlanned,
    UpdateSplit,
    UpdateSubmitted,
)
from domain.envelope import Recorded

UpdateState = Literal[
    "waiting", "requested", "refused", "held", "given-up", "submitted", "late", "stable"
]
"""How an update is: before Bodhi has it, and after; ``waiting`` for its side tag at first."""

BatchState = Literal["open", "held", "abandoned", "finished"]


class BatchTask(Struct):
    """One build in one attempt; ``build_id`` and ``nvr`` are upstream's, ``built`` is ELN's.

    ``downstream`` is Koji's number of that.
    """

    package: str
    build_id: int
    nvr: str
    task_id: int | None = None
    state: str = "waiting"
    built: str | None = None
    detail: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    downstream: int | None = None


class BatchAttempt(Struct):
    attempt: int
    tasks: list[BatchTask] = field(default_factory=list)


class BatchSlice(Struct):
    order: int
    attempts: list[BatchAttempt] = field(default_factory=list)


class BatchUpdate(Struct):
    """An update of the batch: its packages, and how far it is.

    ``alias`` is Bodhi's; ``waiting`` are the packages that the stable tag does not have yet, since
    it was ``submitted``; ``detail`` says why it is held, given up or late.
    """

    update: int
    packages: list[str]
    state: UpdateState = "waiting"
    alias: str | None = None
    side_tag: str | None = None
    waiting: list[str] = field(default_factory=list)
    submitted: datetime | None = None
    stable: datetime | None = None
    detail: str = ""


class BatchStory(Struct):
    """A batch as ``ebs batch N`` tells it.

    ``failed``, ``promoted`` and ``published`` name packages. Failed is what ended other than built
    in the last attempt at it, what was given up before any, and what Koji refused to promote.
    """

    batch: int
    state: BatchState = "open"
    side_tag: str | None = None
    slices: list[BatchSlice] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    promoted: list[str] = field(default_factory=list)
    started: datetime | None = None
    ended: datetime | None = None
    why: str = ""
    updates: list[BatchUpdate] = field(default_factory=list)
    published: list[str] = field(default_factory=list)


def state_of(batch: Batch) -> BatchState:
    """Return how a batch is."""
    if batch.abandoned is not None:
        return "abandoned"
    if not batch.open:
        return "finished"
    return "held" if batch.held_until is not None else "open"


def tell(number: int, log: Iterable[Recorded]) -> BatchStory:
    """Fold a batch's stream into its story."""
    teller = _Teller(number)
    for recorded in log:
        teller.hear(recorded)
    return teller.told()


class _Teller:
    def __init__(self, number: int) -> None:
        self._story = BatchStory(number)
        self._builds: dict[int, PlannedBuild] = {}
        self._at_hand: dict[int, BatchTask] = {}
        self._failed: set[int] = set()
        self._hear: dict[type, Callable[[Any, datetime], None]] = {
            Planned: self._planned,
            SideTagCreated: self._side_tag,
            SliceStarted: self._slice,
            AttemptStarted: self._attempt,
            BuildSubmitted: self._submitted,
            BuildTimedOut: self._timed_out,
            BuildFinished: self._ended,
            Promoted: self._promoted,
            PromotionRefused: self._promotion_refused,
            Held: self._held,
            Abandoned: self._abandoned,
            Finished: self._finished,
            **self._of_updates(),
        }

    def _of_updates(self) -> dict[type, Callable[[Any, datetime], None]]:
        return {
            UpdatesPlanned: self._updates,
            UpdateRequested: self._into("requested"),
            UpdateSubmitted: self._update_submitted,
            UpdateRefused: self._into("refused"),
            UpdateHeld: self._into("held"),
            UpdateDropped: self._into("given-up"),
            UpdateSplit: self._update_split,
            StableReached: self._reached,
            StableTimedOut: self._late,
        }

    def hear(self, recorded: Recorded) -> None:
        """Take in one event; what is not of the story is passed over."""
        event = recorded.envelope.event
        if heard := self._hear.get(type(event)):
            heard(event, recorded.envelope.meta.occurred_at)

    def told(self) -> BatchStory:
        """Return the story."""
        self._story.failed = self._packages(self._failed)
        return self._story

    def _planned(self, event: Planned, at: datetime) -> None:
        self._builds = {build.build_id: build for build in event.builds}
        self._story.started = at

    def _side_tag(self, event: SideTagCreated, _: datetime) -> None:
        if event.update:
            self._story.updates[event.update - 1].side_tag = event.name
        else:
            self._story.side_tag = event.name

    def _slice(self, event: SliceStarted, _: datetime) -> None:
        self._story.slices.append(BatchSlice(event.order))

    def _attempt(self, event: AttemptStarted, _: datetime) -> None:
        builds = [self._builds[build_id] for build_id in event.build_ids]
        tasks = [BatchTask(b.package, b.build_id, b.nvr) for b in builds]
        self._at_hand |= {task.build_id: task for task in tasks}
        self._failed.difference_update(event.build_ids)
        self._story.slices[-1].attempts.append(BatchAttempt(event.attempt, tasks))

    def _submitted(self, event: BuildSubmitted, at: datetime) -> None:
        task = self._at_hand[event.build_id]
        task.task_id, task.state, task.started = event.task_id, "building", at

    def _timed_out(self, event: BuildTimedOut, _: datetime) -> None:
        self._at_hand[event.build_id].state = "timing-out"

    def _ended(self, event: BuildFinished, at: datetime) -> None:
        """A build that was abandoned before its slice began was at nobody's hand."""
        if event.outcome == "built":
            self._failed.discard(event.build_id)
        else:
            self._failed.add(event.build_id)
        if task := self._at_hand.get(event.build_id):
            task.state, task.ended, task.detail = event.outcome, at, event.detail
            task.built, task.downstream = event.downstream_nvr, event.downstream_build_id

    def _promoted(self, event: Promoted, _: datetime) -> None:
        self._story.promoted.append(self._builds[event.build_id].package)
        task = self._at_hand[event.build_id]
        task.built, task.downstream = event.downstream_nvr, event.downstream_build_id

    def _promotion_refused(self, event: PromotionRefused, _: datetime) -> None:
        self._failed.add(event.build_id)
        task = self._at_hand[event.build_id]
        task.state, task.detail = "refused", event.reason

    def _held(self, event: Held, _: datetime) -> None:
        self._story.state, self._story.why = "held", event.reason

    def _abandoned(self, event: Abandoned, _: datetime) -> None:
        self._story.state, self._story.why = "abandoned", event.reason

    def _finished(self, _: Finished, at: datetime) -> None:
        self._story.ended = at
        if self._story.state != "abandoned":
            self._story.state, self._story.why = "finished", ""

    # --- updates -------------------------------------------------------------------------------

    def _updates(self, event: UpdatesPlanned, _: datetime) -> None:
        for build_ids in event.updates:
            self._add_update(self._packages(build_ids))

    def _add_update(self, packages: list[str]) -> None:
        number = len(self._story.updates) + 1
        self._story.updates.append(BatchUpdate(number, packages))

    def _into(self, state: UpdateState) -> Callable[[Any, datetime], None]:
        """Return how to hear of an update that it is so, and why if that is told."""

        def hear(event: Any, _: datetime) -> None:
            self._update(event, state=state, detail=getattr(event, "reason", ""))

        return hear

    def _update(self, event: UpdateEvent, **fields: Any) -> BatchUpdate:
        update = self._story.updates[event.update - 1]
        for name, value in fields.items():
            setattr(update, name, value)
        return update

    def _update_submitted(self, event: UpdateSubmitted, at: datetime) -> None:
        update = self._update(event, state="submitted", alias=event.alias, submitted=at, detail="")
        update.waiting = list(update.packages)

    def _update_split(self, event: UpdateSplit, _: datetime) -> None:
        apart = self._packages(event.build_ids)
        rest = [name for name in self._update(event).packages if name not in apart]
        self._update(event, state="waiting", packages=rest, detail="")
        self._add_update(apart)

    def _reached(self, event: StableReached, at: datetime) -> None:
        reached = self._packages(event.build_ids)
        self._story.published += reached
        for update in self._story.updates:
            if update.waiting and not set(update.waiting).isdisjoint(reached):
                update.waiting = [name for name in update.waiting if name not in reached]
                if not update.waiting:
                    update.state, update.stable = "stable", at

    def _late(self, event: StableTimedOut, _: datetime) -> None:
        why = "nothing gets into the stable tag" if event.stalled else "others get there"
        self._update(event, state="late", detail=why)

    def _packages(self, build_ids: Iterable[int]) -> list[str]:
        return sorted(self._builds[build_id].package for build_id in build_ids)
