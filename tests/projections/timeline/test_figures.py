# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary: how much of what, and for how long."""

from datetime import timedelta

from domain.batch.events import Held
from domain.package.events import SkippedAsRetag, Tagged
from domain.policy import Policy
from domain.service.events import GapFound, Paused, PolicyAdopted, Resumed
from tests.projections.timeline.given import EXAMPLES, at, drawn, recorded


def test_figures_count_and_measure() -> None:
    """How much of what; what lasts is measured within the window, overlaps once."""
    retag = next(event for event in EXAMPLES if isinstance(event, SkippedAsRetag))
    log = [
        recorded(1, Paused("x"), -30),
        recorded(2, PolicyAdopted("b", Policy("f41", pause=True), "git"), 10),
        recorded(3, Resumed(), 20),
        recorded(4, PolicyAdopted("c", Policy("f41"), "git"), 30),
        recorded(5, Tagged(1, "bash-1-1", "f41"), 31, via="catch-up"),
        recorded(6, Tagged(2, "bash-2-1", "f41"), 31, via="message"),
        recorded(7, retag, 40),
        recorded(8, Held("away", at(600)), 50),
        recorded(9, GapFound(at(25), at(31), {"f41": 1}), 55),
    ]

    assert {figure.name: figure.value for figure in drawn(*log).figures} == {
        "taggings and untaggings": 2,
        "of these told by no message": 1,
        "builds skipped as re-tags": 1,
        "paused": timedelta(minutes=30),
        "longest time unheard": timedelta(minutes=30),
        "bus silent": timedelta(minutes=6),
        "held up by Koji": timedelta(minutes=10),
    }
