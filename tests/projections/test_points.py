# SPDX-License-Identifier: GPL-3.0-or-later
"""Points in time: a time stands for the last event on record by then, found at the same cost."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg import Cursor

from adapters.service.journal import Journal
from adapters.store.connections import connect
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from domain.errors import Invalid, NotFound
from domain.values import DAWN
from projections.points import AsOf, Span, as_of, position_at, recorded_at, span
from projections.sql import statement
from tests.domain.given import tagged
from tests.projections.writing import draft, record

TICK = timedelta(microseconds=1)


@pytest.fixture
def times(journal: Journal, log: EventLog) -> list[datetime]:
    """Five appends, the third of them of three events; when each of the seven was recorded."""
    for number in range(5):
        builds = [tagged(3 * number + more, 0) for more in range(3 if number == 2 else 1)]
        with journal.look() as view:
            journal.append(view, map(draft, builds))
    found = [each.recorded_at for each in log.read()]
    assert len(set(found)) == 5
    return [at for at in found if at is not None]


def test_a_time_stands_for_the_last_event_on_record(log: EventLog, times: list[datetime]) -> None:
    """At, just before and just after every event, and what one append recorded stays together."""
    with log.reading() as cursor:
        for at in (each + shift for each in times for shift in (-TICK, TICK * 0, TICK)):
            assert position_at(cursor, at) == sum(each <= at for each in times)


def test_before_the_first_event_nothing_is_on_record(log: EventLog, times: list[datetime]) -> None:
    """Position 0, whether it was named or is what a time stands for."""
    early = times[0] - timedelta(days=400)
    with log.reading() as cursor:
        assert as_of(cursor, early) == AsOf(0, early)
        assert as_of(cursor, 0) == AsOf(0, DAWN)


def test_an_empty_log_ends_at_0(log: EventLog) -> None:
    """Every time, and every span, stands for nothing."""
    with log.reading() as cursor:
        assert position_at(cursor, DAWN.replace(year=2024)) == 0
        assert span(cursor, None, None) == Span(0, 0)


def test_a_time_to_come_stands_for_all_that_is_on_record(
    log: EventLog, times: list[datetime]
) -> None:
    """What will be recorded by then nobody knows."""
    later = times[-1] + timedelta(days=400)
    with log.reading() as cursor:
        assert as_of(cursor, later) == AsOf(7, later)


def test_a_position_has_the_time_of_its_event(log: EventLog, times: list[datetime]) -> None:
    """It is exact also in the middle of what was recorded at once."""
    with log.reading() as cursor:
        assert as_of(cursor, 4) == AsOf(4, times[3])
        assert recorded_at(cursor, 7) == times[6]


def test_a_position_past_the_end_is_not_found(log: EventLog, times: list[datetime]) -> None:
    """Whoever names one is told where the log ends."""
    with log.reading() as cursor:
        for ask in (as_of, lambda c, p: span(c, p, None), lambda c, p: span(c, None, p)):
            with pytest.raises(NotFound, match="the log ends at 7"):
                ask(cursor, 8)


def test_a_span_has_both_its_ends(log: EventLog, times: list[datetime]) -> None:
    """From a position or time on, up to and with another; without them from end to end."""
    with log.reading() as cursor:
        assert span(cursor, None, None) == Span(0, 7)
        assert span(cursor, 2, 4) == Span(1, 4)
        assert span(cursor, 3, 3) == Span(2, 3)
        assert span(cursor, 0, 0) == Span(0, 0)
        assert span(cursor, times[2], times[2]) == Span(2, 5)
        assert span(cursor, times[2] + TICK, times[5] - TICK) == Span(5, 5)
        assert span(cursor, 6, times[6]) == Span(5, 7)


def test_a_start_after_the_end_is_refused(log: EventLog, times: list[datetime]) -> None:
    """By position, by time, by one of each, and also where nothing lies between them."""
    late = times[-1] + timedelta(days=1)
    with log.reading() as cursor:
        for start, end in ((5, 3), (times[6], times[0]), (7, times[0]), (late + TICK, late)):
            with pytest.raises(Invalid, match="the start comes after the end"):
                span(cursor, start, end)


def test_a_gap_is_noticed(log: EventLog, times: list[datetime], database: Database) -> None:
    """Where an event was taken out of the log, no position is made up."""
    with connect(database.owner_conninfo) as owner:
        owner.execute("ALTER TABLE events DISABLE TRIGGER events_append_only")
        owner.execute("DELETE FROM events WHERE position = 4")
    with log.reading() as cursor, pytest.raises(Invalid, match="the log has a gap"):
        position_at(cursor, times[0])


def test_the_cost_does_not_grow_with_the_log(journal: Journal, log: EventLog) -> None:
    """A log of 6,000 events costs a few more pages than one of 60, not a hundred times as many."""
    record(journal, [tagged(number, number) for number in range(60)])
    few = _pages(log, 30)
    with journal.look() as view:
        journal.append(view, [draft(tagged(n, n, package=f"package-{n}")) for n in range(6_000)])
    assert _pages(log, 3_000) < few + 30


def _pages(log: EventLog, position: int) -> int:
    """Return how many pages of the database it takes to find a position by its time."""
    with log.reading() as cursor:
        return _touched(cursor, recorded_at(cursor, position))


def _touched(cursor: Cursor[Any], at: datetime) -> int:
    explain = b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + statement("position_at")
    [(found,)] = cursor.execute(explain, {"at": at}).fetchall()
    plan = json.loads(found)[0] if isinstance(found, str) else found[0]
    return int(plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"])
