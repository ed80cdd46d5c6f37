# SPDX-License-Identifier: GPL-3.0-or-later
"""The batches: what was tried, how long it took, what is waited for; and how one is given up."""

import re

import pytest

from adapters.service import reports
from domain.batch import stream
from domain.batch.events import (
    AttemptStarted,
    BuildFinished,
    BuildRequested,
    BuildSubmitted,
    Finished,
    Held,
    Planned,
    PlannedBuild,
    Promoted,
    PromotionRefused,
    SideTagCreated,
    SliceStarted,
)
from domain.batch.update_events import StableReached, UpdatesPlanned, UpdateSubmitted
from tests.adapters.service.given import World
from tests.adapters.web.conftest import Asker
from tests.adapters.web.pages import batch
from tests.adapters.web.pages.acting import ada, hidden, reader, refused_everywhere, send
from tests.domain.given import DAY, MIDNIGHT, Fact, commit, time

NAMES = ("bash", "gcc", "zsh")
BUILDS = tuple(
    PlannedBuild(name, number, f"{name}-1-1.fc41", commit(number, name), order=10 * number)
    for number, name in enumerate(NAMES, start=1)
)


def begun(*more: object, number: int = 2) -> list[Fact]:
    """A batch of three: bash is built, gcc fails, and what became of zsh is not known."""
    events = (
        Planned(BUILDS, "eln", "live", base="eln-build"),
        SideTagCreated(7, "eln-build-side-9"),
        SliceStarted(10),
        AttemptStarted(1, (1, 2)),
        BuildRequested((1, 2), MIDNIGHT),
        BuildSubmitted(1, 1001),
        BuildSubmitted(2, 1002),
        BuildFinished(1, "built", 1001, 501, "bash-1-1.eln142,draft_501"),
        BuildFinished(2, "failed", 1002, detail="mock <b>exited</b>"),
        SliceStarted(30),
        AttemptStarted(1, (3,)),
        BuildRequested((3,), MIDNIGHT),
        *more,
    )
    return [Fact(stream(number), event, DAY - 60) for event in events]  # type: ignore[arg-type]


def test_they_are_listed_the_newest_first(web: Asker, world: World) -> None:
    """With state, how many, how long, and where; the past lists what there was."""
    assert "There was no batch yet" in web.page("/batches")
    world.hear(*batch.built())
    one = world.log.head()
    world.hear(*begun())

    text = web.page("/batches")

    assert re.findall(r'<th scope="row"><a href="/batches/(\d)">', text) == ["2", "1"]
    assert "eln-build-side-9" in text
    assert "20 min</td>" in text
    assert "60 s so far" in text
    assert "/batches/2" not in web.page(f"/batches?at={one}")
    older = web.page("/batches?last=1")
    assert "/batches/2" not in older
    assert "The newest" in older


OTHERS = {
    "all built": (BuildFinished(2, "built", 1003, 502), BuildFinished(3, "built", 1004, 503)),
    "some failed": (BuildFinished(3, "timed-out", 1004),),
    "none built": (BuildFinished(1, "cancelled", 1001), BuildFinished(3, "failed", 1004)),
}
"""What came of the builds of a batch that is finished, by the word for it."""


@pytest.mark.parametrize("word", OTHERS)
def test_one_that_is_finished_says_what_came_of_it(web: Asker, world: World, word: str) -> None:
    """Green only where every build was built, on its own page and on the list alike."""
    world.hear(*begun(*OTHERS[word], Finished(1, 2)))
    tone = "good" if word == "all built" else "bad"

    for page in ("/batches", "/batches/2"):
        assert re.findall(r'"badge ([\w-]+)">([a-z ]+)</span>', web.page(page))[0] == (
            tone,
            word,
        )


def test_how_many_came_how_stands_on_the_list(web: Asker, world: World) -> None:
    """Builds, built, failed, published, and not stable yet; what failed stands out."""
    published = (
        BuildFinished(3, "built", 1004, 503, "zsh-1-1.eln142,draft_503"),
        Promoted(1, 501, "bash-1-1.eln142"),
        Promoted(3, 503, "zsh-1-1.eln142"),
        UpdatesPlanned(((1, 3),), "eln", 3600),
        UpdateSubmitted(1, "FEDORA-2026-abc"),
        StableReached((3,)),
    )
    world.hear(*begun(*published))

    [row] = re.findall(r"<tr>\n<th scope=.row.>.*?</tr>", web.page("/batches"), re.DOTALL)

    assert re.findall(r'<td class="number">(.*?)</td>', row) == [
        "3", "2", '<strong class="bad">1</strong>', "1", "1",
    ]  # fmt: skip


