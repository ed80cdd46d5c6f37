# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive says what the log says, in the same bytes each time; no other file passes for it."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import jsonschema  # type: ignore[import-untyped] # it publishes no types
import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.store.archive import EVENTS, MANIFEST, SCHEMA, Manifest
from adapters.store.archive.read import Archive
from adapters.store.archive.write import write
from adapters.store.codec import Codec
from adapters.store.digest import canonical
from adapters.store.log import EventLog
from adapters.store.verify import Anchor, Finding, Row, Verification
from domain import catalogue
from domain.errors import EbsError, Invalid, Refused
from tests.adapters.store.examples import envelopes, queued, tagged
from tests.fixtures.fix_store import Cluster


@pytest.fixture(scope="module")
def stored(cluster: Cluster) -> Iterator[EventLog]:
    """A log of two packages, whose text is not all ASCII."""
    with (
        closing(cluster.create(template=cluster.migrated)) as database,
        EventLog(database.conninfo, catalogue.EVENTS) as log,
    ):
        log.append(envelopes(tagged(1), queued(1), tagged(2, source="git+https://x#é")))
        log.append(envelopes(*map(tagged, range(40)), stream="package:zsh"))
        yield log


def written(log: EventLog, after: int = 0, upto: int | None = None) -> bytes:
    """An archive of a part of the log."""
    file = BytesIO()
    write(file, log.rows(after, upto), log.anchor(after), catalogue.EVENTS)
    return file.getvalue()


def rows_of(content: bytes) -> list[Row]:
    """The rows of an archive."""
    with Archive(BytesIO(content), "a.zip") as archive:
        return [row for part in archive.rows() for row in part]


def findings(content: bytes) -> list[Finding]:
    """What a walk finds in an archive, as far as it can be read."""
    with Archive(BytesIO(content), "a.zip") as archive:
        walk = Verification(archive.manifest.start)
        found: list[Finding] = []
        parts = archive.rows()
        with pytest.raises(Invalid, match="was changed"):
            found.extend(f for part in parts for f in walk.walk(part))
        return found


def repacked(content: bytes, changed: Mapping[str, bytes | None]) -> bytes:
    """The archive with some of its files changed, or gone where None."""
    file = BytesIO()
    with ZipFile(BytesIO(content)) as old, ZipFile(file, "w", ZIP_DEFLATED) as new:
        members: dict[str, bytes | None] = {name: old.read(name) for name in old.namelist()}
        for name, data in {**members, **changed}.items():
            if data is not None:
                new.writestr(name, data)
    return file.getvalue()


def member(content: bytes, name: str) -> bytes:
    """One file of an archive."""
    with ZipFile(BytesIO(content)) as archive:
        return archive.read(name)


def test_it_says_what_the_log_says(stored: EventLog) -> None:
    """Row by row the same, with states in their canonical form, and the chain holds."""
    content = written(stored)
    in_log = [(*row[:4], canonical(row[4]), *row[5:]) for part in stored.rows() for row in part]

    assert rows_of(content) == in_log
    with Archive(BytesIO(content), "a.zip") as archive:
        events = list(archive.events(Codec(catalogue.EVENTS)))
        walk = Verification(archive.manifest.start)
        assert [f for part in archive.rows() for f in walk.walk(part)] == []
        assert walk.head == archive.manifest.end == stored.anchor(43)
    assert events == list(stored.read())


def test_the_same_events_make_the_same_bytes(stored: EventLog) -> None:
    """Whenever and wherever it is written."""
    assert written(stored) == written(stored)
    assert written(stored, 2, 5) == written(stored, 2, 5)


def test_a_part_of_the_log(stored: EventLog) -> None:
    """The manifest tells the digest before the first event, so that the part can be verified."""
    content = written(stored, 2, 5)
    manifest = json.loads(member(content, MANIFEST))

    assert [row[0] for row in rows_of(content)] == [3, 4, 5]
    assert (manifest["after"], manifest["upto"], manifest["events"]) == (2, 5, 3)
    assert manifest["before"] == stored.anchor(2).digest.hex()
    assert manifest["digest"] == stored.anchor(5).digest.hex()


def test_nothing_is_an_archive_too(stored: EventLog) -> None:
    """Of no event at all."""
    content = written(stored, 5, 5)

    assert rows_of(content) == []
    assert member(content, EVENTS) == b""


def test_the_schema_tells_of_every_line(stored: EventLog) -> None:
    """Each line is as the schema within says, and one of another kind is not."""
    content = written(stored)
    validator = jsonschema.Draft202012Validator(json.loads(member(content, SCHEMA)))
    lines = [json.loads(line) for line in member(content, EVENTS).splitlines()]
    assert [error for line in lines for error in validator.iter_errors(line)] == []

    def unfit(line: Any, **changed: Any) -> bool:
        return not validator.is_valid(line | changed)

    assert unfit(lines[0], position="1")
    assert unfit(lines[0], topic="queued")
    assert unfit(lines[1], state={"meta": lines[1]["state"]["meta"], "data": {}})


