# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives of the bus: a message a line, as fedora-messaging records them, or datagrepper's pages.

A page is an object with a list of ``raw_messages``. Those of ``/v2/search`` have fedora-messaging's
form, those of ``/raw`` the form of datagrepper's database. Pages may follow one another in a file,
and are laid out as whoever saved them liked; they are read without being held in memory.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from itertools import chain
from typing import Any, Final

import ijson
import msgspec
from msgspec import Struct

from adapters.ports.archive import Part

LISTED: Final = "raw_messages"

_TORN: Final = (ijson.JSONError, UnicodeDecodeError)
"""What reading raises where it is no JSON; its C part lets some of what is no UTF-8 pass."""

_HEAD: Final = 64 * 1024
"""Bytes at the start that tell what it is: what stands before its messages in a page is short."""


class _Stored(Struct, frozen=True):
    """A message as datagrepper's database holds it, which knows when it was sent in any case."""

    msg_id: str
    topic: str
    timestamp: datetime
    msg: Any
    headers: dict[str, Any] | None = None


def parts(lines: Iterable[bytes]) -> Iterator[Part]:
    """Yield each message of an archive as fedora-messaging dumps it, and what is none as it is.

    A line that is too long may come in pieces.
    """
    rest = iter(lines)
    head = [*_head(rest)]
    whole = chain(head, rest)
    return _of_pages(whole) if _is_page(b"".join(head)) else _of_lines(whole)


def _head(lines: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    while size < _HEAD and (line := next(lines, b"")):
        yield line
        size += len(line)


def _is_page(head: bytes) -> bool:
    with suppress(*_TORN):
        return any(found == ("", "map_key", LISTED) for found in ijson.parse(head))
    return False


def _of_lines(lines: Iterable[bytes]) -> Iterator[Part]:
    """Of a line in pieces only the first counts, which is no message."""
    number, begins = 0, True
    for line in lines:
        if begins:
            number += 1
            yield Part(f":{number}", line)
        begins = line.endswith(b"\n")


def _of_pages(lines: Iterable[bytes]) -> Iterator[Part]:
    """What is cut off or torn ends it, and says so as the last part."""
    number = 0
    found = ijson.items(
        ijson.from_iter(lines), f"{LISTED}.item", multiple_values=True, use_float=True
    )
    try:
        for number, message in enumerate(found, start=1):
            yield Part(f", message {number}", _dumped(message))
    except _TORN as error:
        fault = f"no page of datagrepper's from here on: {str(error).partition(chr(10))[0]}"
        yield Part(f", behind message {number}", b"", fault)


def _dumped(message: Any) -> bytes:
    try:
        stored = msgspec.convert(message, _Stored, strict=False)
    except msgspec.ValidationError:
        return json.dumps(message).encode()
    headers = {"sent-at": stored.timestamp.isoformat()} | (stored.headers or {})
    known = {"id": stored.msg_id, "topic": stored.topic, "headers": headers}
    return json.dumps({**known, "body": stored.msg}).encode()
