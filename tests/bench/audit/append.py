# SPDX-License-Identifier: GPL-3.0-or-later
"""What the digest chain costs whoever appends."""

from collections.abc import Sequence
from typing import Any, Final
from unittest.mock import patch

from adapters.store import recorder
from adapters.store.digest import GENESIS
from adapters.store.log import EventLog
from domain.envelope import Envelope, Meta
from domain.package.events import Tagged
from tests.bench.audit.past import BEGINNING
from tests.bench.bounds import Bound, seconds

ROUNDS: Final = 30
SIZE: Final = 2_000
"""Events in one append, as in a storm of messages."""


def cost(log: EventLog) -> Bound:
    """Append with the chain and without it, in turns, and compare the medians."""
    with_it, without = [], []
    for number in range(0, 2 * ROUNDS, 2):
        with_it.append(seconds(lambda n=number: log.append(_storm(n))))  # type: ignore[misc]
        with patch.object(recorder, "chain", _nothing):
            without.append(seconds(lambda n=number + 1: log.append(_storm(n))))  # type: ignore[misc]
    chained, bare = (sorted(times)[ROUNDS // 2] for times in (with_it, without))
    print(f"      {SIZE} events appended in {chained:.3f} s, {bare:.3f} s without digests")
    share = 100 * (chained - bare) / chained
    return Bound("the digests' share of an append", share, 15, at_least=False, unit=" %")


def _nothing(*_: Any, **__: Any) -> bytes:
    return GENESIS


def _storm(number: int) -> Sequence[Envelope]:
    """Taggings of as many packages, none of which has any other event."""
    meta = Meta(BEGINNING, "message", f"{number:032x}", "a message", "releng")
    return [
        Envelope(f"package:storm-{number}-{each}", 1, meta, _tagged(number * SIZE + each))
        for each in range(SIZE)
    ]


def _tagged(build_id: int) -> Tagged:
    return Tagged(build_id, f"storm-{build_id}-1.fc42", "f42", 42)
