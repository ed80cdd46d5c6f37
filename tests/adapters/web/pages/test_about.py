# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs here and how it is, in words."""

from datetime import timedelta
from importlib.metadata import version

from adapters.ports.bus import Pulse
from domain.service.events import AlertRaised
from tests.adapters.service.given import World
from tests.adapters.web.conftest import Asker
from tests.domain.service.given import said


def test_it_tells_what_runs_and_what_is_in_force(web: Asker, world: World) -> None:
    """Release, position, projections, revisions, and where to look further."""
    text = web.page("/about")

    configured = world.service.configured
    for part in (
        version("elnsync"),
        f"at position {world.log.head():,}",
        "eligibility",
        configured.policy_revision,
        f"3 names, and 1 override, revision {configured.list_revision}",
        "GPL-3.0-or-later",
        'href="/api/v1/openapi.json"',
        "Nothing is amiss",
        "None was seen",
    ):
        assert part in text


def test_what_is_amiss_is_told_with_what_to_do(web: Asker, world: World) -> None:
    """As `ebs status` says it, where /healthz says only that it is so."""
    world.hear(said(AlertRaised("bus-silent", world.clock() - timedelta(hours=1))))
    text = web.page("/about")

    assert web.get("/healthz").status_code == 503
    assert "the bus says nothing (last: 2024-08-13T23:00:00Z)" in text
    assert "&#39;ebs catch-up&#39; reads what they did not tell" in text
    assert "Nothing is amiss" not in text


def test_consumers_give_signs(web: Asker, world: World) -> None:
    """Each with when it was seen last, and what it heard."""
    now = world.clock()
    world.app.consumers.beat("host <1>", now, Pulse(connected=True, heard=3, heard_at=now))

    assert '<th scope="row">host &lt;1&gt;</th>' in web.page("/about")
