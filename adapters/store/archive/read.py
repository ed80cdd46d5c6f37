# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads an archive, and refuses what is none, only a part of one, or was changed."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from hashlib import sha256
from io import BufferedReader
from itertools import islice
from typing import IO, Final, Self
from zipfile import BadZipFile, ZipFile

import msgspec
from msgspec import Struct

from adapters.errors import UNREADABLE
from adapters.store.archive import EVENTS, FORMAT, MANIFEST, VERSION, Line, Manifest
from adapters.store.codec import Codec
from adapters.store.verify import Row
from domain.envelope import Recorded
from domain.errors import Invalid, Refused

LONGEST: Final = 64 * 1024 * 1024
"""Bytes of a line; a whole package list has a hundredth of it."""

_PART: Final = 2_000
_BUFFER: Final = 1 << 20
_BROKEN: Final = (
    BadZipFile,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    struct.error,
    ValueError,
    zlib.error,
)
"""What the standard library raises at a zip file that is cut off, damaged, encrypted or foreign."""

_decode: Final = msgspec.json.Decoder(Line).decode


class Archive:
    """An archive that is open for reading; ``name`` is what it is called in errors.

    Raises Invalid for a file that is none, Refused for one of a newer release.
    """

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._name = name
        try:
            self._file = ZipFile(file)
        except _BROKEN as error:
            raise self._broken(error) from error
        self.manifest = self._manifest()

    def rows(self) -> Iterator[list[Row]]:
        """Yield the rows in parts, in constant memory.

        Raises Invalid where they cannot be read, or at the end where they are not those that the
        manifest tells of.
        """
        summed = sha256()
        with self._opened(EVENTS) as file:
            numbered = enumerate(iter(lambda: file.readline(LONGEST), b""), 1)
            while part := self._part(numbered):
                summed.update(b"".join(line for _, line in part))
                yield [self._row(number, line) for number, line in part]
        if summed.hexdigest() != self.manifest.files[EVENTS].sha256:
            raise Invalid(
                f"{self._name} was changed after it was written",
                why=f"{EVENTS} has not the SHA-256 that {MANIFEST} names",
                do="'ebs verify' names the rows that were changed, if any was; take another copy",
            )

    def events(self, codec: Codec) -> Iterator[Recorded]:
        """Yield the events. Raises as `rows`, and as the codec does."""
        for rows in self.rows():
            for position, stream, version, topic, state, recorded_at, _ in rows:
                envelope = codec.envelope(stream, version, topic, state)
                yield Recorded(position, envelope, recorded_at)

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _part(self, numbered: Iterator[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        try:
            return list(islice(numbered, _PART))
        except _BROKEN as error:
            raise self._broken(error) from error

    def _row(self, number: int, line: bytes) -> Row:
        try:
            read = _decode(line)
            recorded_at = read.recorded_at.astimezone(UTC)
            digest = bytes.fromhex(read.digest)
        except (*UNREADABLE, OverflowError, ValueError) as error:
            what = f"line {number} of {EVENTS} in {self._name} cannot be read"
            raise Invalid(what, why=str(error), do="take another copy") from error
        return (
            read.position,
            read.stream,
            read.version,
            read.topic,
            bytes(read.state),
            recorded_at,
            digest,
        )

    def _manifest(self) -> Manifest:
        with self._opened(MANIFEST) as file:
            try:
                text = file.read(LONGEST)
                self._check(msgspec.json.decode(text, type=_Kind))
                manifest = msgspec.json.decode(text, type=Manifest)
                if EVENTS not in manifest.files or manifest.start > manifest.end:
                    raise self._broken("its manifest names no events")
            except (*_BROKEN, msgspec.MsgspecError) as error:
                raise self._broken(error) from error
        return manifest

    def _check(self, kind: "_Kind") -> None:
        if kind.format != FORMAT:
            raise self._broken(f"its manifest is of {kind.format[:40]!r}")
        if kind.version > VERSION:
            raise Refused(
                f"{self._name} is of a newer release",
                why=f"its layout is {kind.version}, this release knows {VERSION}",
                do="use the release that wrote it, or a newer one",
            )

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        try:
            member = self._file.open(name)
        except _BROKEN as error:
            raise self._broken(error) from error
        with member, BufferedReader(member, _BUFFER) as buffered:  # type: ignore[type-var] # reads
            yield buffered

    def _broken(self, why: object) -> Invalid:
        return Invalid(
            f"{self._name} is no archive of 'ebs export', or only a part of one",
            why=str(why),
            do="take another copy, or export it again",
        )


class _Kind(Struct, frozen=True):
    """What says which layout the rest has."""

    format: str
    version: int
