# SPDX-License-Identifier: GPL-3.0-or-later
"""From the promotion to the stable tag, with bodhi's own client and a Bodhi that misbehaves."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from adapters.config.sections import Bodhi
from adapters.sandbox.bodhi.updates import UNSIGNED, Update
from adapters.sandbox.hub import Mishap, tagging
from adapters.service.operation import new_id
from adapters.store.log import EventLog
from domain.batch.events import Finished, Promoted, SideTagRemoved
from domain.batch.update_events import (
    StableReached,
    StableTimedOut,
    UpdateDropped,
    UpdateHeld,
    UpdateRefused,
    UpdateRequested,
    UpdatesPlanned,
    UpdateSplit,
    UpdateSubmitted,
)
from domain.package.events import Published
from tests.adapters.service.online import STABLE, Rawhide
from tests.adapters.service.test_batches import leftovers

NAMES = ("bash", "llvm", "zsh")
Start = Callable[..., Rawhide]


@pytest.fixture
def start(log: EventLog) -> Iterator[Start]:
    """Start a service that publishes; the fields are of the table bodhi."""
    made: list[Rawhide] = []

    def begin(**fields: Any) -> Rawhide:
        section = Bodhi(url="https://bodhi.example/", **fields)
        rawhide = Rawhide(log, NAMES, publishing=section)
        made.append(rawhide)
        rawhide.__enter__()
        rawhide.baseline()
        return rawhide

    yield begin
    for each in made:
        each.__exit__()


def built(rawhide: Rawhide, *names: str) -> list[int]:
    """Packagers build these; return the builds' ids."""
    made = [rawhide.build(name).id for name in names or NAMES]
    rawhide.listen()
    return made


def stable(rawhide: Rawhide) -> list[str]:
    """The packages that the stable tag holds, in order."""
    return sorted(
        row.build.name for row in tagging.tagged(rawhide.world, rawhide.world.tag(STABLE))
    )


def finish(rawhide: Rawhide, *, minutes: float = 6) -> None:
    """Make passes, so far apart, until the batch is over."""
    for _ in range(100):
        rawhide.later(minutes=minutes - 6)
        rawhide.passes()
        with rawhide.app.journal.look() as view:
            if view.batch is None:
                return
    raise AssertionError("the batch is open for ever")


def test_a_batch_ends_in_the_stable_tag(start: Start) -> None:
    """One update of all that was built; each package says by which it came where, and when."""
    rawhide = start(batch_page="https://ebs.example/batches/")
    ids = built(rawhide)
    finish(rawhide)

    [update] = rawhide.bodhi.updates.made
    assert sorted(build.name for build in update.builds) == list(NAMES)
    assert "batch 1" in update.notes
    assert "bash, llvm, zsh" in update.notes
    assert "https://ebs.example/batches/1" in update.notes
    assert stable(rawhide) == list(NAMES)
    published = rawhide.events(Published.topic)
    assert sorted(each.build_id for each in published) == ids
    assert {(e.update, e.tag, e.batch) for e in published} == {(update.alias, STABLE, 1)}
    times = {
        row.create_event for row in rawhide.world.listings.by_tag[rawhide.world.tag(STABLE).id]
    }
    assert {each.at.timestamp() for each in published} == {rawhide.world.events[e] for e in times}
    assert rawhide.events(Finished.topic) == [Finished(3, 0)]
    assert leftovers(rawhide) == []


def test_a_batch_is_divided_as_configured(start: Start) -> None:
    """Each update has a side tag of its own, which is Bodhi's once it has the update."""
    rawhide = start(batch_size=2, max_single_batch_size=2)
    built(rawhide)
    finish(rawhide)

    assert [len(u.builds) for u in rawhide.bodhi.updates.made] == [2, 1]
    assert len({u.side_tag for u in rawhide.bodhi.updates.made}) == 2
    assert [event.update for event in rawhide.events(SideTagRemoved.topic)] == [0]
    assert stable(rawhide) == list(NAMES)
    assert leftovers(rawhide) == []


def names(rawhide: Rawhide) -> list[list[str]]:
    """The packages of the updates that were made for ELN."""
    return [
        sorted(build.name for build in update.builds)
        for update in rawhide.bodhi.updates.made
        if not update.side_tag.startswith("rawhide")
    ]


def came(rawhide: Rawhide, *packages: str) -> None:
    """What packagers built of these last came into Rawhide by one update."""
    newest = {build.name: build for build in rawhide.world.builds.values()}
    rawhide.bodhi.updates.came(*(newest[name] for name in packages))


def test_what_came_together_in_rawhide_is_published_together(start: Start) -> None:
    """Where a batch is divided: no update of Rawhide's is torn, though its builds are not next."""
    rawhide = start(batch_size=2, max_single_batch_size=2)
    built(rawhide)
    came(rawhide, "bash", "zsh")
    finish(rawhide)

    assert names(rawhide) == [["bash", "zsh"], ["llvm"]]
    assert stable(rawhide) == list(NAMES)
    assert leftovers(rawhide) == []


