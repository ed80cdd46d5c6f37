# SPDX-License-Identifier: GPL-3.0-or-later
"""How long ago something was, told in one unit; two of it at least."""

from datetime import timedelta

import pytest

from adapters.web.pages.times import ago
from tests.domain.given import DAY, time


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(), "0 s ago"),
        (timedelta(seconds=1.6), "2 s ago"),
        (timedelta(seconds=119), "119 s ago"),
        (timedelta(seconds=120), "2 min ago"),
        (timedelta(minutes=119), "119 min ago"),
        (timedelta(hours=2), "2 h ago"),
        (timedelta(hours=47), "47 h ago"),
        (timedelta(days=835, hours=5), "835 d ago"),
        (timedelta(minutes=-5), "in 5 min"),
    ],
)
def test_how_long_ago(passed: timedelta, said: str) -> None:
    """Of what is to come, in how long."""
    assert ago(time(DAY), time(DAY) + passed) == said
