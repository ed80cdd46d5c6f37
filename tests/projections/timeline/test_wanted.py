# SPDX-License-Identifier: GPL-3.0-or-later
"""Who asks for some is shown only these; what is hidden is counted, and ends what it ended."""

import pytest

from projections.timeline import Wanted
from tests.projections.timeline.given import LIFE, at, drawn, marks, only


@pytest.mark.parametrize(
    ("wanted", "positions"),
    [
        (Wanted(), [1, 2, 3, 4, 5, 6, 7, 8]),
        (Wanted(packages=frozenset({"bash"})), [2, 4, 5, 6]),
        (Wanted(batches=frozenset({7})), [4, 5, 6, 7]),
        (Wanted(actors=frozenset({"ada", "bodhi"})), [1, 2, 3, 7]),
        (Wanted(topics=frozenset({"tagged"})), [2, 3]),
        (Wanted(packages=frozenset({"bash"}), topics=frozenset({"tagged"})), [2]),
        (Wanted(actors=frozenset({"nobody"})), []),
    ],
    ids=["all", "package", "batch", "actor", "type", "both", "none"],
)
def test_only_what_is_wanted_is_shown(wanted: Wanted, positions: list[int]) -> None:
    """The rest is counted as hidden."""
    timeline = drawn(*LIFE, wanted=wanted)

    assert sorted(p for mark in marks(timeline) for p in mark.positions) == positions
    assert timeline.counts.hidden == len(LIFE) - len(positions)


def test_a_hidden_end_ends_all_the_same() -> None:
    """Who resumed is not wanted; that the pause was over by then is true."""
    mark = only(drawn(*LIFE, wanted=Wanted(topics=frozenset({"paused"}))))

    assert (mark.until, mark.positions) == (at(8), (1,))


def test_a_wanted_package_has_a_lane_of_its_own() -> None:
    """All others share one."""
    lanes = drawn(*LIFE, wanted=Wanted(packages=frozenset({"zsh"}))).lanes

    assert [(lane.kind, lane.name) for lane in lanes] == [("package", "zsh")]
    assert [lane.name for lane in drawn(*LIFE).lanes] == ["service", "batch 7", "packages"]
