# SPDX-License-Identifier: GPL-3.0-or-later
"""What is triggered is told before it is asked for, package by package."""

from domain.package.events import Requested
from tests.adapters.service.given import World
from tests.adapters.web.conftest import Asker
from tests.adapters.web.pages.acting import hidden, refused_everywhere, send
from tests.domain.given import built, tagged

TRIGGER = "/operations/trigger"


def test_what_comes_of_each_is_told_before(web: Asker, world: World) -> None:
    """By either name; only what would be queued is asked for, by who said yes."""
    world.hear(tagged(1, 10), tagged(2, 10, package="freeipa"))
    world.passes()
    world.hear(built(1), tagged(3, 20, package="gcc"))
    before = world.log.head()

    asked = send(web, TRIGGER, {"packages": "bash, gcc\n<b>x</b> ipa", "reason": "fix"})

    assert "Ask for 1 build?" in asked.text
    assert "would be skipped: already-built" in asked.text
    assert "is queued already" in asked.text
    assert "&lt;b&gt;x&lt;/b&gt;" in asked.text
    assert "<b>x" not in asked.text
    assert hidden(asked.text) == {"packages": "gcc", "reason": "fix", "sure": "1"}
    assert world.log.head() == before

    done = send(web, TRIGGER, hidden(asked.text))
    [recorded] = world.log.read(before)
    assert recorded.envelope.event == Requested("fix", 3)
    assert recorded.envelope.meta.actor == "ada"
    assert done.headers["location"] == f"/queue?recorded={before + 1}-{before + 1}"
    assert "requested by ada: fix" in web.page(done.headers["location"])


def test_with_force_also_what_is_built(web: Asker, world: World) -> None:
    """And the pause is named, while which it waits."""
    world.hear(tagged(1, 10))
    world.passes()
    world.hear(built(1))
    world.app.operators.pause("x", None, world.by())

    none = send(web, TRIGGER, {"packages": "bash", "reason": "x"})
    assert "None of these would be queued" in none.text
    assert "<form" not in none.text

    asked = send(web, TRIGGER, {"packages": "bash", "reason": "x", "force": "1"})
    assert "With force" in asked.text
    assert "The service is paused" in asked.text
    send(web, TRIGGER, hidden(asked.text))
    assert world.events("requested") == [Requested("x", 1, force=True)]


def test_a_form_that_is_refused_comes_back(web: Asker, world: World) -> None:
    """With all that was typed and ticked, also where it went stale meanwhile."""
    world.hear(tagged(1, 10))

    empty = send(web, TRIGGER, {"reason": "why", "force": "1"})
    silent = send(web, TRIGGER, {"packages": "bash"})
    asked = send(web, TRIGGER, {"packages": "bash", "reason": "x"})
    world.passes()
    late = send(web, TRIGGER, hidden(asked.text))

    assert [each.status_code for each in (empty, silent, late)] == [400, 400, 409]
    assert "0 packages are named" in empty.text
    assert 'value="1" checked' in empty.text
    assert 'value="why"' in empty.text
    assert 'value="bash"' in silent.text
    assert "is queued already" in late.text
    assert world.events("requested") == []


def test_nobody_else_triggers(web: Asker, world: World) -> None:
    """Not by the second step either."""
    world.hear(tagged(1, 10))

    refused_everywhere(web, TRIGGER, {"packages": "bash", "reason": "x", "sure": "1"})
    assert world.events("requested") == []
