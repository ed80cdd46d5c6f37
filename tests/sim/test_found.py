# SPDX-License-Identifier: GPL-3.0-or-later
"""Histories that went wrong once, each in its shortest form."""

import pytest

from tests.sim.histories import NAME, Pass, Step, Trigger, commit, row, tagging
from tests.sim.memory import Baseline, InDestination, Source, World, moment
from tests.sim.test_properties import last, play

EMPTY = Baseline((), moment(0))


def test_a_newer_build_untagged_brings_back_the_older_in_one_pass() -> None:
    """The pass that sees a queued build leave the tag queues the one that is newest then."""
    older, newer = tagging(1, "f42", 1), tagging(2, "f42", 2)
    gone = tagging(2, "f42", 3, untag=True)
    world = lived([EMPTY, Trigger(), older, Pass(), newer, Pass(), gone, Pass()])

    assert [attempt.build_id for attempt in world.package(NAME).queued] == [1]


@pytest.mark.parametrize("passes", [[], [Pass()]])
def test_what_is_queued_is_overtaken_by_what_is_done(passes: list[Step]) -> None:
    """A build is not rebuilt where the newest is another that ELN has, also if it was queued."""
    done = InDestination(NAME, 102, commit(2), moment(2))
    world = lived(
        [EMPTY, Trigger(), tagging(1, "f42", 1), *passes, tagging(2, "f42", 3), done, Pass()]
    )

    assert world.package(NAME).queued == ()


@pytest.mark.parametrize("late", [False, True])
def test_a_message_as_old_as_the_baseline(late: bool) -> None:
    """What the baseline found comes first, whether or not its message arrived before it."""
    found = tagging(2, "f41", 2)
    baseline = Baseline((row("f41", 2, commit(2)),), moment(2))
    news: list[Step] = [baseline, found] if late else [found, baseline]
    copies = [tagging(1, "f42", 1), tagging(2, "f42", 3)]
    world = lived([*news, *copies, Trigger(), Pass()])

    assert last(world.package(NAME)) == commit(1)


def lived(steps: list[Step]) -> World:
    """Return a service that lived through these steps; Koji knows the sources."""
    sources = [Source(NAME, build_id, commit(build_id)) for build_id in (1, 2)]
    return play([*sources, *steps])