def not_told(rawhide: Rawhide) -> None:
    """All is promoted, and Bodhi was asked what came together, and is away."""
    built(rawhide)
    came(rawhide, "bash", "zsh")
    rawhide.bodhi.trouble.always = Mishap.LOST_BEFORE
    for _ in range(10):
        rawhide.passes()
        if rawhide.bodhi.asked:
            break
    assert len(rawhide.events(Promoted.topic)) == len(NAMES)
    assert not rawhide.events(UpdatesPlanned.topic)


def test_what_came_together_is_asked_for_again(start: Start) -> None:
    """For a quarter of an hour, also by a service that is started anew."""
    rawhide = start(batch_size=2, max_single_batch_size=2)
    not_told(rawhide)
    rawhide.passes()
    assert not rawhide.events(UpdatesPlanned.topic)

    rawhide.start()
    rawhide.bodhi.trouble.always = None
    finish(rawhide)

    assert names(rawhide) == [["bash", "zsh"], ["llvm"]]
    assert stable(rawhide) == list(NAMES)


def test_a_batch_is_divided_without_knowing_what_came_together(start: Start) -> None:
    """After a quarter of an hour, and for good: Bodhi is not asked again once it is back."""
    rawhide = start(batch_size=2, max_single_batch_size=2)
    not_told(rawhide)
    rawhide.passes(3)
    [planned] = rawhide.events(UpdatesPlanned.topic)
    assert [len(update) for update in planned.updates] == [2, 1]

    rawhide.bodhi.trouble.always = None
    finish(rawhide)

    assert names(rawhide) == [["bash", "llvm"], ["zsh"]]
    assert stable(rawhide) == list(NAMES)


def test_a_bodhi_that_accepts_and_loses_its_reply(start: Start) -> None:
    """The update is found by its side tag, and not asked for a second time."""
    rawhide = start()
    built(rawhide)
    rawhide.bodhi.trouble.at = dict.fromkeys(range(6, 8), Mishap.LOST_AFTER)
    finish(rawhide)

    assert rawhide.bodhi.trouble.seen.count("POST /updates/") == 1
    [submitted] = rawhide.events(UpdateSubmitted.topic)
    assert submitted.adopted
    assert len(rawhide.bodhi.updates.made) == 1
    assert stable(rawhide) == list(NAMES)


@pytest.mark.parametrize("away", [False, True])
def test_an_update_that_a_restored_log_does_not_know(start: Start, *, away: bool) -> None:
    """It is taken over by its builds, though Bodhi did not answer at first; our side tag goes."""
    rawhide = start()
    built(rawhide)
    while not rawhide.events(UpdatesPlanned.topic):
        rawhide.passes()
    there = made_of_a_lost_side_tag(rawhide, *NAMES)
    rawhide.bodhi.reply = (503, b"") if away else None
    rawhide.passes(2)
    rawhide.bodhi.reply = None
    finish(rawhide)

    [submitted] = rawhide.events(UpdateSubmitted.topic)
    assert (submitted.alias, submitted.adopted) == (there.alias, True)
    assert rawhide.bodhi.updates.made == [there]
    assert bool(rawhide.events(UpdateRefused.topic)) == away
    assert stable(rawhide) == list(NAMES)
    assert leftovers(rawhide) == []


def test_updates_that_a_restored_log_does_not_know(start: Start) -> None:
    """Divided otherwise than by the log: each is taken over, and what is in none is published."""
    rawhide = start()
    built(rawhide)
    while not rawhide.events(UpdatesPlanned.topic):
        rawhide.passes()
    there = {made_of_a_lost_side_tag(rawhide, name).alias for name in ("bash", "zsh")}
    finish(rawhide)

    submitted = rawhide.events(UpdateSubmitted.topic)
    assert {event.alias for event in submitted if event.adopted} == there
    assert sorted(names(rawhide)) == [["bash"], ["llvm"], ["zsh"]]
    assert not rawhide.events(UpdateRefused.topic)
    assert stable(rawhide) == list(NAMES)
    assert leftovers(rawhide) == []


def made_of_a_lost_side_tag(rawhide: Rawhide, *packages: str) -> Update:
    """Return the update of what was promoted of these, made of a side tag that is on no record."""
    assert rawhide.koji is not None
    side = rawhide.koji.create_side_tag("eln-build")
    events = rawhide.events(Promoted.topic)
    builds = {rawhide.world.builds[e.downstream_build_id].name: e for e in events}
    promoted = [builds[package].downstream_build_id for package in packages]
    assert set(rawhide.koji.tag_builds(side.id, promoted).values()) == {None}
    rawhide.later(minutes=1)
    rawhide.server.hub.tick()
    return rawhide.bodhi.updates.make(side.name, "of a batch that is lost")


