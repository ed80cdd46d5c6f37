# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches: kept as they go, rebuilt alike, one open at a time."""

import pytest

from adapters.service.journal import Journal, batch_draft
from adapters.service.operation import Operation
from adapters.store.log import EventLog
from domain.batch import Batch
from domain.batch.events import BatchEvent, BuildRequested, Finished, Planned, PlannedBuild
from domain.errors import Conflict
from projections import batches
from tests.domain.given import MIDNIGHT

BUILD = PlannedBuild("bash", 1, "bash-1-1.fc42", "git+https://src.example/rpms/bash#1")
BEGUN = Planned((BUILD,), "eln", "live")


def record(journal: Journal, number: int, *events: BatchEvent) -> None:
    """Record events of a batch."""
    meta = Operation("ebs", "service", MIDNIGHT).meta()
    journal.record(lambda _: [batch_draft(number, event, meta) for event in events])


def held(log: EventLog) -> tuple[dict[int, Batch], Batch | None, int]:
    """What the projection holds: every batch, the open one, the last number."""
    with log.reading() as cursor:
        return (
            batches.load(cursor, range(9)),
            batches.load_open(cursor),
            batches.last_number(cursor),
        )


def test_a_batch_is_kept(journal: Journal, log: EventLog) -> None:
    """Each append carries it along; the open one is found, and the next number follows."""
    record(journal, 1, BEGUN, Finished(1, 0))
    record(journal, 2, BEGUN)
    record(journal, 2, BuildRequested((1,), MIDNIGHT))

    known, running, last = held(log)
    assert [(b.number, b.version, b.open) for b in known.values()] == [(1, 2, False), (2, 2, True)]
    assert (running, last) == (known[2], 2)


def test_rebuilt_it_is_the_same(journal: Journal, log: EventLog) -> None:
    """The batches kept equal those read from the log anew."""
    record(journal, 1, BEGUN, BuildRequested((1,), MIDNIGHT), Finished(0, 1))
    record(journal, 2, BEGUN)
    kept = held(log)
    journal.rebuild()

    assert held(log) == kept


def test_two_are_never_open(journal: Journal, log: EventLog) -> None:
    """The database refuses a second one, and nothing of it is recorded."""
    record(journal, 1, BEGUN)
    with pytest.raises(Conflict):
        record(journal, 2, BEGUN)
    assert held(log)[2] == 1