# --- what is no archive ------------------------------------------------------------------------


@given(data=st.data())
def test_a_flipped_byte_is_found(stored: EventLog, data: st.DataObject) -> None:
    """Whatever byte of the file is another one: an error, or the very same rows."""
    content = bytearray(whole := written(stored, 0, 6))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    try:
        rows = rows_of(bytes(content))
    except EbsError:
        return
    assert rows == rows_of(whole)


@given(keep=st.floats(0, 1, exclude_max=True))
@example(keep=0.0)
def test_a_truncated_file_is_refused(stored: EventLog, keep: float) -> None:
    """However much of it is there, the rest is missed, and nothing of it is taken."""
    whole = written(stored, 0, 6)
    with pytest.raises(Invalid, match="no archive of 'ebs export', or only a part of one"):
        rows_of(whole[: int(keep * len(whole))])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"plain text\n",
        repacked(written_empty := b"PK\x05\x06" + bytes(18), {"mimetype": b"application/epub+zip"}),
        repacked(written_empty, {MANIFEST: b"{}"}),
        repacked(written_empty, {MANIFEST: b"[1"}),
        repacked(written_empty, {MANIFEST: b'{"format": "other", "version": 1}'}),
        repacked(written_empty, {MANIFEST: b'{"format": "ebs-log", "version": 1}'}),
    ],
    ids=["empty", "text", "zip", "no manifest", "no JSON", "other", "half"],
)
def test_a_foreign_file_is_refused(content: bytes) -> None:
    """With the reason, and no error of the standard library's."""
    with pytest.raises(Invalid, match="no archive of 'ebs export'"):
        rows_of(content)


@pytest.mark.parametrize(
    "changed",
    [
        {EVENTS: None},
        {MANIFEST: None},
        {MANIFEST: (b'"digest": "', b'"digest": "no')},
        {MANIFEST: (EVENTS.encode(), b"else")},
    ],
    ids=["no events", "no manifest", "no digest", "other files"],
)
def test_an_archive_lacks_nothing(stored: EventLog, changed: Mapping[str, Any]) -> None:
    """What the manifest tells of must be there, and be told in full."""
    content = written(stored)
    new = {
        name: member(content, name).replace(*swap) if swap else None
        for name, swap in changed.items()
    }
    with pytest.raises(Invalid):
        rows_of(repacked(content, new))


def test_an_archive_of_a_newer_release_is_refused(stored: EventLog) -> None:
    """With what to do, for the file is sound."""
    content = written(stored)
    manifest = json.loads(member(content, MANIFEST)) | {"version": 2, "files": []}
    with pytest.raises(Refused, match="newer release"):
        rows_of(repacked(content, {MANIFEST: json.dumps(manifest).encode()}))


@pytest.mark.parametrize(
    ("tampered", "at"),
    [
        (lambda lines: [*lines[:4], lines[4].replace(b"f41", b"f42"), *lines[5:]], 5),
        (lambda lines: [*lines[:4], *lines[5:]], 6),
        (lambda lines: [*lines[:5], *lines[4:]], 5),
        (lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]], 6),
        (lambda lines: [*lines[:4], lines[4].replace(b"f41", b"f4\\u0031"), *lines[5:]], None),
    ],
    ids=["changed", "dropped", "doubled", "swapped", "spelt otherwise"],
)
def test_who_packs_it_anew_is_found_out(stored: EventLog, tampered: Any, at: int | None) -> None:
    """By the chain, which names the row, and by the digest of the file."""
    content = written(stored)
    lines = tampered(member(content, EVENTS).splitlines(keepends=True))
    found = findings(repacked(content, {EVENTS: b"".join(lines)}))

    assert (found[0].position if found else None) == at


@pytest.mark.parametrize(
    "harm",
    [
        lambda _: b'{"position": 5}\n',
        lambda line: line.replace(b"{", b'{"more": ' + b"[" * 5000 + b"]" * 5000 + b",", 1),
        lambda line: re.sub(rb'(recorded_at":")[^"]*', rb"\g<1>0001-01-01T00:00:00+14:00", line),
    ],
    ids=["of no event", "too deep", "before all time"],
)
def test_a_line_that_cannot_be_read_is_named(stored: EventLog, harm: Any) -> None:
    """By its number; what comes before it is not taken for the whole."""
    lines = member(content := written(stored), EVENTS).splitlines(keepends=True)
    broken = b"".join([*lines[:4], harm(lines[4]), *lines[5:]])
    with pytest.raises(Invalid, match=r"line 5 of events\.jsonl in a\.zip cannot be read"):
        rows_of(repacked(content, {EVENTS: broken}))


def test_what_was_in_the_first_release_stays() -> None:
    """A manifest of the first layout can be read for ever."""
    text = (
        b'{"format":"ebs-log","version":1,"release":"0.1.0","after":0,"upto":0,"events":0,'
        b'"before":"00","digest":"00","files":{}}'
    )
    manifest = msgspec.json.decode(text, type=Manifest)
    assert manifest.start == Anchor(0, b"\0")
