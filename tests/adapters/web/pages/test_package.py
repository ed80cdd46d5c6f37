# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a package: why it is so, what led to that, its builds, notes and history."""

import re

import pytest

from domain.catalogue import EVENTS
from tests.adapters.service.given import World
from tests.adapters.web.conftest import Asker
from tests.adapters.web.pages import batch
from tests.adapters.web.pages.test_problems import BROWSER
from tests.domain.given import built, ended, tagged

MARKUP = "<script>alert(1)</script>"


def test_it_answers_why(web: Asker, world: World) -> None:
    """The sentence of 'ebs why', the chain that led to it, and links to look it up."""
    world.hear(tagged(1, 10))
    world.passes()

    page = web.page("/packages/bash")
    why = world.app.inquiries.why("bash")

    assert f'<p class="answer">{why.answer[0]}</p>' in page
    assert '<span class="badge queued">' in page
    assert "buildinfo?buildID=1" in page
    assert all(f">{step.position}</a>" in page for step in why.steps)
    assert "/timeline?package=bash" in page
    assert "/api/v1/feeds/packages/bash.atom" in page


def test_what_led_to_it_is_told_in_words(web: Asker, world: World) -> None:
    """As a timeline tells it, with batch and task; the topics of events are for programs."""
    world.hear(tagged(1, 10))
    world.passes()
    world.hear(*batch.built(), built(1))
    world.hear(tagged(1, 20, tag="f42"))

    table = web.page("/packages/bash").partition('id="chain"')[2].partition("</table>")[0]
    told = re.findall(r'<td class="prose">(.*?)</td>', table)

    assert told[0] == "tagged into f41"
    assert told[1].startswith("queued, by row 9 under policy")
    assert told[-2:] == ["rebuilt", "tagged into f42"]
    assert not any(topic in table for topic in EVENTS if "-" in topic)


def test_it_lists_builds_and_what_became_of_them(web: Asker, world: World) -> None:
    """The newest first; each leads to why it is so, which may be pinned to a point in time."""
    world.hear(tagged(1, 10))
    world.passes()
    then = world.log.head()
    world.hear(built(1), tagged(2, 20))
    world.passes()
    world.hear(ended(2, "failed"))

    page = web.page("/packages/bash")
    listed = page.partition('id="builds"')[2].partition("</table>")[0]
    assert re.findall(r'badge (\w+)">', listed) == ["failed", "built"]

    pinned = web.page(f"/packages/bash?build=1&at={then}")
    assert "This is the past" in pinned
    assert world.app.inquiries.why("bash", "1", then).answer[0] in pinned
    assert 'href="/packages/bash?build=1"' in page


def test_both_its_names_lead_to_it(web: Asker, world: World) -> None:
    """ELN's ipa is rebuilt from Rawhide's freeipa; the page says both."""
    world.hear(tagged(1, 10, package="freeipa"))

    for name in ("ipa", "freeipa"):
        page = web.page(f"/packages/{name}")
        assert "<h1>ipa <small>" in page
        assert "Rebuilt from Rawhide's freeipa" in page.replace("&#39;", "'")


def test_what_people_noted_stands_on_it(web: Asker, world: World) -> None:
    """Notes on the package, none on others, and as text."""
    world.app.operators.note(f"broken by {MARKUP}", world.by(), package="bash")
    world.app.operators.note("of no interest", world.by(), package="gcc")

    page = web.page("/packages/bash")
    assert "broken by &lt;script&gt;" in page
    assert "of no interest" not in page
    assert MARKUP not in page


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("bsh", "did you mean bash"),
        ("nosuch", "no package nosuch is known here"),
        ("%3Cb%3E", "&lt;b&gt;"),
        ("bash?build=bash-9-9", "no build bash-9-9 is known here"),
        ("bash?at=1", "no package bash is known here"),
    ],
)
def test_what_is_unknown_is_no_page(web: Asker, path: str, said: str) -> None:
    """It says so, with what is spelt alike; nothing that was typed is markup."""
    told = web.get(f"/packages/{path}", headers=BROWSER)

    assert told.status_code == 404
    assert said in told.text
    assert "<b>" not in told.text


def test_a_target_without_a_history_is_a_page_too(web: Asker) -> None:
    """It says that there is nothing yet."""
    page = web.page("/packages/zsh")

    assert "there is nothing to rebuild" in page
    assert "Nothing is on record of it" in page
