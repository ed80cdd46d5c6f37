# SPDX-License-Identifier: GPL-3.0-or-later
"""The log as a page: from its newest event back, filtered, and each event whole on demand."""

import re
from collections.abc import Callable

import pytest

from adapters.web.pages import events as page
from domain.envelope import Envelope
from tests.adapters.service.given import World
from tests.adapters.web.conftest import Asker
from tests.domain.given import tagged


@pytest.fixture(autouse=True)
def _something(world: World) -> None:
    """Two builds, and a pause."""
    world.hear(tagged(1, 10), tagged(2, 20, package="freeipa"))
    world.passes()
    world.app.operators.pause("a <b>bold</b> re-tag", None, world.by())


def shown(web: Asker, query: str = "") -> list[int]:
    """The positions on the page, from its top."""
    return [
        int(position) for position in re.findall(r'<tr id="e(\d+)"', web.page(f"/events?{query}"))
    ]


def test_the_newest_comes_first(web: Asker, world: World) -> None:
    """In words, with the whole of it folded away; its stream leads to the package."""
    head = world.log.head()
    text = web.page("/events")

    assert shown(web) == [*range(head, 0, -1)]
    assert "<summary>paused: a &lt;b&gt;bold&lt;/b&gt; re-tag</summary>" in text
    assert "<summary>freeipa-1-2.fc42 queued</summary>" in text
    assert 'href="/events?topic=paused">paused</a>' in text
    assert "<b>" not in text
    assert 'href="/packages/freeipa"' in text
    assert "&#34;nvr&#34;: &#34;bash-1-1.fc42&#34;" in text
    assert "hx-get" in text
    assert shown(web, f"before={head - 1}")[0] == head - 2
    assert "hx-get" not in web.page(f"/events?before={head}")


def test_filters(web: Asker, world: World) -> None:
    """By package (either name), batch, actor, type, and since a point; each must fit."""
    everything = {each.position: each.envelope for each in world.log.read()}
    of: dict[str, Callable[[Envelope], bool]] = {
        "package=ipa": lambda each: each.originator_id == "package:freeipa",
        "package=ipa,bash&topic=tagged": lambda each: each.event.topic == "tagged",
        "actor=ada&topic=paused": lambda each: each.event.topic == "paused",
    }
    for query, fits in of.items():
        wanted = [position for position, each in everything.items() if fits(each)]
        assert shown(web, query) == wanted[::-1] != []
    assert shown(web, "from=7") == [*range(world.log.head(), 6, -1)]
    assert "No such event is on record" in web.page("/events?actor=nobody")


def test_pages_go_back_by_position(
    web: Asker, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page begins where the one before it ended; the filter stays."""
    monkeypatch.setattr(page, "SHOWN", 2)
    found, query = [], "topic=tagged,skipped,queued"
    whole = len(world.events("tagged", "skipped", "queued"))
    while query:
        text = web.page(f"/events?{query}")
        found += re.findall(r'<tr id="e(\d+)"', text)
        older = re.search(r'rel="next" href="/events\?([^"]+)"', text)
        query = older[1].replace("&amp;", "&") if older else ""
    assert len(found) == len(set(found)) == whole > 2
    assert 'rel="first"' in text


@pytest.mark.parametrize(
    ("query", "status"),
    [("from=noon", 400), ("topic=nosuch", 400), ("package=nosuch", 404), ("batch=7", 404)],
)
def test_what_makes_no_sense_is_an_error(web: Asker, query: str, status: int) -> None:
    """It is told what, and what to do."""
    assert web.get(f"/events?{query}").status_code == status


def test_a_large_event_does_not_make_a_large_page(
    web: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its beginning is shown; the whole is at the API."""
    monkeypatch.setattr(page, "WHOLE", 10)
    text = web.page("/events?topic=paused")
    assert "{\n &#34;reason&#34;" not in text
    assert "/api/v1/events?after=" in text
