# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads an archive of messages into the inbox and turns them into facts, chunk by chunk.

Whatever happens, a chunk is taken whole or is read again next time; the message ids see to it that
nothing counts twice.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from typing import BinaryIO, Final

from adapters.ahead import one_ahead
from adapters.ports import Bus, InboxMessage
from adapters.ports.archive import Archive, Part
from adapters.service.facts import Facts, Outcome, Read
from domain.errors import Invalid

CHUNK: Final = 2_000
"""Messages taken in one transaction."""

FAULTS_TOLD: Final = 10
"""Of many that are rejected, how many are told in full."""

LONGEST_LINE: Final = 1024 * 1024
"""Bytes; a build message with its whole task tree has some tens of thousands."""

CHUNK_BYTES: Final = 32 * 1024 * 1024
"""Bytes of messages taken in one transaction; with CHUNK it bounds memory."""


def read_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file; one that is too long in pieces, none of which is a message."""
    return iter(partial(file.readline, LONGEST_LINE), b"")


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

    def __init__(self, facts: Facts, bus: Bus, archive: Archive) -> None:
        self._facts = facts
        self._bus = bus
        self._archive = archive
        self.faults: list[str] = []

    def lines(self, lines: Iterable[bytes], name: str) -> Iterator[Report]:
        """Take the lines of the file ``name``; yield the report so far after each chunk.

        What is wrong with the first that are rejected can be read from ``faults``.
        """
        report = Report()
        self.faults.clear()
        self._facts.drain()

        def read(chunk: list[Part]) -> list[Read]:
            return [self._read(part, name) for part in chunk if part.raw.strip() or part.fault]

        for reads in one_ahead(read, _chunks(self._archive(lines))):
            report.add(self._take(reads))
            yield report
        yield report

    def _take(self, reads: list[Read]) -> Counter[Outcome]:
        """Take some messages; those that cannot be read are rejected each time, all else once.

        What tells nothing of a watched tag is only counted.
        """
        relevant = [read for read in reads if read.tagging or read.fault]
        outcomes = self._facts.take(relevant)
        outcomes["ignored"] += len(reads) - len(relevant)
        outcomes["rejected"] = sum(bool(read.fault) for read in relevant)
        outcomes["duplicate"] += len(reads) - outcomes.total()
        return outcomes

    def _read(self, part: Part, name: str) -> Read:
        origin, raw = f"{name}{part.where}", part.raw
        if part.fault:
            return self._rejected(raw, origin, part.fault)
        try:
            heard = self._bus.read(raw)
        except Invalid as error:
            return self._rejected(raw, origin, str(error))
        message = InboxMessage(heard.id, heard.topic, raw, origin)
        read = self._facts.weigh(message, heard.tagging)
        return self._rejected(raw, origin, read.fault) if read.fault else read

    def _rejected(self, raw: bytes, origin: str, fault: str) -> Read:
        """Keep what cannot be read under a name of its own: its id may be another's."""
        named = sha256(raw or f"{origin}: {fault}".encode()).hexdigest()
        if len(self.faults) < FAULTS_TOLD:
            self.faults.append(f"{origin}: {fault}")
        return Read(InboxMessage(f"line:{named}", "", raw, origin), fault=fault)
