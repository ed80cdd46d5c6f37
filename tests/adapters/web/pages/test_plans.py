# SPDX-License-Identifier: GPL-3.0-or-later
"""A held plan is approved or rejected by who saw its list, and never another list than that."""

import pytest

from domain.service.state import HeldPlan
from tests.adapters.service.given import NOTHING_PASSES, World
from tests.adapters.web.conftest import Asker
from tests.adapters.web.pages.acting import ada, hidden, reader, refused_everywhere, send
from tests.domain.given import tagged, untagged


@pytest.fixture
def held(world: World) -> HeldPlan:
    """Three builds that the guard holds."""
    world.outside.guard = NOTHING_PASSES
    world.hear(tagged(1, 10), tagged(2, 10, package="gcc"), tagged(3, 10, package="zsh"))
    world.passes()
    [held] = world.service.held
    return held


def test_it_shows_who_is_in_it_and_still_due(web: Asker, world: World, held: HeldPlan) -> None:
    """The list is frozen; what is no longer due says why, and who came later is not in it."""
    world.hear(untagged(3, 50, package="zsh"), tagged(4, 60, package="freeipa"))

    text = web.page(f"/plans/{held.plan}")

    assert "Of 3 builds 2 are still due" in text
    assert "zsh-1-3.fc42 is not decided yet" in text
    assert "freeipa" not in text
    assert "sign in" in text
    assert "bob may only read" in web.page(f"/plans/{held.plan}", headers=reader(web))
    assert "<form" not in text


DECISIONS = {
    "approve": ("Queue 3 builds", "plan-approved", "queued"),
    "reject": ("Reject 3 builds", "plan-rejected", "ended"),
}


@pytest.mark.parametrize("verb", DECISIONS)
def test_a_person_decides_on_what_was_shown(
    web: Asker, world: World, held: HeldPlan, verb: str
) -> None:
    """It asks once more with the number of builds, records who and why, and shows what it did."""
    path, before = f"/plans/{held.plan}/{verb}", world.log.head()
    button, *topics = DECISIONS[verb]

    asked = send(web, path, {"reason": "we <b>know</b>"})
    assert f"{button} of plan {held.plan}?" in asked.text
    assert "bash, gcc, zsh" in asked.text
    assert "<b>" not in asked.text
    assert world.log.head() == before

    done = send(web, path, hidden(asked.text))
    assert done.status_code == 303
    recorded = [*world.log.read(before)]
    assert [each.envelope.event.topic for each in recorded] == [topics[0], *[topics[1]] * 3]
    assert {each.envelope.meta.actor for each in recorded} == {"ada"}
    assert recorded[0].envelope.event.reason == "we <b>know</b>"
    told = web.page(done.headers["location"])
    assert f"{topics[0]}, 3 {topics[1]} (we &lt;b&gt;know&lt;/b&gt;)" in told


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_another_list_than_the_one_shown_is_refused(
    web: Asker, world: World, held: HeldPlan, verb: str
) -> None:
    """What is left is shown, to be decided on anew."""
    asked = send(web, f"/plans/{held.plan}/{verb}", {"reason": "x"})
    world.hear(untagged(3, 50, package="zsh"))
    before = world.log.head()

    stale = send(web, f"/plans/{held.plan}/{verb}", hidden(asked.text))

    assert stale.status_code == 409
    assert "the list is not the one that was shown" in stale.text
    assert "Of 3 builds 2 are still due" in stale.text
    assert world.log.head() == before


def test_a_plan_that_is_held_no_more_says_what_became_of_it(
    web: Asker, world: World, held: HeldPlan
) -> None:
    """Who decided, where that is on record; one that never was is not found."""
    asked = send(web, f"/plans/{held.plan}/approve", {"reason": "x"})
    world.app.gate.reject(held.plan, "no", world.by("bob"))

    late = send(web, f"/plans/{held.plan}/approve", hidden(asked.text))

    assert late.status_code == 409
    assert "was rejected by bob" in late.text
    assert world.events("plan-approved") == []
    assert web.get("/plans/0123456789ab", headers=ada(web)).status_code == 404
    then = world.log.head() - 4
    assert "approve or reject" not in web.page(f"/plans/{held.plan}?at={then}")


def test_without_a_reason_the_form_is_shown_again(web: Asker, held: HeldPlan) -> None:
    """On its page, with what is wrong."""
    again = send(web, f"/plans/{held.plan}/reject", {"reason": " "})

    assert again.status_code == 400
    assert "the reason is no line of text" in again.text
    assert again.text.count('role="alert"') == 1
    assert again.headers["cache-control"] == "private, no-store"


def test_nobody_else_decides(web: Asker, world: World, held: HeldPlan) -> None:
    """Neither a reader, nor nobody, nor another site's page."""
    for verb in ("approve", "reject"):
        refused_everywhere(web, f"/plans/{held.plan}/{verb}", {"reason": "x", "shown": held.plan})
    assert world.events("plan-approved", "plan-rejected") == []
