# SPDX-License-Identifier: GPL-3.0-or-later
"""The board as of any point, and what is different between two."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from adapters.ports import Clock
from adapters.service.journal import Journal, View
from adapters.service.kept import KeptBoard, KeptDurations, Overview
from domain.admission.rules import rules_of
from domain.errors import Refused
from domain.service import Service
from projections.board import Line, board
from projections.difference import Change, Moved, added, changes, moves
from projections.durations import Durations
from projections.points import Point, span
from projections.recent import topics_between


class Board(Struct, frozen=True):
    """Every target, as of a position and the time of it; ``at`` is None for the present."""

    position: int
    at: datetime | None
    lines: tuple[Line, ...]


class Difference(Struct, frozen=True):
    """What is different between two positions; ``events`` were recorded in between, by type.

    ``listed`` was added to the package list, ``unlisted`` removed.
    """

    after: int
    upto: int
    service: tuple[Change, ...]
    listed: tuple[str, ...]
    unlisted: tuple[str, ...]
    packages: tuple[Moved, ...]
    events: dict[str, int]


class Overviews:
    """Reads how all targets are, or were."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._kept = KeptBoard()
        self._durations = KeptDurations()

    def overview(self, view: View) -> Overview:
        """Return the board of a view. Raises Refused where there is no policy.

        That of the present is kept, and costs what has changed since it was asked for last.
        """
        if view.at is None:
            return self._kept.of(view, self._clock())
        lines = {line.package: line for line in self._lines(view)}
        return Overview(view.position, lines, view.service.configured.packages.views)

    def durations(self, view: View) -> Durations:
        """Return how long the tasks of each package took, by what is on record."""
        return self._durations.of(view)

    def line(self, view: View, package: str) -> Line | None:
        """Return the line of one package by its name upstream, None where it is no target.

        Raises Refused where there is no policy.
        """
        rules = rules_of(view.service, view.at or self._clock())
        if not rules.names.targeted(package):
            return None
        pair = {package: rules.names.downstream(package)}
        packages = view.packages({package, *pair.values()})
        return next(board(packages, rules, view.service.held, pair))

    def board(self, point: Point | None = None) -> Board:
        """Return the board. Raises NotFound for a position past the end, Refused by no policy."""
        with self._journal.look(point) as view:
            return Board(view.position, view.at, tuple(self._lines(view)))

    def difference(self, start: Point, end: Point | None = None) -> Difference:
        """Return what is different between two points, None being the present.

        Raises NotFound for a position past the end, Invalid where the start comes after the end.
        """
        with self._journal.look() as view:
            span(view.cursor, start, end)
        old, new = self._seen(start), self._seen(end)
        return Difference(
            after=old.position,
            upto=new.position,
            service=tuple(changes(old.service, new.service)),
            listed=tuple(added(old.service, new.service)),
            unlisted=tuple(added(new.service, old.service)),
            packages=tuple(moves(old.lines, new.lines)),
            events=self._counted(old.position, new.position),
        )

    def _seen(self, point: Point | None) -> "_Seen":
        """What there was before there were any rules is a board without targets."""
        with self._journal.look(point) as view:
            try:
                lines = [*self._lines(view)]
            except Refused:
                lines = []
            return _Seen(view.position, view.service, lines)

    def _lines(self, view: View) -> Sequence[Line]:
        rules = rules_of(view.service, view.at or self._clock())
        names = {name for pair in rules.names.targets.items() for name in pair}
        return [*board(view.packages(names), rules, view.service.held)]

    def _counted(self, after: int, upto: int) -> dict[str, int]:
        with self._journal.look() as view:
            return topics_between(view.cursor, after, upto)


class _Seen(Struct, frozen=True):
    position: int
    service: Service
    lines: Sequence[Line]
