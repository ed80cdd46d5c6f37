# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads an archive of messages into the inbox and turns them into facts, chunk by chunk.

Whatever happens, a chunk is taken whole or is read again next time; the message ids see to it that
nothing counts twice.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain
from typing import BinaryIO, Final

from adapters.ahead import one_ahead
from adapters.ports.archive import Archive, Part
from adapters.service.facts import LONGEST, Facts, Outcome, Read, unnamed
from adapters.service.journal import CHUNK
from domain.errors import Invalid

FAULTS_TOLD: Final = 10
"""Of many that are rejected, how many are told in full."""

CHUNK_BYTES: Final = 32 * 1024 * 1024
"""Bytes of messages taken in one transaction; with CHUNK it bounds memory."""

Take = Callable[[list[Read]], Counter[Outcome]]
"""What is done with messages that matter; it returns what became of those that are new."""

PACKED: Final = {
    b"\x1f\x8b": "zcat",
    b"\xfd7zXZ\0": "xzcat",
    b"\x28\xb5\x2f\xfd": "zstdcat",
    b"BZh": "bzcat",
    b"PK\x03\x04": "unzip -p",
    b"\xff\xfe": "iconv -f UTF-16 -t UTF-8",
    b"\xfe\xff": "iconv -f UTF-16 -t UTF-8",
}
"""How a file begins that is to be unpacked first, and what does it; no JSON begins so."""


def read_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file; one that is too long in pieces, none of which is a message."""
    return iter(partial(file.readline, LONGEST), b"")


def read_text(file: BinaryIO) -> Iterator[bytes]:
    """Return the lines of a file that people name.

    Raises Invalid for one that is packed: each of its lines would be on record as rejected.
    """
    lines = read_lines(file)
    first = next(lines, b"")
    for begin, unpacking in PACKED.items():
        if first.startswith(begin):
            raise Invalid(
                "the file is no lines of JSON; nothing of it was taken",
                why=f"it begins as what '{unpacking}' reads",
                do=f"unpack it: {unpacking} FILE | ebs ...  with - in place of FILE",
            )
    return chain([first], lines)


def _chunks(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Yield parts in lists that are neither too long nor too large."""
    chunk: list[Part] = []
    size = 0
    for part in parts:
        chunk.append(part)
        size += len(part.raw)
        if len(chunk) == CHUNK or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


@dataclass(slots=True)
class Report:
    """What became of the messages read; ``read`` is the sum of the next four."""

    read: int = 0
    recorded: int = 0
    duplicates: int = 0
    ignored: int = 0
    rejected: int = 0
    position: int = 0

    def as_dict(self) -> dict[str, int]:
        """Return the report as it is printed."""
        return asdict(self)

    def add(self, outcomes: Counter[Outcome]) -> None:
        """Count outcomes."""
        self.read += outcomes.total()
        self.recorded += outcomes["recorded"]
        self.duplicates += outcomes["duplicate"]
        self.ignored += outcomes["ignored"]
        self.rejected += outcomes["rejected"]


class Ingest:
    """Takes archives of messages."""

    def __init__(self, facts: Facts, archive: Archive) -> None:
        self._facts = facts
        self._archive = archive
        self.faults: list[str] = []

    def lines(
        self, lines: Iterable[bytes], name: str, *, rehearse: bool = False
    ) -> Iterator[Report]:
        """Take the lines of the file ``name``; yield the report so far after each chunk.

        What is wrong with the first that are rejected can be read from ``faults``. To ``rehearse``
        is to report the same and record nothing.
        """
        report = Report()
        self.faults.clear()
        if rehearse:
            take: Take = partial(self._facts.foresee, told=set())
        else:
            take = self._facts.take
            self._facts.drain()

        def read(chunk: list[Part]) -> list[Read]:
            return [self._read(part, name) for part in chunk if part.raw.strip() or part.fault]

        for reads in one_ahead(read, _chunks(self._archive(lines))):
            report.add(_outcomes(reads, take))
            yield report
        yield report

    def _read(self, part: Part, name: str) -> Read:
        origin = f"{name}{part.where}"
        if part.fault:
            read = Read(unnamed(part.raw or origin.encode(), origin), fault=part.fault)
        else:
            read = self._facts.hear(part.raw, origin)
        if read.fault and len(self.faults) < FAULTS_TOLD:
            self.faults.append(f"{origin}: {read.fault}")
        return read


def _outcomes(reads: list[Read], take: Take) -> Counter[Outcome]:
    """Take some messages; those that cannot be read are rejected each time, all else once.

    What tells nothing of a watched tag is only counted.
    """
    relevant = [read for read in reads if read.matters]
    outcomes = take(relevant)
    outcomes["ignored"] += len(reads) - len(relevant)
    outcomes["rejected"] = sum(bool(read.fault) for read in relevant)
    outcomes["duplicate"] += len(reads) - outcomes.total()
    return outcomes
