# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated hub answers as the real one did: every recorded call, shape for shape."""

import sys
from itertools import chain
from typing import Any

import pytest

from tests.contracts.koji import series
from tests.contracts.koji.excused import EXCUSED
from tests.contracts.koji.recorded import Raised, Recording, recordings
from tests.contracts.koji.series import OFFERED, offered
from tests.contracts.koji.shape import differences, text


@pytest.fixture(scope="module")
def played() -> dict[str, tuple[Recording, Any]]:
    """Each recording of an offered method, with what the hub answers now."""
    both = chain(series.played(series.CALLS), series.played(series.DRAFTS))
    return {one.label: (one, found) for one, found, _ in both}


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
