# SPDX-License-Identifier: GPL-3.0-or-later
"""A small storm: a kill, a restart of the database and a cut. ``make chaos`` is the large one."""

import tempfile
from contextlib import closing
from pathlib import Path

from adapters.store.embedded import open_database
from tests.chaos.storm import Storm
from tests.fixtures.bus import Bus

SOME = 400
"""Messages."""


def test_each_message_comes_to_one_fact_and_one_verdict(bus: Bus) -> None:
    """Whatever dies between the broker and the log, nothing is lost and nothing is double."""
    with tempfile.TemporaryDirectory(prefix="ebs-") as name:
        folder = Path(name)
        with closing(open_database(folder / "state")) as database:
            figures = Storm(folder, database, bus).rage(SOME, ("kill", "database", "cut"))

    assert figures.taggings == figures.verdicts == (SOME, SOME)
    assert (figures.left, figures.lost, figures.double) == (0, 0, 0)
