# SPDX-License-Identifier: GPL-3.0-or-later
"""Tallies: how many events, decisions by reason and acts by outcome, counted on from the last time.

The log only grows, so what was counted once stays counted.
"""

from collections import Counter
from typing import Any, Final, NamedTuple

from psycopg import Cursor

from domain.batch.events import BuildFinished, Promoted, PromotionRefused
from domain.package.events import Queued, Skipped, SkippedAsRetag
from projections.recent import topics_between
from projections.sql import statement

VERDICTS: Final = (Queued.topic, SkippedAsRetag.topic, Skipped.topic)
BUILDS: Final = (BuildFinished.topic, Promoted.topic, PromotionRefused.topic)


class Tallied(NamedTuple):
    """Counts up to a position: events by topic, verdicts by reason, acts by outcome."""

    position: int
    events: Counter[str]
    decisions: Counter[tuple[str, str]]
    acts: Counter[tuple[str, str]]


def beginning_at(position: int) -> Tallied:
    """Return counts of nothing, to be counted on from there."""
    return Tallied(position, Counter(), Counter(), Counter())


def count_on(cursor: Cursor[Any], before: Tallied, upto: int) -> Tallied:
    """Return the counts up to a position, given those of an earlier one."""
    after = before.position
    events = Counter(topics_between(cursor, after, upto))
    found = {"after": after, "upto": upto, "topics": [*VERDICTS, *BUILDS]}
    rows = cursor.execute(statement("tallies_between"), found).fetchall()
    decisions = Counter({(topic, of): n for topic, of, n in rows if topic in VERDICTS})
    acts = Counter({_act(topic, of): n for topic, of, n in rows if topic in BUILDS})
    return Tallied(upto, before.events + events, before.decisions + decisions, before.acts + acts)


def _act(topic: str, outcome: str) -> tuple[str, str]:
    """Name an act and how it ended: a build by its outcome, a promotion by its event."""
    if topic == BuildFinished.topic:
        return "build", outcome
    return "promotion", "done" if topic == Promoted.topic else "refused"