def test_a_bodhi_that_refuses_one_build(start: Start) -> None:
    """The rest goes through without it; it is asked for hourly, and given up at last."""
    rawhide = start()
    rawhide.bodhi.updates.objections["llvm"] = UNSIGNED
    built(rawhide)
    finish(rawhide, minutes=20)

    assert stable(rawhide) == ["bash", "zsh"]
    assert len(rawhide.events(UpdateSplit.topic)) == 1
    assert {event.update for event in rawhide.events(UpdateHeld.topic)} == {2}
    [dropped] = rawhide.events(UpdateDropped.topic)
    assert "is not signed" in dropped.reason
    assert len(rawhide.events(Published.topic)) == 2
    assert leftovers(rawhide) == []


def test_what_was_refused_goes_through_when_bodhi_lets_it(start: Start) -> None:
    """A build that is signed later is published by the next hourly request, by itself."""
    rawhide = start()
    rawhide.bodhi.updates.objections["llvm"] = UNSIGNED
    built(rawhide)
    for _ in range(100):
        rawhide.passes()
        if rawhide.events(UpdateHeld.topic):
            break
    rawhide.bodhi.updates.objections.clear()
    finish(rawhide, minutes=12)

    assert stable(rawhide) == list(NAMES)
    assert not rawhide.events(UpdateDropped.topic)


def test_a_bodhi_that_is_away(start: Start) -> None:
    """It is asked for a quarter of an hour, then the update is held, and it is asked hourly."""
    rawhide = start()
    rawhide.bodhi.reply = (503, b"")
    built(rawhide)
    rawhide.passes(14)
    held = rawhide.events(UpdateHeld.topic)
    assert len(held) == 1
    assert "503" in held[0].reason
    assert 1 < len(rawhide.events(UpdateRefused.topic)) < 5

    rawhide.bodhi.reply = None
    finish(rawhide)
    assert stable(rawhide) == list(NAMES)
    assert len(rawhide.bodhi.updates.made) == 1


@pytest.mark.parametrize("when_late", ["go-on", "hold"])
def test_a_stable_tag_that_takes_six_hours(start: Start, when_late: str) -> None:
    """Told as late after the wait, as stalled where nothing gets there; then as configured."""
    rawhide = start(when_late=when_late)
    rawhide.bodhi.updates.delay = 6 * 3600
    ids = built(rawhide)
    finish(rawhide, minutes=25)

    [late] = rawhide.events(StableTimedOut.topic)
    assert sorted(late.build_ids) == ids
    assert late.stalled
    assert stable(rawhide) == (list(NAMES) if when_late == "hold" else [])
    rawhide.later(hours=2)
    rawhide.passes(2)
    assert stable(rawhide) == list(NAMES)
    reached = [i for event in rawhide.events(StableReached.topic) for i in event.build_ids]
    assert sorted(reached) == ids, "also what comes after its batch went on"
    assert len(rawhide.events(Published.topic)) == len(NAMES)
    assert leftovers(rawhide) == []


def test_others_get_there_and_ours_do_not(start: Start) -> None:
    """Then it is not signing that is backed up, and the wait is no longer than configured."""
    rawhide = start()
    rawhide.bodhi.updates.gated.add("bash")
    built(rawhide)
    began = rawhide.now()
    while not rawhide.events(StableTimedOut.topic):
        rawhide.passes()
        tagging.release(rawhide.world, rawhide.build("other", None), STABLE)

    [late] = rawhide.events(StableTimedOut.topic)
    assert not late.stalled
    assert (rawhide.now() - began).total_seconds() < 2.5 * 3600


def test_a_message_makes_it_look_sooner(start: Start) -> None:
    """That something came into the stable tag is a hint; without one it is looked at in time."""
    rawhide = start()
    built(rawhide)
    while not rawhide.events(UpdateSubmitted.topic):
        rawhide.passes()
    rawhide.bodhi.updates.delay = 0
    rawhide.server.hub.tick()
    rawhide.later(minutes=1)
    rawhide.app.work.run(new_id())
    assert not rawhide.events(Published.topic)

    rawhide.listen()
    rawhide.app.work.run(new_id())
    assert len(rawhide.events(Published.topic)) == len(NAMES)


def test_scratch_publishes_nothing(start: Start) -> None:
    """There is nothing that could be: no draft, no update."""
    rawhide = start()
    settings = replace(rawhide.configured.offer.settings, mode="scratch")
    rawhide.configured.offer = replace(rawhide.configured.offer, settings=settings)
    built(rawhide)
    finish(rawhide)

    assert rawhide.bodhi.asked == 0
    assert not rawhide.events(UpdatesPlanned.topic)


def test_an_abandoned_batch_publishes_nothing_more(start: Start) -> None:
    """The side tag of an update that never came to be is removed."""
    rawhide = start()
    rawhide.bodhi.reply = (503, b"")
    built(rawhide)
    while not rawhide.events(UpdateRefused.topic):
        rawhide.passes()
    rawhide.app.operators.abandon(1, "Bodhi is gone", rawhide.by("person"))
    finish(rawhide)

    assert leftovers(rawhide) == []
    assert stable(rawhide) == []
    assert len(rawhide.events(UpdateRequested.topic)) >= 1
