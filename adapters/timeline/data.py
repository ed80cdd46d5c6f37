# SPDX-License-Identifier: GPL-3.0-or-later
"""A timeline for programs: JSON of the whole, CSV of its marks.

JSON has the keys of the model in ``projections/timeline/model.py`` (times are ISO 8601 in UTC,
lengths ISO 8601 durations) and ``source``, by which it can be made again. Keys are only added.
"""

import csv
import json
from collections.abc import Iterator
from io import StringIO
from typing import Final

import msgspec
from rich.console import Console

from adapters.tables import csv_cell
from adapters.timeline.words import Source
from projections.timeline import Lane, Mark, Timeline, Track

COLUMNS: Final = (
    "number",
    "lane",
    "track",
    "shape",
    "tone",
    "since",
    "until",
    "begins_before",
    "ends_after",
    "what",
    "said",
    "subjects",
    "count",
    "attempt",
    "actors",
    "cause",
    "causation",
    "events",
    "first",
    "last",
)
"""The columns of CSV, a row a mark; ``events`` says how many it stands for, from ``first`` on."""


def json_lines(timeline: Timeline, source: Source, _: Console) -> Iterator[str]:
    """Yield the whole as one line of JSON, in ASCII."""
    document = {"source": source, **msgspec.to_builtins(timeline)}
    text = json.dumps(msgspec.to_builtins(document), ensure_ascii=True)
    yield text.replace("\x7f", "\\u007f")


def csv_lines(timeline: Timeline, _: Source, __: Console) -> Iterator[str]:
    """Yield a row a mark."""
    table = StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    for lane, track, mark in timeline.placed():
        writer.writerow(map(csv_cell, _row(lane, track, mark)))
    yield from table.getvalue().splitlines()


def _row(lane: Lane, track: Track, mark: Mark) -> tuple[object, ...]:
    own = mark.positions
    first, last = (own[0], own[-1]) if own else (None, None)
    counted = {"lane": lane.name, "track": track.name, "events": len(own)}
    fields = {**msgspec.structs.asdict(mark), **counted, "first": first, "last": last}
    return tuple(fields[name] for name in COLUMNS)
