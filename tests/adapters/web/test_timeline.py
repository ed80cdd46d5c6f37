# SPDX-License-Identifier: GPL-3.0-or-later
"""The timeline by the API: what happened when, and what people noted about it."""

from datetime import timedelta

import pytest

from adapters.web.api import timeline
from tests.adapters.service.given import World
from tests.adapters.web.conftest import Asker
from tests.adapters.web.test_api import V1, code
from tests.domain.given import tagged


def test_what_happened_is_drawn(web: Asker, world: World) -> None:
    """Every event of the window is accounted for; a filter hides the rest."""
    world.hear(tagged(1, 10), tagged(2, 20, package="gcc"))
    world.passes()
    world.app.operators.pause("re-tag", None, world.by())

    whole = web.get(f"{V1}/timeline?from=1").json()
    counts = whole["timeline"]["counts"]
    assert sum(counts.values()) == world.log.head() == whole["head"]
    assert counts["hidden"] == 0
    some = web.get(f"{V1}/timeline?from=1&topic=paused").json()["timeline"]
    marks = [m for lane in some["lanes"] for track in lane["tracks"] for m in track["marks"]]
    assert [(mark["what"], mark["actors"]) for mark in marks] == [("paused", ["ada"])]
    assert code(web.get(f"{V1}/timeline?from=9&to=3")) == (400, "invalid")
    assert code(web.get(f"{V1}/timeline?package=nosuch")) == (404, "not-found")
    assert code(web.get(f"{V1}/timeline?batch=7")) == (404, "not-found")


def test_only_so_much_is_drawn(web: Asker, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A window of more than a page takes is refused: what, why, and what to do instead."""
    world.hear(tagged(1, 10), tagged(2, 20))
    monkeypatch.setattr(timeline, "MOST", 1)

    told = web.get(f"{V1}/timeline?from=1")

    assert code(told) == (409, "refused")
    problem = told.json()
    assert problem["title"] == f"{world.log.head()} events are too many for a timeline"
    assert problem["detail"] == "it is made in memory, of 1 at most"
    assert "name a shorter span" in problem["do"]


def test_a_note_is_on_record_with_who_noted(web: Asker, world: World) -> None:
    """A note of now, or of a time that is over, on a package or on the service."""
    world.hear(tagged(1, 10))
    before = world.clock() - timedelta(hours=1)
    body = {"text": "Koji was away", "at": before.isoformat(), "package": "bash"}

    done = web.post(f"{V1}/notes", body)

    assert done.status_code == 200, done.text
    [noted] = world.log.read(topics=["note-added"])
    assert noted.envelope.meta.actor == "token/ci"
    assert noted.envelope.event.text == "Koji was away"
    assert noted.envelope.meta.occurred_at == before
    assert code(web.post(f"{V1}/notes", {"text": "x", "package": "nosuch"})) == (404, "not-found")
    assert code(web.post(f"{V1}/notes", {"text": " "})) == (400, "invalid")
