# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes an archive, in constant memory however long the log is."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import version
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import msgspec

from adapters.store.archive import EVENTS, MANIFEST, SCHEMA, Line, Manifest, Member
from adapters.store.codec import stored_as
from adapters.store.digest import canonical
from adapters.store.verify import Anchor, Row
from domain.envelope import Event

_encode: Final = msgspec.json.Encoder().encode


def write(
    file: IO[bytes], parts: Iterable[list[Row]], start: Anchor, events: Mapping[str, type[Event]]
) -> Manifest:
    """Write an archive of the events behind ``start``, and return its manifest.

    ``events`` is the catalogue by topic. Raises Invalid where a state is none of ours.
    """
    end, count = start, 0
    with ZipFile(file, "w") as archive:
        with _member(archive, EVENTS) as lines:
            for rows in parts:
                lines.write(b"".join(map(line, rows)))
                count += len(rows)
                end = Anchor(rows[-1][0], bytes(rows[-1][6])) if rows else end
        with _member(archive, SCHEMA) as described:
            described.write(_document(schema(events)))
        manifest = Manifest(
            release=version("elnsync"),
            after=start.position,
            upto=end.position,
            events=count,
            before=start.digest.hex(),
            digest=end.digest.hex(),
            files={EVENTS: lines.member, SCHEMA: described.member},
        )
        with _member(archive, MANIFEST) as said:
            said.write(_document(manifest))
    return manifest


def line(row: Row) -> bytes:
    """Return the line of an event. Raises Invalid where its state has no canonical form."""
    position, stream, version, topic, state, recorded_at, digest = row
    said = msgspec.Raw(canonical(state))
    return _encode(Line(position, stream, version, topic, recorded_at, said, digest.hex())) + b"\n"


def schema(events: Mapping[str, type[Event]]) -> dict[str, Any]:
    """Return the JSON Schema of a line: the state of each topic, and what all have in common."""
    topics = sorted(events)
    states, definitions = msgspec.json.schema_components(
        [stored_as(events[topic]) for topic in topics], ref_template="#/$defs/{name}"
    )
    (common,), lines = msgspec.json.schema_components([Line], ref_template="#/$defs/{name}")
    kinds = [
        {
            "if": {"properties": {"topic": {"const": topic}}},
            "then": {"properties": {"state": state}},
        }
        for topic, state in zip(topics, states, strict=True)
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A line of {EVENTS}",
        "allOf": [common, *kinds],
        "$defs": lines | definitions,
    }


class _Summed:
    """A file that is written, with its size and digest."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._sum = sha256()
        self._size = 0

    def write(self, data: bytes) -> None:
        self._sum.update(data)
        self._size += len(data)
        self._file.write(data)

    @property
    def member(self) -> Member:
        return Member(self._size, self._sum.hexdigest())


@contextmanager
def _member(archive: ZipFile, name: str) -> Iterator[_Summed]:
    info = ZipInfo(name)  # of 1980: the same events are to make the same bytes
    info.compress_type = ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    with archive.open(info, "w", force_zip64=True) as file:
        yield _Summed(file)


def _document(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=2) + b"\n"
