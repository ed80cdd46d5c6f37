# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated hub answers as the real one did: every recorded call, shape for shape."""

import sys
from typing import Any, NamedTuple

import pytest

from adapters.sandbox.hub.calls import METHODS
from tests.contracts.koji.excused import DRAFTS, EXCUSED
from tests.contracts.koji.recorded import Raised, Recording, recordings
from tests.contracts.koji.shape import differences, text
from tests.contracts.koji.stage import Stage
from tests.contracts.koji.world import world


class Series(NamedTuple):
    """Recordings made in a row: the hub's last event before them, and when they began."""

    name: str
    last_event: int
    began: float

    def all(self) -> list[Recording]:
        """Its recordings, in the order they were made."""
        return [one for one in recordings() if one.label.startswith(self.name)]


SERIES = (Series("calls", 2894, 1_795_381_377.91), Series("drafts", 11980, 1_795_386_195.77))
OFFERED = {*METHODS, "multiCall", "nosuchMethod"}


def offered() -> list[Recording]:
    """The recordings whose method the hub offers."""
    return [one for one in recordings() if one.method in OFFERED]


@pytest.fixture(scope="module")
def played() -> dict[str, tuple[Recording, Any]]:
    """Each recording of an offered method, with what the hub answers now."""
    found = {}
    for series in SERIES:
        with Stage(world(series.all(), series.last_event, series.began)) as stage:
            for one in series.all():
                if one.method in OFFERED and EXCUSED.get(one.label) != DRAFTS:
                    found[one.label] = (one, stage.play(one))
    return found


def said(recording: Recording, found: Any) -> list[str]:
    """How an answer differs from the recorded one."""
    if recording.fault is None:
        return differences(recording.result, found)
    if not isinstance(found, Raised):
        return [f"{recording.fault} expected, not {found!r}"]
    expected = (recording.fault.code, text(recording.fault.text))
    return (
        [] if expected == (found.code, text(found.text)) else [f"{expected} expected, not {found}"]
    )


def same(recording: Recording, found: Any) -> bool:
    """Whether an answer is the recorded one, ids, times and all."""
    return bool(found == (recording.result if recording.fault is None else recording.fault))


def test_every_recorded_call_is_answered_alike(played: dict[str, tuple[Recording, Any]]) -> None:
    """Each call that is not excused has the recorded keys and types, or fault code and text."""
    wrong = {label: said(*pair) for label, pair in played.items() if label not in EXCUSED}

    assert {label: differs for label, differs in wrong.items() if differs} == {}


def test_what_is_excused_is_still_answered_otherwise(
    played: dict[str, tuple[Recording, Any]],
) -> None:
    """An excuse whose call is answered alike by now is stale."""
    excused = {label: pair for label, pair in played.items() if label in EXCUSED}

    assert {label for label, pair in excused.items() if not said(*pair)} == set()


def test_drafts_are_excused_until_they_can_be_promoted() -> None:
    """Once the hub promotes drafts, the calls about them are judged."""
    assert "promoteBuild" not in METHODS


def test_every_excuse_is_for_a_recording_of_an_offered_method() -> None:
    """An excuse for a call that nobody recorded or that is not offered is stale."""
    assert EXCUSED.keys() - {one.label for one in offered()} == set()


def test_what_judges_the_hub_is_told(
    played: dict[str, tuple[Recording, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    """How many recordings judge the hub is printed, and which methods it does not offer."""
    judging = [label for label in played if label not in EXCUSED]
    equal = [label for label in judging if same(*played[label])]
    missing = sorted({one.method for one in recordings()} - OFFERED)

    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(judging)} of {len(recordings())} recorded calls judge the hub, "
            f"{len(equal)} of them are equal value for value; excused, "
            f"though offered: {len(EXCUSED)}; not offered: {', '.join(missing)}\n"
        )

    assert len(judging) + len(EXCUSED) == len(offered())
