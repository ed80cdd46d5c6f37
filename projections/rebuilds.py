# SPDX-License-Identifier: GPL-3.0-or-later
"""Rebuilds: what the newest live rebuild of each package came to in Koji, a row a package."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, assert_never

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from psycopg import Cursor

from domain.batch import Batch, number_of
from domain.batch.events import (
    BuildFinished,
    BuildSubmitted,
    Promoted,
    PromotionRefused,
)
from domain.batch.update_events import StableReached
from domain.envelope import Recorded
from projections.sql import statement

NAME: Final = "rebuilds"
FORMAT: Final = 2


class Rebuild(Struct, frozen=True, array_like=True, gc=False):
    """A rebuild by its task; ``build_id`` and ``nvr`` are those of what was built, once known.

    ``outcome`` is None while Koji is at it; ``draft``: it was built, and is to be promoted, unless
    that was ``refused``. ``published``: it is in the stable tag.
    """

    package: str
    batch: int
    position: int = 0
    task_id: int | None = None
    started: datetime | None = None
    outcome: str | None = None
    ended: datetime | None = None
    build_id: int | None = None
    nvr: str | None = None
    draft: bool = False
    refused: bool = False
    detail: str = ""
    published: bool = False


Told = BuildSubmitted | BuildFinished | Promoted | PromotionRefused | StableReached
"""What a batch says of builds of it."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Rebuild).decode


def fold(
    known: Mapping[str, Rebuild], batches: Mapping[int, Batch], news: Iterable[Recorded]
) -> dict[str, Rebuild]:
    """Return the rebuilds that the news changes, as they are afterwards.

    ``batches`` hold those that the news is of: they say which package a build is of.
    """
    changed: dict[str, Rebuild] = {}
    for recorded, batch, package in _told(batches, news):
        before = changed.get(package) or known.get(package) or Rebuild(package, batch.number)
        if before.batch < batch.number:
            before = Rebuild(package, batch.number)
        if before.batch == batch.number:  # of an older one the stable tag may tell late
            changed[package] = _after(before, recorded, draft=batch.drafts)
    return changed


def packages(batches: Mapping[int, Batch], news: Iterable[Recorded]) -> set[str]:
    """Return the packages whose rebuilds the news changes."""
    return {package for _, _, package in _told(batches, news)}


def _told(
    batches: Mapping[int, Batch], news: Iterable[Recorded]
) -> Iterator[tuple[Recorded, Batch, str]]:
    for recorded in news:
        event = recorded.envelope.event
        if isinstance(event, Told):
            batch = batches[number_of(recorded.envelope.originator_id) or 0]
            for build_id in _builds(event) if batch.mode == "live" else ():
                yield recorded, batch, batch.items[build_id].planned.package


def _builds(event: Told) -> tuple[int, ...]:
    return event.build_ids if isinstance(event, StableReached) else (event.build_id,)


def _after(before: Rebuild, recorded: Recorded, *, draft: bool) -> Rebuild:
    event: Told = recorded.envelope.event
    at, position = recorded.envelope.meta.occurred_at, recorded.position
    match event:
        case BuildSubmitted():
            return Rebuild(before.package, before.batch, position, event.task_id, started=at)
        case BuildFinished():
            return replace(
                before,
                position=position,
                outcome=event.outcome,
                ended=at,
                build_id=event.downstream_build_id,
                nvr=event.downstream_nvr,
                draft=draft and event.outcome == "built" and not event.adopted,
                detail=event.detail,
            )
        case Promoted():
            made = {"build_id": event.downstream_build_id, "nvr": event.downstream_nvr}
            return replace(before, position=position, draft=False, **made)
        case PromotionRefused():
            return replace(before, position=position, refused=True, detail=event.reason)
        case StableReached():
            return replace(before, position=position, published=True)
        case _:
            assert_never(event)


def load(cursor: Cursor[Any], wanted: Iterable[str]) -> dict[str, Rebuild]:
    """Return the newest rebuilds of packages by their names upstream, where there was one."""
    cursor.execute(
        "SELECT state FROM rebuilds WHERE package = ANY(%s)", [list(wanted)], binary=True
    )
    found = (_decode(state) for (state,) in cursor.fetchall())
    return {rebuild.package: rebuild for rebuild in found}


def carry(cursor: Cursor[Any], batches: Mapping[int, Batch], news: Sequence[Recorded]) -> None:
    """Take in the news; ``batches`` are those that it is of."""
    if touched := packages(batches, news):
        store(cursor, fold(load(cursor, touched), batches, news).values())


def store(cursor: Cursor[Any], rebuilds: Iterable[Rebuild]) -> None:
    """Write rebuilds, in place of what is known of them."""
    rows = [(r.package, r.position, _encode(r)) for r in rebuilds]
    cursor.executemany(statement("rebuilds_store"), rows)


def clear(cursor: Cursor[Any]) -> None:
    """Forget every rebuild."""
    cursor.execute("DELETE FROM rebuilds")
