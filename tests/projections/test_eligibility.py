# SPDX-License-Identifier: GPL-3.0-or-later
"""Eligibility: the fold of each package's stream, and its rows."""

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from adapters.service.journal import Journal
from adapters.store.log import EventLog
from domain.package import Package
from domain.service.events import Paused
from projections import eligibility
from projections.news import divide
from tests.domain.given import Given, built, given, tagged
from tests.domain.histories import HISTORIES, History, lived
from tests.domain.service.given import said
from tests.projections.writing import facts, projected, record


@drawn(HISTORIES)
def test_what_a_row_holds_is_read_back_equal(history: History) -> None:
    """Encoded and decoded, a package is what it was, whatever happened to it."""
    for package in lived(history).packages.values():
        assert eligibility._decode(eligibility._encode(package)) == package


@drawn(HISTORIES, st.data())
def test_folded_in_parts_is_folded_one_by_one(history: History, data: st.DataObject) -> None:
    """Wherever the news is split, the fold is that of each event after the other."""
    log = lived(history)
    middle = data.draw(st.integers(0, len(log.log)))
    first = eligibility.fold({}, divide(log.log[:middle]))
    assert {**first, **eligibility.fold(first, divide(log.log[middle:]))} == log.packages


@drawn(HISTORIES)
def test_rows_between_two_folds_make_no_difference(history: History) -> None:
    """A package read back from its row goes on as one that was kept in memory."""
    rows: dict[str, bytes] = {}
    log = lived(history)
    for recorded in log.log:
        known = {name: eligibility._decode(row) for name, row in rows.items()}
        changed = eligibility.fold(known, divide([recorded]))
        rows.update({name: eligibility._encode(package) for name, package in changed.items()})
    assert {name: eligibility._decode(row) for name, row in rows.items()} == log.packages


def test_only_what_the_news_changes_is_returned() -> None:
    """A fold names the packages to be written, and no others."""
    log = given(tagged(1, 10), tagged(1, 10, package="zsh")).and_then(tagged(2, 20))
    assert eligibility.fold(log.packages, divide(log.log[2:])).keys() == {"bash"}


def test_the_services_own_events_are_no_packages() -> None:
    """Only the streams of packages are folded."""
    service = said(Paused("why")).recorded(1, 1)
    news = divide([service, *given(tagged(1, 10)).log])
    assert eligibility.fold({}, news).keys() == {"bash"}


def test_the_rows_hold_what_the_log_adds_up_to(
    journal: Journal, log: EventLog, life: Given
) -> None:
    """Kept with each append, the rows are the packages that the events add up to."""
    record(journal, facts(life.log))
    assert projected(log).packages == life.packages


def test_packages_are_read_by_name_or_all_in_order(
    journal: Journal, log: EventLog, life: Given
) -> None:
    """Those without a history are left out."""
    record(journal, facts(life.log))
    with log.reading() as cursor:
        assert eligibility.load(cursor, ["zsh", "awk"]) == {"zsh": life.packages["zsh"]}
        assert eligibility.load(cursor, []) == {}
        assert [package.name for package in eligibility.load_all(cursor)] == ["bash", "zsh"]


def test_packages_with_queued_builds_are_found(journal: Journal, log: EventLog) -> None:
    """A package is found while a build of it is queued and not ended."""
    queued = given(tagged(1, 10), tagged(1, 10, package="zsh")).decided()
    record(journal, facts(queued.log))
    assert found(log) == ["bash"]
    record(journal, [built(1)])
    assert found(log) == []


def found(log: EventLog) -> list[str]:
    """Return the names of packages with queued builds."""
    with log.reading() as cursor:
        return [package.name for package in eligibility.load_queued(cursor)]


@pytest.mark.parametrize("name", ["gcc-c++", "0ad", "python3.11"])
def test_any_name_has_a_row(journal: Journal, log: EventLog, name: str) -> None:
    """A package's name is its key as it is."""
    record(journal, [tagged(1, 10, package=name)])
    with log.reading() as cursor:
        (package,) = eligibility.load(cursor, [name]).values()
    assert isinstance(package, Package)
    assert package.name == name
