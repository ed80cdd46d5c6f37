# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives: whatever form a message was kept in, it is the same message."""

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import chain
from typing import Any

import pytest
from fedora_messaging.message import Message, dumps, loads
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.bus.archive import parts
from adapters.bus.messages import read
from adapters.service.ingest import read_lines
from tests.adapters.bus.test_messages import RECORDED

MESSAGES = [json.loads(raw) for raw in RECORDED]
PAGES = (MESSAGES[:100], MESSAGES[100:])


def stored(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message as datagrepper's database holds it."""
    return {
        "certificate": None,
        "crypto": None,
        "headers": message["headers"],
        "i": 0,
        "msg": message["body"],
        "msg_id": message["id"],
        "packages": ["bash"],
        "signature": None,
        "source_name": "datanommer",
        "source_version": "1.4.2",
        "timestamp": 1_723_550_400.0,
        "topic": message["topic"],
        "username": None,
        "users": [],
    }


def page(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what datagrepper answers."""
    arguments = {"categories": ["buildsys"], "delta": 172800, "page": 1, "rows_per_page": 100}
    count = len(messages)
    told = {"arguments": arguments, "count": count, "pages": 2, "raw_messages": messages}
    return {**told, "total": len(MESSAGES)}


def compact(messages: list[dict[str, Any]]) -> str:
    """As the service sends it: no line end, so that the next page begins behind it."""
    return json.dumps(page(messages), separators=(",", ":"))


def pretty(messages: list[dict[str, Any]]) -> str:
    """As a person likes to read it."""
    return json.dumps(page(messages), indent=4) + "\n"


def flat(messages: list[dict[str, Any]]) -> str:
    """A line each, and none indented."""
    return json.dumps(page(messages), indent=0)


def older(messages: list[dict[str, Any]]) -> str:
    """As the older API sends it."""
    return json.dumps(page([stored(message) for message in messages]))


def archive(text: str | bytes) -> list[Any]:
    """Return the parts of a file."""
    return list(parts(read_lines(BytesIO(text.encode() if isinstance(text, str) else text))))


@pytest.mark.parametrize("form", [compact, pretty, flat, older])
def test_pages_hold_the_messages_of_the_bus(
    form: Callable[[list[dict[str, Any]]], str],
) -> None:
    """Pages, one after another and laid out in any way, tell what the recorded bus told."""
    found = archive("".join(map(form, PAGES)))

    assert [read(part.raw) for part in found] == [read(raw) for raw in RECORDED]
    assert found[0].where == ", message 1"
    assert found[-1].where == f", message {len(MESSAGES)}"


def test_what_fedora_messaging_records() -> None:
    """``fedora-messaging record`` writes a message a line, in letters of all scripts."""
    recorded = [*loads("\n".join(map(json.dumps, MESSAGES))), Message({"a": "é€"}, topic="a.b")]
    found = archive("".join(map(dumps, recorded)))

    assert [read(part.raw).id for part in found] == [message.id for message in recorded]
    assert found[-1].where == f":{len(recorded)}"


def test_a_message_of_before_the_headers() -> None:
    """What was stored without headers was sent when it was stored."""
    tag = next(m for m in MESSAGES if m["topic"].endswith(".buildsys.tag"))
    [found] = archive(json.dumps(page([{**stored(tag), "headers": None}])))
    tagging = read(found.raw).tagging

    assert tagging is not None
    assert tagging.moment.at.timestamp() == 1_723_550_400


def test_a_page_that_is_cut_off() -> None:
    """The messages before the cut are there, then why there are no more."""
    text = compact(MESSAGES[:3])
    found = archive(text[: text.index(MESSAGES[2]["id"])])

    assert [read(part.raw).id for part in found[:2]] == [m["id"] for m in MESSAGES[:2]]
    assert found[2].where == ", behind message 2"
    assert found[2].fault.startswith("no page of datagrepper's from here on: ")
    assert "\n" not in found[2].fault


def test_a_page_without_a_message() -> None:
    """Nothing happened in that time, which is no fault."""
    assert archive(pretty([])) == []


@pytest.mark.parametrize(
    "text", [b"<html>gone</html>", b'{"error": "no"}', b"\xff\xfe", b"[]", b"17", b'"raw_messages"']
)
def test_what_is_neither(text: bytes) -> None:
    """It is taken for a line, which the reader of messages refuses."""
    assert archive(text) == [(":1", text, "")]


def test_a_line_that_is_too_long() -> None:
    """It is one part, however many pieces it comes in, and the next line has the next number."""
    assert [p.where for p in parts([b"{" + b" " * 100, b" " * 100, b"}\n", b"{}\n"])] == [
        ":1",
        ":2",
    ]


@given(st.lists(st.integers(0, 400), max_size=8))
def test_pages_in_any_pieces(cuts: list[int]) -> None:
    """Wherever a page is cut in pieces, its messages are the same."""
    text = json.dumps(page([{"id": "a", "topic": "b"}, {"id": "c", "topic": "d"}])).encode()
    pieces = _cut(text, sorted(cuts))

    assert [json.loads(part.raw)["id"] for part in parts(pieces)] == ["a", "c"]


@given(st.binary(max_size=60))
@example(b'{"\xc0\x80":')
@example(b"\xc0\x80")
def test_any_bytes_are_no_surprise(raw: bytes) -> None:
    """Whatever a page holds: parts, and no error."""
    for text in (raw, b'{"raw_messages": [' + raw, b'{"raw_messages": [{"a": "' + raw + b'"}]}'):
        assert all(isinstance(part.raw, bytes) for part in archive(text))


def _cut(text: bytes, cuts: list[int]) -> Iterator[bytes]:
    ends = [*cuts, len(text)]
    return (text[a:b] for a, b in zip(chain([0], ends), ends, strict=False) if a < b)
