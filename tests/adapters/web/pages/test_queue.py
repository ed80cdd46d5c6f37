# SPDX-License-Identifier: GPL-3.0-or-later
"""What is queued, and what the gate would decide; the past of both."""

import re

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

    text = web.get("/queue").text

    assert rows(text, "queued") == ["gcc", "bash"]
    assert "Queued and not ended: 2" in text
    assert f'href="/events?before={first + 1}"' in text
    assert '<td class="number">10</td>\n<td>about 20 min</td>' in text
    assert '<td class="number">1000</td>\n<td>20 min</td>' in text
    assert rows(web.get(f"/queue?at={first}").text, "queued") == ["gcc"]


def test_nothing_is_said_in_words(web: Asker) -> None:
    """An empty queue, and a plan without a verdict."""
    text = web.get("/queue").text

    assert "Nothing is queued" in text
    assert "Nothing new is to be decided" in text


def test_the_plan_tells_every_verdict_and_why(web: Asker, world: World) -> None:
    """By kind and reason, and each with the events that it rests on, as a sentence."""
    world.hear(tagged(1, 10), tagged(2, 20, package="gcc", source=None), in_destination(commit(1)))
    seen = world.log.head()

    text = web.get("/queue").text

    assert rows(text, "verdicts") == ["bash", "gcc"]
    assert "eln has, or had, bash" in text
    assert "(build 900)" in text
    assert f'href="/events?before={seen + 1}"' in text
    assert "provisional" in text
    assert "1 would be queued" in text
    only = web.get("/queue?verdict=skipped-as-retag&reason=already-in-destination").text
    assert rows(only, "verdicts") == ["bash"]
    assert "1 of 2 verdicts" in only
    assert rows(web.get("/queue?name=GC&verdict=nosuch").text, "verdicts") == ["gcc"]
    assert "No verdict is like that" in web.get("/queue?name=nosuch").text


def test_paused_it_shows_what_a_resume_would_do(web: Asker, world: World) -> None:
    """Queued, or held by the guard."""
    world.app.operators.pause("branching", None, world.by())
    world.hear(tagged(1, 10))

    assert "once it is resumed" in web.get("/queue").text
    assert "1 would be queued" in web.get("/queue").text

    world.app.operators.resume(world.by())
    world.outside.guard = NOTHING_PASSES
    world.app.gate.adopt(world.by())
    told = web.get("/queue").text
    assert "0 would be queued, 1 waits for a person" in told
    assert "The guard is going to hold 1 build as plan" in told


def test_a_held_plan_leads_to_its_page(web: Asker, world: World) -> None:
    """From the notice above each page, and from its builds."""
    world.outside.guard = NOTHING_PASSES
    world.hear(tagged(1, 10))
    world.passes()
    [held] = world.service.held

    text = web.get("/queue").text

    assert text.count(f'<a href="/plans/{held.plan}">') == 2


def test_what_the_lull_keeps_back_is_counted(web: Asker, world: World) -> None:
    """A build that more may follow is not queued yet: how many, and when the gate decides."""
    world.outside.lull = 60
    world.app.gate.adopt(world.by())
    world.hear(tagged(1, DAY))

    told = r"0 (builds )?would be queued\..* 1 build more is decided on when the lull is over"
    assert re.search(told, web.get("/queue").text, re.DOTALL)
    assert re.search(told, web.get("/operations").text, re.DOTALL)
