# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a file of messages into the inbox and turns them into facts, chunk by chunk.

Whatever happens, a chunk is taken whole or is read again next time; the message ids see to it that
nothing counts twice.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import BinaryIO, Final

from adapters.ahead import one_ahead
from adapters.service.facts import LONGEST, Facts, Outcome, Read

CHUNK: Final = 2_000
"""Lines taken in one transaction."""

FAULTS_TOLD: Final = 10
"""Of many rejected lines, how many are told in full."""

CHUNK_BYTES: Final = 32 * 1024 * 1024
"""Bytes of lines taken in one transaction; with CHUNK it bounds memory."""


def read_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file; of one that is too long only the start, which is no message."""
    while line := file.readline(LONGEST):
        yield line
        while len(line) == LONGEST and not line.endswith(b"\n"):
            line = file.readline(LONGEST)


def _chunks(numbered: Iterable[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    """Yield numbered lines in lists that are neither too long nor too large."""
    chunk: list[tuple[int, bytes]] = []
    size = 0
    for number, line in numbered:
        chunk.append((number, line))
        size += len(line)
        if len(chunk) == CHUNK or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


@dataclass(slots=True)
class Report:
    """What became of the lines read; ``read`` is the sum of the next four."""

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
    """Takes lines of JSON, each a message in fedora-messaging's dump format."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self.faults: list[str] = []

    def lines(self, lines: Iterable[bytes], name: str) -> Iterator[Report]:
        """Take the lines of the file ``name``; yield the report so far after each chunk.

        What is wrong with the first lines that are rejected can be read from ``faults``.
        """
        report = Report()
        self.faults.clear()
        self._facts.drain()

        def read(chunk: list[tuple[int, bytes]]) -> list[Read]:
            return [self._read(line, f"{name}:{number}") for number, line in chunk if line.strip()]

        for reads in one_ahead(read, _chunks(enumerate(lines, start=1))):
            report.add(self._take(reads))
            yield report
        yield report

    def _take(self, reads: list[Read]) -> Counter[Outcome]:
        """Take some lines; those that cannot be read are rejected each time, all else counts once.

        What tells nothing of a watched tag is only counted.
        """
        relevant = [read for read in reads if read.matters]
        outcomes = self._facts.take(relevant)
        outcomes["ignored"] += len(reads) - len(relevant)
        outcomes["rejected"] = sum(bool(read.fault) for read in relevant)
        outcomes["duplicate"] += len(reads) - outcomes.total()
        return outcomes

    def _read(self, line: bytes, origin: str) -> Read:
        read = self._facts.hear(line, origin)
        if read.fault and len(self.faults) < FAULTS_TOLD:
            self.faults.append(f"{origin}: {read.fault}")
        return read
