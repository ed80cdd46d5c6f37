# SPDX-License-Identifier: GPL-3.0-or-later
"""A made-up past as a log in a database: chained, copied in, and indexed."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from adapters.store.connections import Connection
from adapters.store.digest import GENESIS, at_time, chain
from domain.values import DAWN
from tests.bench.audit.past import Row

BLOCK: Final = 2_000
"""Rows sent at a time."""

INDEXES: Final = Path(__file__).with_name("indexes.sql").read_bytes()
COPY: Final = (
    "copy events (position, stream, version, topic, state, recorded_at, digest) from stdin"
)


def fill(owner: Connection, rows: Iterable[Row]) -> None:
    """Copy events into an empty log as its owner, without indexes, which are made at the end."""
    definitions = _drop_indexes(owner)
    owner.execute("set synchronous_commit = off")
    owner.execute("set maintenance_work_mem = '1GB'")
    with owner.cursor() as cursor, cursor.copy(COPY) as copy:
        for block in lines(rows):
            copy.write(block)
    for definition in definitions:
        owner.execute(definition.encode())
    owner.execute("vacuum analyze events")


def lines(rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield the rows as COPY reads them, in blocks, each with its position and digest."""
    digest, now, time = GENESIS, DAWN, b""
    block: list[bytes] = []
    for position, (stream, version, topic, state, recorded_at) in enumerate(rows, 1):
        if recorded_at != now:
            now, time = recorded_at, at_time(recorded_at)
        digest = chain(digest, stream, version, topic, state, time=time)
        start = f"{position}\t{stream}\t{version}\t{topic}\t".encode()
        said = state.replace(b"\\", b"\\\\")
        block.append(b"%b%b\t%b\t\\\\x%b\n" % (start, said, time, digest.hex().encode()))
        if len(block) == BLOCK:
            yield b"".join(block)
            block.clear()
    yield b"".join(block)


def _drop_indexes(owner: Connection) -> list[str]:
    """Drop them and return how they are made."""
    found = owner.execute(INDEXES).fetchall()
    for drop, _ in found:
        owner.execute(drop.encode())
    return [make for _, make in found]
