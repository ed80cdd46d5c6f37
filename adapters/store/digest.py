# SPDX-License-Identifier: GPL-3.0-or-later
"""The digest chain: each event's digest covers the one before it, so no row can change unnoticed.

The chain is over what is meant, not over the bytes that were sent, for jsonb reorders keys. The
canonical form of a state is JSON with sorted keys, no spaces, UTF-8 and no floats, which is what
``json.dumps(state, sort_keys=True, separators=(",", ":"), ensure_ascii=False)`` writes: anybody can
check the chain with the standard library.
"""

from datetime import UTC, datetime
from hashlib import sha256
from struct import Struct
from typing import Any, Final, Never

import msgspec

from adapters.errors import UNREADABLE
from adapters.store.connections import Json
from domain.errors import Invalid

GENESIS: Final = bytes(32)
"""What the first event's digest follows."""


def _refuse(number: str) -> Never:
    raise ValueError(f"{number} is no whole number, and floats have no one canonical form")


_decode: Final = msgspec.json.Decoder(Any, float_hook=_refuse).decode
_lengths: Final = Struct(">6Q").pack
_encode: Final = msgspec.json.Encoder(order="sorted").encode


class Canonical(Json):
    """JSON that is in its one form already."""


def encode(value: Any) -> Canonical:
    """Return the one form of what holds no float, for whoever knows that by its type."""
    return Canonical(_encode(value))


def canonical(state: bytes | str) -> Canonical:
    """Return the one form of this JSON text. Raises Invalid where it has none."""
    if isinstance(state, Canonical):
        return state
    try:
        return encode(_decode(state))
    except (*UNREADABLE, UnicodeEncodeError) as error:
        raise Invalid(
            "An event's state has no canonical form", why=str(error), do="'ebs verify' names it"
        ) from error


def at_time(recorded_at: datetime) -> bytes:
    """Return the one form of the time that an event was recorded at: UTC, to the microsecond."""
    return recorded_at.astimezone(UTC).isoformat(timespec="microseconds").encode()


def chain(
    previous: bytes, stream: str, version: int, topic: str, state: bytes, *, time: bytes
) -> bytes:
    """Return the digest of an event whose predecessor in the log has the digest ``previous``.

    ``state`` is canonical, ``time`` as by `at_time`. The lengths of the fields come first, in 8
    bytes each, so that no two events run together to the same text.
    """
    name, number, kind = stream.encode(), str(version).encode(), topic.encode()
    lengths = _lengths(len(previous), len(name), len(number), len(kind), len(state), len(time))
    return sha256(b"".join((lengths, previous, name, number, kind, state, time))).digest()
