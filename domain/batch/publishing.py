# SPDX-License-Identifier: GPL-3.0-or-later
"""What is next from the promotion on: updates in Bodhi, and the wait for the stable tag.

Each update has a side tag of its own, and they go their ways side by side: one that Bodhi does not
make rests, and keeps no other back.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from domain.batch.acts import (
    Act,
    AwaitStable,
    DropUpdate,
    FindUpdate,
    HoldUpdate,
    PlanUpdates,
    RemoveSideTag,
    RequestUpdate,
    Rest,
    SplitUpdate,
)
from domain.batch.limits import Limits, Publication
from domain.batch.side_tag import until_seeded
from domain.batch.state import Batch, Item, Update

RETRY: Final = timedelta(minutes=5)
"""Between two requests for an update that Bodhi did not make."""

PATIENCE: Final = timedelta(minutes=15)
"""After so long without an update it rests; so long Bodhi is asked what came together."""

REST: Final = timedelta(hours=1)
ROUNDS: Final = 6
"""After so many it is given up: no other batch begins before this one ends."""

MEASURED: Final = 50
"""Batches whose waits an adaptive wait is made of."""

SHARE: Final = 0.95


def publishing(batch: Batch, now: datetime, limits: Limits) -> Iterator[Act]:
    """Yield all that may be next; nothing once every update is stable, given up or too late."""
    how = limits.publication
    if how is None:
        return
    if batch.abandoned is not None:
        numbered = enumerate(batch.updates, start=1)
        yield from (FindUpdate(n) for n, update in numbered if update.unanswered)
    elif batch.stable_tag is not None:
        for number, update in enumerate(batch.updates, start=1):
            if update.open:
                yield from _update(batch, number, now, limits)
        yield from _barrier(batch, now, how)
    elif batch.promoted:
        yield _plan(batch, now, how)


def is_divided(count: int, batch_size: int, max_single_batch_size: int) -> bool:
    """Return whether so many builds are more than one update; never with a ``batch_size`` of 0."""
    return batch_size > 0 and count > max(batch_size, max_single_batch_size)


def chunks(
    items: Sequence[Item],
    batch_size: int,
    max_single_batch_size: int,
    together: Mapping[str, str],
) -> tuple[tuple[int, ...], ...]:
    """Divide builds into updates, a single one where they are few enough.

    ``together`` names the update of Rawhide's that an upstream build (by its NVR) came in; one that
    it lacks came alone. The builds of such an update stay together where one of ours can hold them,
    and then those of a slice; an update of several slices goes with the first of them.
    """
    if not is_divided(len(items), batch_size, max_single_batch_size):
        return (tuple(item.build_id for item in items),)
    slices: dict[int, list[list[int]]] = {}
    for group in _groups(items, together):
        ids = [item.build_id for item in group]
        parts = (ids[n : n + batch_size] for n in range(0, len(ids), batch_size))
        slices.setdefault(group[0].planned.order, []).extend(parts)
    fitting = (part for slice_ in slices.values() for part in _packed(slice_, batch_size))
    return tuple(map(tuple, _packed(fitting, batch_size)))


def _groups(items: Sequence[Item], together: Mapping[str, str]) -> Iterable[list[Item]]:
    """Return the builds by what they came in upstream, those of the first slices first."""
    groups: dict[str, list[Item]] = {}
    for item in sorted(items, key=lambda each: each.planned.order):
        nvr = item.planned.nvr
        groups.setdefault(together.get(nvr, nvr), []).append(item)
    return groups.values()


def _packed(parts: Iterable[list[int]], size: int) -> list[list[int]]:
    """Put each part, none larger than the size, where there is room first; none is divided."""
    made: list[list[int]] = []
    for part in parts:
        room = next((each for each in made if len(each) + len(part) <= size), None)
        if room is None:
            made.append([*part])
        else:
            room += part
    return made


def _plan(batch: Batch, now: datetime, how: Publication) -> PlanUpdates:
    items, since = batch.promoted, batch.promoted_at
    divided = is_divided(len(items), how.batch_size, how.max_single_batch_size)
    return PlanUpdates(items, how, divided, since is not None and now - since >= PATIENCE)


def patience(waits: Sequence[timedelta], how: Publication) -> timedelta:
    """Return how long an update is waited for, by how long those before took (the 95th of 100)."""
    if not how.adaptive or not waits:
        return how.wait
    usual = sorted(waits)[ceil(SHARE * len(waits)) - 1]
    return min(max(usual, how.wait), how.longest)


# --- an update ---------------------------------------------------------------------------------


def _update(batch: Batch, number: int, now: datetime, limits: Limits) -> Iterator[Act]:
    """What is to be done until Bodhi has it; side tags are made one by one.

    For one that appears after a lost answer could else be of either intent.
    """
    update = batch.updates[number - 1]
    side, builds = update.side, batch.downstream(update)
    if update.held_until is not None and now < update.held_until:
        yield Rest(update.held_until)
    elif side is None and any(tag.tag_id is None for tag in batch.side_tags.values()):
        return
    elif side is not None and side.tag_id and side.asked is not None and side.asked != builds:
        yield RemoveSideTag(side.tag_id, "its update was split", number)
    elif side is None or not side.seeded:
        yield from until_seeded(side, builds, now, limits, number)
    else:
        yield from _request(batch, number, now)


def _request(batch: Batch, number: int, now: datetime) -> Iterator[Act]:
    """An intent without an outcome is looked up first; what does not come about rests."""
    update = batch.updates[number - 1]
    late = update.since is not None and now - update.since >= PATIENCE
    if update.unanswered:
        yield FindUpdate(number)
        if late:
            yield HoldUpdate(number, update.reason or "Bodhi does not answer", now + REST)
    elif late:
        yield _instead(batch, number, now)
    elif update.requested_at is not None and now - update.requested_at < RETRY:
        yield Rest(update.requested_at + RETRY)
    else:
        yield RequestUpdate(number)


def _instead(batch: Batch, number: int, now: datetime) -> Act:
    """What becomes of an update that Bodhi refuses and refuses."""
    update = batch.updates[number - 1]
    if named := _named(batch, update):
        return SplitUpdate(number, named)
    if update.holds >= ROUNDS:
        return DropUpdate(number, update.reason)
    return HoldUpdate(number, update.reason, now + REST)


def _named(batch: Batch, update: Update) -> tuple[int, ...]:
    """Return the builds that Bodhi's reason names, unless it names all or none of the update's."""
    named = tuple(i for i in update.build_ids if _is_named(batch.items[i], update.reason))
    return named if len(named) < len(update.build_ids) else ()


def _is_named(item: Item, reason: str) -> bool:
    nvr = item.downstream_nvr
    return nvr is not None and nvr in reason.replace(",", " ").split()


# --- the stable tag ----------------------------------------------------------------------------


def _barrier(batch: Batch, now: datetime, how: Publication) -> Iterator[Act]:
    """Wait for what Bodhi has; on hold, also for what is too late."""
    waiting = {
        number: update
        for number, update in enumerate(batch.updates, start=1)
        if batch.awaited(update) and (how.hold or not update.late)
    }
    if waiting:
        items = tuple(item for update in waiting.values() for item in batch.awaited(update))
        longest = max(how.longest, timedelta(seconds=batch.wait))
        overdue = _waited(waiting, now, timedelta(seconds=batch.wait))
        yield AwaitStable(items, overdue, _waited(waiting, now, longest))


def _waited(waiting: dict[int, Update], now: datetime, wait: timedelta) -> tuple[int, ...]:
    """Return the updates that Bodhi has had for so long, and that were not told as late."""
    return tuple(
        number
        for number, update in waiting.items()
        if update.submitted_at is not None and not update.late and now - update.submitted_at >= wait
    )
