# SPDX-License-Identifier: GPL-3.0-or-later
"""What the guard counts: how much was queued lately without a person's approval."""

from typing import Any

import pytest
from msgspec.structs import replace

from adapters.service.journal import Journal
from adapters.store.log import EventLog
from domain.admission.gate import Recent
from domain.package.events import Queued
from domain.values import Mode
from projections.recent import queued_lately, topics_between
from tests.domain.given import DAY, Fact, Given, given, happened, rules, tagged, time
from tests.projections.writing import facts, record


def queued(package: str, at: float = 0, **basis: Any) -> Fact:
    """Return that a build of a package was queued, with another basis."""
    event = given(tagged(1, 10, package=package)).when(rules(listed=[package])).verdict(1)
    assert isinstance(event, Queued)
    return happened(package, replace(event, basis=replace(event.basis, **basis)), at)


def counted(
    journal: Journal, log: EventLog, *recorded: Fact, now: float = 100, mode: Mode = "live"
) -> Recent:
    """Record these, and return what the guard counts then."""
    for fact in recorded:
        package = fact.stream.removeprefix("package:")
        record(journal, [tagged(1, 10, package=package), fact])
    with log.reading() as cursor:
        return queued_lately(cursor, time(now), mode, log.head())


def test_an_empty_log_counts_nothing(journal: Journal, log: EventLog) -> None:
    """Nothing was queued, nothing counts."""
    assert counted(journal, log) == Recent()


def test_what_was_queued_is_counted(journal: Journal, log: EventLog) -> None:
    """All of it, and of it what only a change made due."""
    some = [queued("bash"), queued("zsh", by_change=True), queued("awk", by_change=True)]
    assert counted(journal, log, *some) == Recent(builds=3, by_change=2)


def test_what_a_person_approved_is_not_counted(journal: Journal, log: EventLog) -> None:
    """The limits are for what nobody looked at."""
    some = [queued("bash"), queued("zsh", by_change=True, approval="service@9")]
    assert counted(journal, log, *some) == Recent(builds=1)


def test_what_a_person_requested_is_counted(journal: Journal, log: EventLog) -> None:
    """A request is no approval of a plan."""
    assert counted(journal, log, queued("bash", request="package:bash@2")) == Recent(builds=1)


@pytest.mark.parametrize(("age", "builds"), [(0, 1), (DAY - 1, 1), (DAY, 0), (2 * DAY, 0)])
def test_a_day_is_what_counts(journal: Journal, log: EventLog, age: float, builds: int) -> None:
    """After 24 hours what was queued is forgotten."""
    assert counted(journal, log, queued("bash", at=50), now=50 + age).builds == builds


def test_each_mode_counts_its_own(journal: Journal, log: EventLog) -> None:
    """What was queued live does not hold a shadow's plan."""
    some = [queued("bash"), queued("zsh", mode="shadow"), queued("awk", mode="shadow")]
    assert counted(journal, log, *some) == Recent(builds=1)
    assert counted(journal, log, mode="shadow") == Recent(builds=2)
    assert counted(journal, log, mode="scratch") == Recent()


def test_skips_are_not_counted(journal: Journal, log: EventLog, life: Given) -> None:
    """Only what is queued uses the limits."""
    record(journal, facts(life.log))
    queues = sum(isinstance(recorded.envelope.event, Queued) for recorded in life.log)
    assert counted(journal, log, now=DAY).builds == queues


def test_topics_are_counted_between_two_positions(
    journal: Journal, log: EventLog, life: Given
) -> None:
    """Behind the one, up to and with the other."""
    record(journal, facts(life.log))
    with log.reading() as cursor:
        assert topics_between(cursor, 0, 2) == {"tagged": 2}
        assert topics_between(cursor, 2, 3) == {"destination-seen": 1}
        assert topics_between(cursor, log.head(), log.head()) == {}
        assert sum(topics_between(cursor, 0, log.head()).values()) == len(life.log)
