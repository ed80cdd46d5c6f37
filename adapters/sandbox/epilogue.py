# SPDX-License-Identifier: GPL-3.0-or-later
"""How the story goes on for those who look: a quiet day of Rawhide, a minute of it each second."""

from datetime import timedelta
from itertools import count
from typing import Final

from adapters.sandbox.incident import Story
from adapters.sandbox.scenario import AFTERWARDS
from adapters.sandbox.stage import Stage

MINUTE: Final = timedelta(minutes=1)

EVERY: Final = 10
"""Minutes between two times that something comes into Rawhide."""

COME: Final = 3
"""Builds that come then, of which one is broken the first time, the third and so on."""

BEGUN: Final = 35
"""Minutes that are over when somebody begins to look: something is built, some of it failed."""


class Epilogue:
    """Lets the story go on, minute by minute."""

    def __init__(self, stage: Stage, story: Story) -> None:
        self._stage, self._story = stage, story
        self._minutes = count()
        stage.clock.at(AFTERWARDS)

    def minute(self) -> None:
        """Let a minute pass: builds come, the worker makes a pass, Koji and Bodhi go on."""
        number, until = next(self._minutes), self._stage.clock() + MINUTE
        if number % EVERY == 0:
            lines = self._story.later(until, COME, broken=(number // EVERY + 1) % 2)
            for _ in self._stage.ingest(f"later-{number}", lines):
                pass
        self._stage.clock.at(until)
        self._stage.work()
