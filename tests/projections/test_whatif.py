# SPDX-License-Identifier: GPL-3.0-or-later
"""What would have been queued: by another policy, without a part, and at what cost."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.batch.events import BuildFinished, BuildSubmitted, Planned, PlannedBuild
from domain.envelope import Envelope, Event, Meta, Recorded
from domain.package import Package
from domain.package.events import Queued
from domain.policy import Policy
from projections.durations import Durations, Length
from projections.points import Span
from projections.whatif import Change, Imagined, Part, Premise, WhatIf, imagine
from tests.domain.given import MIDNIGHT
from tests.replay.test_golden import events
from tests.sim.histories import NAME, History, arrivals, commit, histories, tagging
from tests.sim.memory import Baseline, Source, World, moment
from tests.sim.test_properties import play, thoroughly

ALL = Span(0, 10**9)
PEOPLE = events(Path(__file__).parents[1] / "replay/golden/0.1.0-people.zip")
POLICY = next(r.envelope.event.policy for r in PEOPLE if r.envelope.event.topic == "policy-adopted")


def changed(imagined: Imagined) -> dict[str, tuple[int, int]]:
    """Of which package how many builds more and fewer."""
    return {change.package: (change.more, change.fewer) for change in imagined.changes}


@thoroughly
@given(st.data(), histories)
def test_with_nothing_otherwise_the_same_is_queued(data: st.DataObject, history: History) -> None:
    """Build by build, whatever happened, and it ends as it ended."""
    steps = data.draw(arrivals(history, passes=4, work=(True, False)))
    world = play([*history.sources, *steps])
    what_if = WhatIf(Premise(ALL))
    for recorded in world.log:
        what_if.take(recorded)
    queued = sum(isinstance(r.envelope.event, Queued) for r in world.log)

    assert what_if.result() == Imagined(queued, queued, ())
    assert ledger(what_if._past.package(NAME)) == ledger(world.package(NAME))


def test_a_decision_of_several_events_is_taken_once() -> None:
    """One build is overtaken by another, which fails: it is not built because it was decided on."""
    world = World([NAME])
    world.hear([Baseline((), moment(0)), Source(NAME, 1, commit(1)), Source(NAME, 2, commit(2))])
    for number in (1, 2):
        world.hear([tagging(number, "f41", 10 * number)])
        world.gate()
    for attempt in world.package(NAME).queued:
        world.finish(NAME, attempt, well=False)
    what_if = WhatIf(Premise(ALL))
    for recorded in world.log:
        what_if.take(recorded)

    assert [outcome for _, outcome, *_ in ledger(world.package(NAME))] == ["superseded", "failed"]
    assert ledger(what_if._past.package(NAME)) == ledger(world.package(NAME))


def ledger(package: Package) -> list[tuple[int, str | None, int, int]]:
    """What was queued of a package, and how it ended."""
    return [(a.build_id, a.outcome, a.generation, a.round) for a in package.ledger]


@thoroughly
@given(st.data(), histories)
def test_without_the_rules_against_re_tags_nothing_less_is_queued(
    data: st.DataObject, history: History
) -> None:
    """Whatever happened: the rules only ever keep something back."""
    steps = data.draw(arrivals(history, passes=4, work=(True,)))
    log = play([*history.sources, *steps]).log
    imagined = imagine(log, Premise(ALL, without=frozenset({"retag"})))

    assert imagined.queued >= imagined.recorded


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("retag", {"zsh": (1, 0)}),
        ("guard", {"zsh": (1, 1)}),
        ("pause", {"bash": (1, 0), "freeipa": (1, 0)}),
    ],
)
def test_without_a_part(part: Part, changes: dict[str, tuple[int, int]]) -> None:
    """One was tagged again; one was rejected, and is later than another; two came and went while
    it was paused.
    """
    assert changed(imagine(PEOPLE, Premise(ALL, without=frozenset({part})))) == changes


def test_another_policy_is_in_force_within_the_span() -> None:
    """What it excludes is fewer, what it no longer excludes is more; before the span all stays."""
    policy = replace(POLICY, trigger_tag="f42", exclude=("^bash$",))
    paused = next(r.position for r in PEOPLE if r.envelope.event.topic == "paused")
    late = imagine(PEOPLE, Premise(Span(paused, len(PEOPLE)), policy))

    assert changed(late) == {"bash": (0, 2), "gcc": (1, 0)}
    assert (late.recorded, late.queued) == (4, 3)
    assert changed(imagine(PEOPLE, Premise(ALL, policy)))["bash"] == (0, 4)


def test_a_policy_that_follows_rawhide_follows_what_it_was() -> None:
    """Which tag that was is on record, and nobody is asked."""
    policy = replace(POLICY, trigger_tag="rawhide")
    assert changed(imagine(PEOPLE, Premise(ALL, policy))) == {"gcc": (1, 0)}


def test_what_would_have_been_queued_counts_as_built() -> None:
    """So the same source is not counted again when it is tagged once more."""
    world = World([NAME], exclude=("^bash$",))
    world.hear([Baseline((), moment(0)), Source(NAME, 1, commit(1)), Source(NAME, 2, commit(1))])
    for number in (1, 2):
        world.hear([tagging(number, "f41", 10 * number)])
        world.gate()
    imagined = imagine(world.log, Premise(ALL, Policy("f41")))

    assert (imagined.recorded, imagined.queued) == (0, 1)
    assert changed(imagined) == {NAME: (1, 0)}


# --- what it would have cost -------------------------------------------------------------------


def told(*said: tuple[Event, float]) -> Durations:
    """What is known after these events of a batch, each at an hour."""
    durations = Durations()
    for position, (event, hour) in enumerate(said, 1):
        meta = Meta(MIDNIGHT + timedelta(hours=hour), "service", "c")
        durations.take(Recorded(position, Envelope("batch:1", position, meta, event)))
    return durations


def planned(*names: str) -> Planned:
    """A batch of these packages, whose builds are numbered."""
    builds = [PlannedBuild(name, i, f"{name}-1-1", "s") for i, name in enumerate(names, 1)]
    return Planned(tuple(builds), "eln", "live")


def test_a_task_lasts_from_submission_to_its_end() -> None:
    """Of several the mean; an end without a submission of ours is no duration."""
    durations = told(
        (planned("bash", "zsh"), 0),
        (BuildSubmitted(1, 11), 1),
        (BuildSubmitted(2, 12), 1),
        (BuildFinished(1, "failed", 11), 2),
        (BuildSubmitted(1, 13), 3),
        (BuildFinished(1, "built", 13), 6),
        (BuildFinished(2, "built", None, adopted=True), 9),
    )

    assert durations.of("bash") == Length(2.0, estimated=False)
    assert durations.of("zsh") is None
    assert durations.usual == Length(2.0, estimated=True)


def test_of_other_packages_the_median_is_taken() -> None:
    """So that one giant says nothing of the others; of none at all, nothing is said."""
    ends = [(1, 0.5), (2, 1.0), (3, 30.0)]
    durations = told(
        (planned("bash", "zsh", "llvm"), 0),
        *((BuildSubmitted(number, number), 0) for number, _ in ends),
        *((BuildFinished(number, "built", number), hours) for number, hours in ends),
    )

    assert durations.usual == Length(1.0, estimated=True)
    assert told().usual is None


def test_each_change_has_the_length_of_a_task() -> None:
    """The package's own where it is known, else the usual one."""
    log = events(Path(__file__).parents[1] / "replay/golden/0.1.0-incident.zip")
    imagined = imagine(log, Premise(ALL, without=frozenset({"retag"})))
    known = [change for change in imagined.changes if change.task and not change.task.estimated]
    guessed = [change for change in imagined.changes if change.task and change.task.estimated]

    assert len(known) == 28
    assert {change.task for change in guessed} == {Length(1 / 6, estimated=True)}
    assert imagined.changes[0] == Change("btrfs-fuse", 1, 0, Length(1 / 6, estimated=False))
