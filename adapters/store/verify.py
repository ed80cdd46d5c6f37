# SPDX-License-Identifier: GPL-3.0-or-later
"""Walks the digest chain, and names every row that was changed, taken out, put in or moved.

A chain shows that rows fit each other, not that they are the ones of old: who can write to the
table may compute everything anew from some row on, or cut off the end. Against that a digest helps
that was kept elsewhere; it is given as an `Anchor`.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from adapters.store.digest import GENESIS, at_time, canonical, chain
from domain.errors import Invalid

Row: TypeAlias = tuple[int, str, int, str, bytes | str, datetime, bytes]
"""Position, stream, version, topic, state, recorded_at and digest of an event."""

REMEMBERED: Final = 16
"""How many rows back it is looked whether a row belongs behind another one."""


class Anchor(Struct, frozen=True, order=True):
    """The digest of the event at a position; position 0 is before the first."""

    position: int = 0
    digest: bytes = GENESIS


class Finding(Struct, frozen=True):
    """What is wrong with the row at a position, which says to be this version of that stream."""

    position: int
    stream: str
    version: int
    fault: Literal["changed", "missing", "doubled", "misplaced"]
    detail: str


class Verification:
    """A walk along the chain from ``start``; ``head`` and ``events`` say how far it has come.

    ``expected``: digests that were kept elsewhere. What is remembered grows with the number of
    streams, never with that of events.
    """

    def __init__(self, start: Anchor, expected: Iterable[Anchor] = ()) -> None:
        self.head = start
        self.events = 0
        self._expected = {anchor.position: anchor.digest for anchor in expected}
        self._whole = start.position == 0
        self._versions: dict[str, int] = {}
        self._earlier = deque([(start.position, start.digest)], maxlen=REMEMBERED)
        self._meant = start.digest

    def walk(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Go along these rows, and yield what is wrong with them."""
        versions, earlier = self._versions, self._earlier
        last, previous = self.head.position, self.head.digest
        now: datetime | None = None
        for row in rows:
            position, stream, version, topic, state, recorded_at, digest = row
            if recorded_at != now:  # it is that of a whole append
                now, time = recorded_at, at_time(recorded_at)
            form = _form(state)
            meant = chain(previous, stream, version, topic, form, time=time)
            known = versions.get(stream, 0 if self._whole else version - 1)
            if meant != digest or position != last + 1 or version != known + 1:
                yield from self._faults(row, form, Anchor(last, previous), known)
            earlier.append((position, digest))
            versions[stream] = max(version, known)
            if position > last:
                last, previous, self._meant = position, digest, meant
        self.events += len(rows)
        self.head = Anchor(last, previous)
        yield from self._compared(rows)

    def end(self, promised: int) -> Iterator[Finding]:
        """Yield what is missing at the end, where somebody has seen the log up to ``promised``."""
        last = max((promised, *self._expected))
        if last > self.head.position:
            why = f"the log ends at {self.head.position}, and was seen up to here"
            yield Finding(last, "", 0, "missing", why)

    def _faults(self, row: Row, form: bytes, before: Anchor, known: int) -> Iterator[Finding]:
        position, stream, version, *_ = row
        gap = _gap(stream, known, version)
        if position == before.position:
            yield Finding(position, stream, version, "doubled", "it stands here twice")
        elif position < before.position:
            detail = f"it stands behind position {before.position}"
            yield Finding(position, stream, version, "misplaced", detail)
        elif position > before.position + 1:
            lost = _span(before.position + 1, position - 1)
            yield Finding(
                position, stream, version, "missing", f"{lost} before it{gap and f': {gap}'}"
            )
        elif not self._follows(row, form, before.digest) and not self._follows_meant(row, form):
            yield self._broken(row, form, gap)
        elif version <= known:
            detail = f"the stream has a version {version} already"
            yield Finding(position, stream, version, "doubled", detail)
        elif gap:
            yield Finding(position, stream, version, "missing", f"{gap} is missing before it")

    def _broken(self, row: Row, form: bytes, gap: str) -> Finding:
        position, stream, version, *_ = row
        for earlier, digest in reversed(self._earlier):
            if self._follows(row, form, digest):
                detail = f"it follows position {earlier}, not what lies between"
                return Finding(position, stream, version, "misplaced", detail)
        detail = "its digest does not fit what it says and the one before it"
        lost = f"; {gap} is missing before it" if gap else ""
        return Finding(position, stream, version, "changed", f"{detail}{lost}")

    def _follows(self, row: Row, form: bytes, previous: bytes) -> bool:
        _, stream, version, topic, _, recorded_at, digest = row
        return chain(previous, stream, version, topic, form, time=at_time(recorded_at)) == digest

    def _follows_meant(self, row: Row, form: bytes) -> bool:
        """Whether it follows what the row before says, whose digest alone was changed."""
        return self._follows(row, form, self._meant)

    def _compared(self, rows: Sequence[Row]) -> Iterator[Finding]:
        if not self._expected:
            return
        for position, stream, version, *_, digest in rows:
            if self._expected.get(position, digest) != digest:
                detail = "its digest is not the one expected: it, or one before it, was rewritten"
                yield Finding(position, stream, version, "changed", detail)


def _form(state: bytes | str) -> bytes:
    """Return the canonical form; what has none follows from nothing, and so is found changed."""
    try:
        return canonical(state)
    except Invalid:
        return b""


def _gap(stream: str, known: int, version: int) -> str:
    """Name the events that the stream lacks before this version."""
    if version <= known + 1:
        return ""
    return f"{stream}@{known + 1}" + (f" to @{version - 1}" if version > known + 2 else "")


def _span(first: int, last: int) -> str:
    if first == last:
        return f"position {first} is missing"
    return f"positions {first} to {last} are missing"
