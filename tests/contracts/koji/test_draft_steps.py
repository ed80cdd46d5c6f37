# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of the drafts: what their calls sent on the bus, and what they were silent about."""

from collections.abc import Iterator
from typing import Final

import pytest

from adapters.sandbox.hub import Bus
from tests.contracts.koji import series
from tests.contracts.koji.play import line, numberless, told
from tests.contracts.koji.recorded import Step, steps

STEPS: Final = {label: step for label, step in steps().items() if step.calls}
LATE: Final = {
    "draft-steps/036-17-multicall-promote",
    "draft-steps/040-19-removeSideTag-with-draft-then-promote",
    "draft-steps/042-21-READY-repo-holds-dangling-draft-path-after-promotion",
}
"""Steps that were listened to only once their first builds were over."""
NOT_SAID: Final = {
    "draft-steps/041-20-untag-and-deleteBuild-of-draft": "1->2",  # deleteBuild is not offered
    "draft-steps/042-21-READY-repo-holds-dangling-draft-path-after-promotion": "repo.",
    "draft-steps/043-22-extra-change-makes-repo-stale": "repo.",
}
"""What no call of the step made: repositories that others asked for, or that came after it."""
UNORDERED: Final = {"draft-steps/019-09h-repo-after-promotion"}
"""Two repositories at once are ready in any order."""


@pytest.fixture(scope="module")
def heard() -> dict[str, list[str]]:
    """What was heard of each step, until there was nothing more to be done."""
    return dict(_heard())


def _heard() -> Iterator[tuple[str, list[str]]]:
    ends = {_end(step): label for label, step in STEPS.items()}
    for one, _, stage in series.played(series.DRAFTS):
        if one.label in ends:
            stage.settle()
            assert stage.world.bus is not None
            yield ends[one.label], [line(message) for message in stage.world.bus.sent]
            stage.world.bus = Bus()


def _end(step: Step) -> str:
    """The last call of a step that the hub offers."""
    offered = {one.label for one in series.offered()}
    return next(label for label in reversed(step.calls) if label in offered)


def judged(label: str, lines: list[str]) -> list[str]:
    """The lines that a step is judged by, without the ids of tasks and repositories."""
    others = NOT_SAID.get(label)
    kept = [numberless(told(one)) for one in lines if others is None or others not in one]
    return sorted(kept) if label in UNORDERED else kept


@pytest.mark.parametrize("label", STEPS)
def test_a_step_of_drafts_says_what_was_recorded(label: str, heard: dict[str, list[str]]) -> None:
    """A draft is told of like any build, its promotion without its name, and nothing else is."""
    expected, found = judged(label, STEPS[label].summary), judged(label, heard[label])

    assert (found[-len(expected) :] if label in LATE else found) == expected
