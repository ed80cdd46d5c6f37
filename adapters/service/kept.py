# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept of the log for who looks: only what has changed since somebody looked is read.

Each is for any number of threads, and works on what was kept.
"""

from collections.abc import Mapping
from datetime import datetime
from threading import Lock
from typing import Any, Final, NamedTuple

from msgspec import Struct

from adapters.service.journal import View
from domain.admission.rules import Rules, rules_of
from domain.service.state import HeldPlan
from projections.board import Line, board
from projections.durations import LEARNED_FROM, Durations
from projections.recent import packages_between

OVER_TIME: Final = "failed"
"""The state that ends by itself, when a failure expires."""

FAR: Final = 50_000
"""Events after which everything is judged anew: to look through them would cost as much."""


class Overview(Struct, frozen=True):
    """A line for each target by its name upstream, as of a position; ``views``: of its list."""

    position: int
    lines: Mapping[str, Line]
    views: Mapping[str, str]


class _Grounds(NamedTuple):
    """What the lines rest on besides the packages."""

    revisions: tuple[Any, ...]
    held: tuple[HeldPlan, ...]


class KeptBoard:
    """The present board: judged anew is only what may have changed."""

    def __init__(self) -> None:
        self._kept: tuple[_Grounds, Rules, Overview] | None = None

    def of(self, view: View, now: datetime) -> Overview:
        """Return the board as of a view of the present. Raises Refused where nothing is decided."""
        grounds = _Grounds(_revisions(view), view.service.held)
        kept = self._kept
        if kept is None or kept[0] != grounds or not 0 <= view.position - kept[2].position < FAR:
            rules = rules_of(view.service, now)
            found = _judged(view, rules, rules.names.targets, {})
        else:
            rules = kept[1].at(now)
            found = _judged(view, rules, _changed(view, rules, kept[2]), kept[2].lines)
        if kept is None or found.position >= kept[2].position:
            self._kept = grounds, rules, found
        return found


class KeptDurations:
    """How long tasks took, by all that is on record up to the latest view that asked."""

    def __init__(self) -> None:
        self._durations = Durations()
        self._position = 0
        self._learning = Lock()

    def of(self, view: View) -> Durations:
        """Learn of what is new in a view; who looks at the past is told what is known today."""
        with self._learning:
            if view.position > self._position:
                for recorded in view.log.read(
                    self._position, upto=view.position, topics=LEARNED_FROM
                ):
                    self._durations.take(recorded)
                self._position = view.position
        return self._durations


def _revisions(view: View) -> tuple[Any, ...]:
    configured, dist = view.service.configured, view.service.dist
    names = configured.policy_revision, configured.list_revision, configured.settings_revision
    return (*names, configured.trigger_tag, dist)


def _changed(view: View, rules: Rules, kept: Overview) -> Mapping[str, str]:
    """Return the targets that may be otherwise: of whom something was heard, or by time alone."""
    heard = packages_between(view.cursor, kept.position, view.position)
    return {
        upstream: downstream
        for upstream, downstream in rules.names.targets.items()
        if upstream in heard or downstream in heard or kept.lines[upstream].state == OVER_TIME
    }


def _judged(
    view: View, rules: Rules, targets: Mapping[str, str], kept: Mapping[str, Line]
) -> Overview:
    names = {name for pair in targets.items() for name in pair}
    lines = board(view.packages(names), rules, view.service.held, targets)
    new = {line.package: line for line in lines}
    return Overview(view.position, {**kept, **new}, view.service.configured.packages.views)
