# SPDX-License-Identifier: GPL-3.0-or-later
"""What is different between two points: of the service, the package list, each target."""

from hypothesis import given as drawn

from domain.service import Service
from domain.service.events import DistChanged, Paused, PlanHeld, TriggerChanged
from projections.board import Line, board
from projections.difference import Change, Moved, added, changes, moves
from tests.domain.given import configured, given, nvr, rules, tagged
from tests.domain.histories import HISTORIES, History, lived
from tests.domain.service.given import adopted, after, said


def test_what_is_otherwise_of_the_service_is_told() -> None:
    """Who paused it and why, the trigger tag, the dist, what the guard holds; nothing else."""
    before = after(*adopted(configured("f41")))
    now = after(
        said(Paused("branching"), by="ada"),
        said(TriggerChanged("f41", "f42")),
        said(DistChanged(None, "eln142")),
        said(PlanHeld("abc", "too much", ())),
        start=before,
    )
    assert list(changes(before, now)) == [
        Change("pause", "", "by ada: branching"),
        Change("trigger tag", "f41", "f42"),
        Change("dist", "", "eln142"),
        Change("held plans", "", "abc"),
    ]


def test_another_policy_is_told_by_what_it_says() -> None:
    """Its revision, and what it excludes and renames: what went and what came, no more."""
    exclude, overrides = ["^kernel$", "^gcc$"], {"zsh": "zsh"}
    before = after(*adopted(configured(exclude=exclude, overrides=overrides)))
    more = {**overrides, "ipa": "freeipa", "vim": "vim"}
    now = after(*adopted(configured(exclude=["^k", "^gcc$"], overrides=more)), start=before)
    told = {change.what: (change.before, change.after) for change in changes(before, now)}

    assert told.keys() == {"policy", "exclude", "overrides"}
    assert told["exclude"] == ("^kernel$", "^k")
    assert told["overrides"] == ("", "freeipa→ipa vim")


def test_the_package_list_is_compared_by_name() -> None:
    """What was added; the other way round, what was removed."""
    before = after(*adopted(configured(listed=["bash", "zsh"])))
    now = after(*adopted(configured(listed=["awk", "zsh"])), start=before)
    assert (added(before, now), added(now, before)) == (["awk"], ["bash"])


def test_a_target_that_is_otherwise_or_has_another_build_is_told() -> None:
    """Also one that became a target, or ceased to be one."""
    before = list(board(given(tagged(1, 10)).packages, rules(listed=["bash", "zsh"])))
    log = given(tagged(1, 10), tagged(2, 20))
    now = list(board(log.packages, rules(listed=["awk", "bash"])))
    assert list(moves(before, now)) == [
        Moved("awk", None, "none", None, None),
        Moved("bash", "waiting", "waiting", nvr(1), nvr(2), "due"),
        Moved("zsh", "none", None, None, None),
    ]


@drawn(HISTORIES)
def test_between_a_point_and_itself_nothing_is_different(history: History) -> None:
    """Whatever happened until then."""
    lines: list[Line] = list(board(lived(history).packages, rules()))
    assert list(moves(lines, lines)) == []
    assert list(changes(Service(), Service())) == []
