# SPDX-License-Identifier: GPL-3.0-or-later
"""From the words of the domain's tests to a database, and back."""

from collections.abc import Iterable
from typing import NamedTuple

from adapters.service.journal import Draft, Journal
from adapters.store.log import EventLog
from domain.envelope import Recorded
from domain.package import Package
from domain.service import Service
from projections import control, eligibility, runner
from tests.domain.given import Fact


class Projected(NamedTuple):
    """What the projections hold, and up to where they have read the log."""

    position: int | None
    packages: dict[str, Package]
    service: Service


def projected(log: EventLog) -> Projected:
    """Return what the projections of a database hold, decoded."""
    with log.reading() as cursor:
        packages = {package.name: package for package in eligibility.load_all(cursor)}
        return Projected(runner.position(cursor), packages, control.load(cursor))


def draft(fact: Fact) -> Draft:
    """Return a fact as the journal takes it."""
    return Draft(fact.stream, fact.event, fact.meta)


def record(journal: Journal, facts: Iterable[Fact]) -> None:
    """Record facts one by one, the projections with each."""
    for fact in facts:
        with journal.look() as view:
            journal.append(view, [draft(fact)])


def facts(log: Iterable[Recorded]) -> list[Fact]:
    """Return what a log holds, to be recorded once more."""
    return [Fact.of(recorded) for recorded in log]


def append_only(log: EventLog, news: Iterable[Recorded]) -> None:
    """Append events and leave the projections behind."""
    log.append([recorded.envelope for recorded in news])
