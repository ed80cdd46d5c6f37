# SPDX-License-Identifier: GPL-3.0-or-later
"""The axis of a picture: round times, however long and however far away the window is."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.timeline.layout import LEFT, RIGHT, TICKS, WIDTH, Tick, laid_out
from projections.timeline import Window
from tests.projections.timeline.given import drawn

FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)
times = st.datetimes(timezones=st.just(UTC))


def axis(since: datetime, until: datetime) -> tuple[Tick, ...]:
    """Return the axis of a window between two times."""
    return laid_out(replace(drawn(), window=Window(0, 0, since, until))).ticks


@given(times, times)
@example(FIRST, LAST)
@example(LAST - timedelta(hours=5), LAST)
@example(FIRST, FIRST)
def test_there_are_some_ticks_and_each_is_another_time(one: datetime, other: datetime) -> None:
    """From left to right, within the picture, no more than there is room for."""
    ticks = axis(min(one, other), max(one, other))

    assert len(ticks) <= TICKS + 1
    assert all(LEFT <= tick.x <= WIDTH - RIGHT for tick in ticks)
    assert all(before.x < after.x for before, after in pairwise(ticks))


@pytest.mark.parametrize(
    ("since", "until", "labels"),
    [
        ("2024-08-13T21:30", "2024-08-14T03:00", ["08-13 22:00", "23:00", "08-14 00:00"]),
        ("2024-12-30T00:00", "2025-01-06T00:00", ["2024-12-30", "2024-12-31", "2025-01-01"]),
        ("2024-01-01T00:00", "9999-01-01T00:00", ["2991-08-17", "3988-07-02", "4985-05-17"]),
    ],
)
def test_a_tick_says_when_it_is(since: str, until: str, labels: list[str]) -> None:
    """Within a day its time, and a date where one begins; else the date, with its year."""
    ticks = axis(*(datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (since, until)))

    assert [tick.label for tick in ticks][: len(labels)] == labels
