# SPDX-License-Identifier: GPL-3.0-or-later
"""When it is time again."""

from datetime import timedelta

import pytest

from adapters.service.intervals import is_due
from tests.domain.given import time

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("since", "due"), [(0, False), (59, False), (60, True), (-1, True), (-31_536_000, True)]
)
def test_a_clock_that_was_set_back_keeps_nothing_waiting(since: int, due: bool) -> None:
    """What was done in what is the future now is done again: else it would wait until then."""
    assert is_due(time(1_000), MINUTE, time(1_000) + timedelta(seconds=since)) == due


def test_what_was_never_done_is_due() -> None:
    """The first time there is nothing to wait for."""
    assert is_due(None, MINUTE, time(1_000))
