# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do with the service: pause and resume, and what is in force, with its difference."""

from datetime import timedelta

import pytest

from adapters.web.limits import Limits
from domain.policy import Override, PackageList, Policy
from domain.service.decide import Offered
from domain.service.events import Paused, Resumed
from tests.adapters.service.given import NOTHING_PASSES, World
from tests.adapters.web.conftest import Asker, Serve
from tests.adapters.web.pages.acting import ada, reader, refused_everywhere, send
from tests.adapters.web.pages.test_batches import begun
from tests.domain.given import tagged


def test_a_pause_is_on_record_with_who_paused(web: Asker, world: World) -> None:
    """With its end, which may be so long from now; the page then says so."""
    before = world.log.head()
    assert "The service is not paused" in web.page("/operations")

    done = send(web, "/operations/pause", {"reason": "a <i>mass</i> re-tag", "until": " 12h "})

    assert (done.status_code, done.headers["location"]) == (
        303,
        f"/operations?recorded={before + 1}-{before + 1}",
    )
    [recorded] = world.log.read(before)
    until = world.clock() + timedelta(hours=12)
    assert recorded.envelope.event == Paused("a <i>mass</i> re-tag", until)
    assert (recorded.envelope.meta.actor, recorded.envelope.meta.via) == ("ada", "person")
    text = web.page(done.headers["location"])
    assert "<strong>Recorded</strong> by ada" in text
    assert "paused (a &lt;i&gt;mass&lt;/i&gt; re-tag)" in text
    assert "<strong>ada paused</strong>" in text
    assert "in 12 h" in text


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"reason": ""}, 400, "the reason is no line of text"),
        ({"reason": "a<b", "until": "soon"}, 400, "is no time"),
        ({"reason": "a<b", "until": "2001-01-01"}, 400, "is over already"),
        ({"reason": "a<b", "nosuch": "1"}, 400, "the form cannot be read"),
        ({"reason": "a<b", "until": "1h"}, 409, "paused for longer already"),
    ],
)
def test_a_form_that_is_refused_comes_back(
    web: Asker, world: World, fields: dict[str, str], status: int, said: str
) -> None:
    """On its page, with what was typed and what is wrong; nothing is half done."""
    world.app.operators.pause("first", None, world.by("bob"))
    before = world.log.head()

    again = send(web, "/operations/pause", fields)

    assert again.status_code == status
    assert said in again.text
    assert ('value="a&lt;b"' in again.text) == bool(fields["reason"])
    assert "a<b" not in again.text
    assert "hx-get=" not in again.text.partition("<main")[2].partition(">")[0]
    assert world.log.head() == before


def test_a_resume_tells_before_what_it_would_do(web: Asker, world: World) -> None:
    """What would be queued, and whether the guard would hold it; then it leads to the plan."""
    world.app.operators.pause("x", None, world.by("bob"))
    world.hear(tagged(1, 10), tagged(2, 10, package="gcc"), *begun())
    text = web.page("/operations", headers=ada(web))
    assert "What a resume would do" in text
    assert "2 builds would be queued" in text
    assert "The guard would hold none" in text
    assert 'finished all the same: <a href="/batches/2">' in text

    done = send(web, "/operations/resume", {"reason": "done"})

    assert done.headers["location"].startswith("/queue?recorded=")
    [recorded] = world.log.read(topics=["resumed"])
    assert recorded.envelope.event == Resumed("done")
    assert recorded.envelope.meta.actor == "ada"
    assert "What the next pass would do" in web.page("/operations")

    world.outside.guard = NOTHING_PASSES
    world.passes()
    [held] = world.service.held
    assert f'as <a href="/plans/{held.plan}">plan' in web.page("/operations")
    assert "2 builds would wait for a person" in web.page("/operations")


def test_the_policys_pause_is_not_lifted(web: Asker, world: World) -> None:
    """The page says who can, and where."""
    world.app.operators.pause("x", None, world.by("bob"))
    world.outside.policy = Policy("f41", pause=True)
    world.app.gate.adopt(world.by())

    text = web.page("/operations", headers=ada(web))
    refused = send(web, "/operations/resume", {"reason": "x"})

    assert "set configuration.control.pause to false in the policy" in text
    assert 'action="/operations/resume"' not in text
    assert refused.status_code == 409
    assert "the policy&#39;s pause stays" in refused.text
    assert world.events("resumed") == []


def test_what_is_in_force_is_told_with_its_difference(web: Asker, world: World) -> None:
    """Policy, commit and list: what was added, and what was removed, in words."""
    world.outside.policy = Policy("f42", exclude=("^kernel$",), overrides={"ipa": Override("ipa")})
    world.outside.packages = PackageList({"bash": "eln", "<vim>": "eln"})
    world.app.gate.adopt(world.by("carol"))

    text = web.page("/operations")

    assert world.service.configured.policy_revision in text
    assert "by carol" in text
    assert "exclude: +^kernel$" in text
    assert "trigger_tag: f41 → f42" in text
    assert "Added: &lt;vim&gt;. Removed: gcc, zsh" in text
    assert "2 names, and 1 override, adopted" in text
    assert "f42, since" in text
    assert "f41 before" in text
    then = web.page(f"/operations?at={world.log.head() - 4}")
    assert "nothing, or it is the first" in then
    assert "sign in" not in then.partition("<main")[2]


def test_a_policy_that_was_rejected_says_where_it_is_wrong(web: Asker, world: World) -> None:
    """File, line and reason; the one before stays in force."""
    faults = ("policy.yaml:7: configuration.control.pause: <b> is no boolean",)
    configured = world.outside.offered()
    world.app.gate.prepare("x", Offered(configured.settings, origin="git#main", faults=faults))

    text = web.page("/operations")

    assert "The revision offered last was rejected" in text
    assert "<li>policy.yaml:7: configuration.control.pause: &lt;b&gt; is no boolean</li>" in text


def test_acts_of_people_are_listed(web: Asker, world: World) -> None:
    """Who, when and why, the newest first; what the service does by itself is not."""
    assert "Nobody has done anything yet" in web.page("/operations")
    world.hear(tagged(1, 10))
    world.passes()
    world.app.operators.pause("first", None, world.by("bob"))
    world.app.operators.note("second <b>", world.by("carol"), package="bash")

    acts = web.page("/operations").partition('id="acts"')[2].partition("</table>")[0]

    assert acts.index("note: bash: second &lt;b&gt;") < acts.index("paused: first")
    assert "queued" not in acts


def test_nobody_else_pauses_or_resumes(web: Asker, world: World) -> None:
    """They read why not."""
    for verb in ("pause", "resume"):
        refused_everywhere(web, f"/operations/{verb}", {"reason": "x"})
    assert "bob may only read" in web.page("/operations", headers=reader(web))
    assert "sign in" in web.page("/operations")
    assert world.events("paused", "resumed") == []


def test_nobody_writes_where_nobody_can_sign_in(serve: Serve) -> None:
    """And the page says so."""
    web = serve(issuer=None)

    assert "no OpenID provider is configured" in web.page("/operations")
    assert send(web, "/operations/pause", {"reason": "x"}).status_code == 403


def test_too_much_is_refused(serve: Serve, world: World) -> None:
    """By the rule that the API has."""
    web = serve(Limits(writes="2 per minute"))

    told = [send(web, "/operations/pause", {"reason": "x"}).status_code for _ in range(3)]

    assert told == [303, 303, 429]
    assert len(world.events("paused")) == 2
