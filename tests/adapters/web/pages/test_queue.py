# SPDX-License-Identifier: GPL-3.0-or-later
"""What is queued, and what the gate would decide; the past of both."""

import re

import pytest

from adapters.web.pages import queue
from domain.policy import Policy
from tests.adapters.service.given import NOTHING_PASSES, World
from tests.adapters.web.conftest import Asker
from tests.adapters.web.pages import batch
from tests.domain.given import DAY, commit, in_destination, tagged


def rows(text: str, table: str) -> list[str]:
    """The packages of a table, from its top."""
    part = text.partition(f'id="{table}"')[2].partition("</table>")[0]
    return re.findall(r'<th scope="row"><a href="/packages/(.+?)">', part)


def test_what_is_queued_is_listed_in_order(web: Asker, world: World) -> None:
    """The oldest verdict first, with its position, its slice and how long it usually takes."""
    world.outside.policy = Policy("f41", ordering=(("^gcc$", 10),))
    world.hear(*batch.built())
    world.hear(tagged(2, 30, package="gcc"))
    world.passes()
    first = world.log.head()
    world.hear(tagged(3, 40))
    world.passes()

    text = web.page("/queue")

    assert rows(text, "queued") == ["gcc", "bash"]
    assert "Queued and not ended: 2" in text
    assert f'href="/events?before={first + 1}"' in text
    assert '<td class="number">10</td>\n<td>about 20 min</td>' in text
    assert '<td class="number">1000</td>\n<td>20 min</td>' in text
    assert rows(web.page(f"/queue?at={first}"), "queued") == ["gcc"]


def test_a_long_queue_has_pages(web: Asker, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each build is on one of them, under its number; the plan below stays where it is."""
    monkeypatch.setattr(queue, "LISTED", 2)
    for number, name in enumerate(("bash", "gcc", "zsh"), start=1):
        world.hear(tagged(number, 10 * number, package=name))
        world.passes()

    first, second = (web.page(f"/queue{asked}") for asked in ("", "?queued=2"))

    assert (rows(first, "queued"), rows(second, "queued")) == (["bash", "gcc"], ["zsh"])
    assert "1 to 2 of 3 queued and not ended" in first
    assert "3 to 3 of 3 queued and not ended" in second
    assert 'rel="next" href="/queue?queued=2"' in first
    assert 'rel="prev" href="/queue"' in second
    assert re.search(r'<td [^>]*class="number">3</td>\n<th [^>]*><a href="/packages/zsh">', second)
    assert rows(web.page("/queue?queued=9"), "queued") == ["zsh"]


def test_nothing_is_said_in_words(web: Asker) -> None:
    """An empty queue, and a plan without a verdict."""
    text = web.page("/queue")

    assert "Nothing is queued" in text
    assert "Nothing new is to be decided" in text


def test_the_plan_tells_every_verdict_and_why(web: Asker, world: World) -> None:
    """By kind and reason, and each with the events that it rests on, as a sentence."""
    world.hear(tagged(1, 10), tagged(2, 20, package="gcc", source=None), in_destination(commit(1)))
    seen = world.log.head()

    text = web.page("/queue")

    assert rows(text, "verdicts") == ["bash", "gcc"]
    assert "eln has, or had, bash" in text
    assert "(build 900)" in text
    assert f'href="/events?before={seen + 1}"' in text
    assert "provisional" in text
    assert "1 would be queued" in text
    only = web.page("/queue?verdict=skipped-as-retag&reason=already-in-destination")
    assert rows(only, "verdicts") == ["bash"]
    assert "1 of 2 verdicts" in only
    assert rows(web.page("/queue?name=GC&verdict=nosuch"), "verdicts") == ["gcc"]
    assert "No verdict is like that" in web.page("/queue?name=nosuch")


def test_paused_it_shows_what_a_resume_would_do(web: Asker, world: World) -> None:
    """Queued, or held by the guard."""
    world.app.operators.pause("branching", None, world.by())
    world.hear(tagged(1, 10))

    assert "once it is resumed" in web.page("/queue")
    assert "1 would be queued" in web.page("/queue")

    world.app.operators.resume(world.by())
    world.outside.guard = NOTHING_PASSES
    world.app.gate.adopt(world.by())
    told = web.page("/queue")
    assert "0 would be queued, 1 waits for a person" in told
    assert "The guard is going to hold 1 build as plan" in told


def test_a_held_plan_leads_to_its_page(web: Asker, world: World) -> None:
    """From the notice above each page, and from its builds."""
    world.outside.guard = NOTHING_PASSES
    world.hear(tagged(1, 10))
    world.passes()
    [held] = world.service.held

    text = web.page("/queue")

    assert text.count(f'<a href="/plans/{held.plan}">') == 2


def test_what_the_lull_keeps_back_is_counted(web: Asker, world: World) -> None:
    """A build that more may follow is not queued yet: how many, and when the gate decides."""
    world.outside.lull = 60
    world.app.gate.adopt(world.by())
    world.hear(tagged(1, DAY))

    told = r"0 (builds )?would be queued\..* 1 build more is decided on when the lull is over"
    assert re.search(told, web.page("/queue"), re.DOTALL)
    assert re.search(told, web.page("/operations"), re.DOTALL)