def test_one_is_told_build_by_build(web: Asker, world: World) -> None:
    """Slices in order, attempts, tasks in Koji, what came of each, and how long against usual."""
    world.hear(*batch.built(), *begun())

    text = web.page("/batches/2")

    rows = re.findall(r'<td class="number">(\d+)</td>\n<td class="number">1</td>\n</tr>', text)
    assert rows == ["10", "10", "30"]
    assert "taskinfo?taskID=1001" in text
    assert "buildinfo?buildID=501" in text
    assert "mock &lt;b&gt;exited" in text
    assert '<td class="name">0 s</td>\n<td class="name">10 min</td>' in text
    assert "about 5 min" in text
    assert 'href="/timeline?from=2024-08-13T23%3A59%3A00Z&amp;batch=2"' in text
    assert "asked, no answer yet" in text
    only = web.page("/batches/2?state=failed")
    assert "1 of 3 attempts at its builds" in only
    assert "mock" in only
    assert "taskID=1001" not in only
    assert web.get("/batches/3").status_code == 404


def test_a_refused_promotion_is_a_failure(web: Asker, world: World) -> None:
    """On the list and in the story alike, as what nobody came to try is; with Koji's reason."""
    refused = (PromotionRefused(1, 501, "Target build already exists"),)
    world.hear(*begun(BuildFinished(3, "abandoned"), *refused))
    with world.app.journal.look() as view:
        [line] = reports.last_batches(view, 1)
        story = reports.batch_story(view, 2)

    assert story.failed == ["bash", "gcc", "zsh"]
    assert line.failed == 3
    only = web.page("/batches/2?state=refused")
    assert "1 of 3 attempts at its builds" in only
    assert "Target build already exists" in only


def test_what_waits_for_the_stable_tag_is_named(web: Asker, world: World) -> None:
    """With its update in Bodhi; and why a batch rests."""
    published = (
        Promoted(1, 501, "bash-1-1.eln142"),
        UpdatesPlanned(((1,),), "eln", 3600),
        UpdateSubmitted(1, "FEDORA-2026-abc"),
    )
    world.hear(*begun(*published, Held("Koji <i>rests</i>", time(DAY + 600))))

    text = web.page("/batches/2")

    assert "updates/FEDORA-2026-abc" in text
    updates = text.partition('id="updates"')[2].partition("</table>")[0]
    assert '<a href="/packages/bash">' in updates
    assert "Koji &lt;i&gt;rests" in text
    assert "in 10 min" in text
    assert '<td class="number">1</td>' in web.page("/batches")


def test_one_is_given_up_by_a_person_who_is_asked_again(web: Asker, world: World) -> None:
    """With the reason, and what is to become of what is left; the batch then says so."""
    world.hear(*begun())
    before = world.log.head()

    asked = send(web, "/batches/2/abandon", {"reason": "bad tag", "requeue": "1"})
    assert "Abandon batch 2?" in asked.text
    assert "What is not built, 2 builds, is due again" in asked.text
    assert world.log.head() == before
    done = send(web, "/batches/2/abandon", hidden(asked.text))

    assert (done.status_code, done.headers["location"]) == (
        303,
        f"/batches/2?recorded={before + 1}-{before + 1}",
    )
    [recorded] = world.log.read(topics=["abandoned"])
    assert recorded.envelope.meta.actor == "ada"
    assert (recorded.envelope.event.reason, recorded.envelope.event.requeue) == ("bad tag", True)
    shown = web.page(done.headers["location"], headers=ada(web))
    assert "abandoned (bad tag)" in shown
    assert "/batches/2/abandon" not in shown


def test_one_that_is_over_is_not_given_up(web: Asker, world: World) -> None:
    """The page says what is wrong, and nothing is recorded."""
    world.hear(*batch.built())

    late = send(web, "/batches/1/abandon", {"reason": "x", "sure": "1"})

    assert late.status_code == 409
    assert "batch 1 is not open" in late.text
    assert world.events("abandoned") == []


def test_nobody_else_gives_one_up(web: Asker, world: World) -> None:
    """They read why not."""
    world.hear(*begun())

    refused_everywhere(web, "/batches/2/abandon", {"reason": "x", "sure": "1"})
    assert "bob may only read" in web.page("/batches/2", headers=reader(web))
    assert world.events("abandoned") == []
