# SPDX-License-Identifier: GPL-3.0-or-later
"""After the demo its story goes on, for those who look."""

from collections import Counter

import pytest

from adapters.sandbox import demo
from adapters.sandbox.epilogue import BEGUN, Epilogue
from adapters.sandbox.incident import Story
from adapters.sandbox.stage import Stage
from tests.adapters.sandbox.test_demo import told
from tests.sim import sample


def test_there_is_something_to_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """When somebody begins to look something is published, something failed, something goes on."""
    told(monkeypatch, sample.story())
    seen: list[Counter[str]] = []

    def look(stage: Stage, story: Story) -> None:
        epilogue = Epilogue(stage, story)
        seen.append(states(stage))
        for _ in range(BEGUN):
            epilogue.minute()
        seen.append(states(stage))

    assert demo.run(console=None, afterwards=look).ok
    before, after = seen
    assert after["published"] > before["published"]
    assert after["failed"] > before["failed"] == 0
    assert after["building"] > 0


def states(stage: Stage) -> Counter[str]:
    """How many targets are how."""
    counted: Counter[str] = Counter()
    counted.update(line.state for line in stage.app.overviews.board().lines)
    return counted
