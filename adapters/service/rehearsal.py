# SPDX-License-Identifier: GPL-3.0-or-later
"""A journal that decides and appends nothing, for whoever asks what would be recorded."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Cursor

from adapters.ports import Log
from adapters.service.journal import Draft, Journal, View, envelopes
from domain.envelope import Recorded
from projections import batches, control, eligibility
from projections.news import divide
from projections.points import Point
from projections.runner import States


class Rehearsal(Journal):
    """Each view shows what was decided in the rehearsal so far as if it were on record."""

    def __init__(self, log: Log) -> None:
        super().__init__(log)
        self._imagined: list[Recorded] = []

    @contextmanager
    def look(self, point: Point | None = None) -> Iterator[View]:
        with super().look(point) as view:
            if view.at is None:
                _move(view, self._imagined)
            yield view

    def append(
        self,
        view: View,
        drafts: Iterable[Draft],
        also: Callable[[Cursor[Any]], None] | None = None,  # noqa: ARG002 - it would write
    ) -> list[Recorded]:
        """Return what the drafts would be recorded as."""
        news = [
            Recorded(position, envelope)
            for position, envelope in enumerate(envelopes(view, drafts), view.position + 1)
        ]
        _move(view, news)
        self._imagined += news
        return news


def _move(view: View, log: list[Recorded]) -> None:
    news = divide(log)
    packages = eligibility.fold(view.packages(news.packages), news)
    gone_on = batches.fold(view.states.batches, news)
    view.moved(log, States(packages, gone_on, control.fold(view.service, news)))
