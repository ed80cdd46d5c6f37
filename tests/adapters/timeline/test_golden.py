# SPDX-License-Identifier: GPL-3.0-or-later
"""What really happened, told: the whole way from a hub's history to what a reviewer reads.

With ``EBS_TEST_RENEW=1`` the files beside this one are written anew; look at them before they are
committed.
"""

import os
from pathlib import Path
from typing import Final

import pytest
from rich.console import Console

from adapters.service.timelines import Timelines
from adapters.store.log import EventLog
from adapters.timeline import Source, rendered
from projections.points import Span
from projections.timeline import Wanted
from tests.adapters.timeline import stories

GOLDEN: Final = Path(__file__).with_name("golden")
RENEW: Final = os.environ.get("EBS_TEST_RENEW") == "1"
DIGEST: Final = "0" * 64
"""The real one covers when an event was recorded, which is another time each time."""

FORMS: Final = {"text": "txt", "md": "md"}


@pytest.fixture
def incident(log: EventLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """The log of the incident, told from the pause on."""
    monkeypatch.chdir(tmp_path)
    stories.same_ids(monkeypatch)
    return stories.incident_of_august(log, monkeypatch)


@pytest.fixture
def lost_messages(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> int:
    """The log of two days without messages."""
    stories.same_ids(monkeypatch)
    return stories.lost_messages(log)


@pytest.mark.parametrize("story", ["incident", "lost_messages"])
def test_what_happened_is_told_as_it_was_read(
    story: str, log: EventLog, request: pytest.FixtureRequest
) -> None:
    """The same log gives the same text and the same post-mortem, to the letter."""
    begins = request.getfixturevalue(story)
    pinned = Timelines(log).draw(Span(begins - 1, log.head()), Wanted())
    source = Source(f"ebs timeline --from {begins} --to {log.head()}", pinned.head, DIGEST)
    for form, suffix in FORMS.items():
        screen = Console(width=100, color_system=None)
        told = "\n".join(rendered(form, pinned.timeline, source, screen)) + "\n"
        golden = GOLDEN / f"{story}.{suffix}"
        if RENEW:
            golden.write_text(told)
        assert told == golden.read_text()
