# SPDX-License-Identifier: GPL-3.0-or-later
"""What failed: how, since when, how often; and it is tried again when a person says why."""

import re

import pytest

from domain.package.events import BuildStarted, Ended, FailureCleared
from tests.adapters.service.given import World
from tests.adapters.web.conftest import Asker
from tests.adapters.web.pages.acting import ada, reader, refused_everywhere, send
from tests.adapters.web.pages.test_batches import begun
from tests.domain.given import commit, ended, happened, tagged


@pytest.fixture
def _failed(world: World) -> None:
    """Three that failed, freeipa (ipa) by timing out; gcc in a batch, with a long log."""
    world.hear(tagged(1, 10), tagged(2, 10, package="gcc"), tagged(3, 10, package="freeipa"))
    world.passes()
    world.hear(*begun())
    fault = Ended(2, "live", 0, "failed", commit(2, "gcc"), "<b>x</b>\nmore", batch=2)
    world.hear(
        ended(1, at=20),
        happened("gcc", BuildStarted(2, "live", 0, 2), 25),
        happened("gcc", fault, 30),
        ended(3, "timed-out", package="freeipa", at=40),
    )


def shown(web: Asker, query: str = "") -> list[str]:
    """The packages on the page, from its top."""
    text = web.page(f"/failed{query}")
    return re.findall(r'<th scope="row"><a href="/packages/(.+?)">', text)


def test_nothing_is_said_in_words(web: Asker) -> None:
    """Where nothing failed."""
    assert "Nothing that failed is kept back" in web.page("/failed")


@pytest.mark.usefixtures("_failed")
def test_it_shows_what_failed_and_how(web: Asker, world: World) -> None:
    """The latest first, by the name downstream, with the first line of the fault and the task."""
    text = web.page("/failed")

    assert shown(web) == ["ipa", "gcc", "bash"]
    assert '<td class="prose">&lt;b&gt;x&lt;/b&gt;</td>' in text
    assert "taskinfo?taskID=1002" in text
    assert 'href="/batches/2"' in text
    assert "buildinfo?buildID=3" in text
    assert 'type="checkbox"' not in text
    assert "sign in" in text
    assert shown(web, f"?at={world.log.head() - 1}") == ["gcc", "bash"]


@pytest.mark.usefixtures("_failed")
def test_its_address_says_what_is_shown(web: Asker) -> None:
    """Name (either one) and outcome filter, columns sort; what makes no sense does neither."""
    assert shown(web, "?name=FREE") == shown(web, "?outcome=timed-out") == ["ipa"]
    assert shown(web, "?sort=package") == ["bash", "ipa", "gcc"]
    assert shown(web, "?sort=-since&page=9") == shown(web, "?sort=nosuch") == ["ipa", "gcc", "bash"]
    assert "No failure is like that" in web.page("/failed?name=nosuch")


@pytest.mark.usefixtures("_failed")
def test_those_that_are_chosen_are_cleared(web: Asker, world: World) -> None:
    """All in one, with who and why, and the page says so."""
    before = world.log.head()
    assert web.page("/failed", headers=ada(web)).count('type="checkbox"') == 3

    done = send(web, "/failed/clear", {"package": ["bash", "freeipa"], "reason": "fixed"})

    assert (done.status_code, done.headers["location"]) == (
        303,
        f"/failed?recorded={before + 1}-{before + 2}",
    )
    recorded = [*world.log.read(before)]
    assert [each.envelope.originator_id for each in recorded] == ["package:bash", "package:freeipa"]
    assert {each.envelope.meta.actor for each in recorded} == {"ada"}
    assert recorded[0].envelope.event == FailureCleared("fixed")
    assert "2 failure-cleared (fixed)" in web.page(done.headers["location"])
    assert shown(web) == ["gcc"]


@pytest.mark.usefixtures("_failed")
def test_all_or_none_are_cleared(web: Asker, world: World) -> None:
    """One that has not failed keeps the others back; what was chosen and typed is still there."""
    before = world.log.head()

    again = send(web, "/failed/clear", {"package": ["bash", "zsh"], "reason": "it's <fixed>"})
    none = send(web, "/failed/clear", {"reason": "x"})
    silent = send(web, "/failed/clear", {"package": "bash", "reason": "\x1b[31m"})

    assert (again.status_code, none.status_code, silent.status_code) == (404, 400, 400)
    assert 'value="bash" aria-label="Clear bash" checked' in again.text
    assert 'value="it&#39;s &lt;fixed&gt;"' in again.text
    assert "no package is chosen" in none.text
    assert world.log.head() == before


@pytest.mark.usefixtures("_failed")
def test_nobody_else_clears(web: Asker, world: World) -> None:
    """They read why not."""
    refused_everywhere(web, "/failed/clear", {"package": "bash", "reason": "x"})
    assert "bob may only read" in web.page("/failed", headers=reader(web))
    assert world.events("failure-cleared") == []
