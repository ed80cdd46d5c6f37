# SPDX-License-Identifier: GPL-3.0-or-later
"""The projections are the fold of the log, however they got there: kept, followed or rebuilt."""

from typing import Any, Final

import pytest

from adapters.service.journal import Journal
from adapters.store.connections import Cursor
from adapters.store.log import EventLog
from domain.envelope import Recorded
from domain.errors import Conflict, Refused
from domain.service import Service
from domain.service.events import Paused
from projections import eligibility, news, runner
from tests.domain.given import Given, tagged
from tests.domain.service.given import said
from tests.projections.writing import append_only, draft, facts, projected, record

ANOTHER: Final = {**runner.FORMATS, eligibility.NAME: eligibility.FORMAT + 1}
"""The layouts of a release that writes the rows of packages otherwise."""

in_lists: Final = news.parts


@pytest.fixture
def kept(journal: Journal, life: Given) -> Journal:
    """A journal that recorded a life and a pause, the projections with each event."""
    record(journal, [*facts(life.log), said(Paused("branching"), by="ada")])
    return journal


def test_rebuilt_projections_equal_those_kept(kept: Journal, log: EventLog) -> None:
    """Dropped and rebuilt from the log, every projection equals the one kept incrementally."""
    incrementally = projected(log)
    kept.rebuild()
    assert projected(log) == incrementally
    assert incrementally.position == log.head()


def test_a_rebuild_reads_nothing_of_what_was_there(kept: Journal, log: EventLog) -> None:
    """Rows that no event made, and rows that cannot be read, are gone after it."""
    before = projected(log)

    def spoil(cursor: Cursor, _: list[Recorded]) -> None:
        cursor.execute("UPDATE eligibility SET state = 'spoilt', package = package || '-x'")
        cursor.execute("UPDATE control SET state = 'spoilt'")

    log.append([], then=spoil)
    kept.rebuild()
    assert projected(log) == before


@pytest.mark.parametrize("batch", [1, 2, 100])
@pytest.mark.parametrize("flush", [1, 3, 100])
def test_neither_batches_nor_flushes_show_in_the_result(
    kept: Journal, log: EventLog, monkeypatch: pytest.MonkeyPatch, batch: int, flush: int
) -> None:
    """They bound memory, not correctness."""
    before = projected(log)
    monkeypatch.setattr(runner, "parts", lambda events: in_lists(events, batch))
    monkeypatch.setattr(runner, "FLUSH", flush)
    kept.rebuild()
    assert projected(log) == before


@pytest.mark.parametrize("behind", [1, 4])
def test_what_is_behind_the_log_follows_from_where_it_is(
    journal: Journal, log: EventLog, life: Given, behind: int
) -> None:
    """Events appended without the projections are folded in when these catch up."""
    record(journal, facts(life.log[:-behind]))
    append_only(log, life.log[-behind:])
    assert projected(log).position == log.head() - behind
    journal.catch_up()
    assert projected(log) == (log.head(), life.packages, Service())


def test_catching_up_twice_folds_nothing_twice(
    journal: Journal, log: EventLog, life: Given
) -> None:
    """What has read all of the log stays as it is."""
    append_only(log, life.log)
    for _ in range(2):
        journal.catch_up()
        assert projected(log).packages == life.packages


def test_two_that_catch_up_at_once_fold_nothing_twice(
    journal: Journal, log: EventLog, life: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where another process caught up between a look and the lock, its work is not done again."""
    append_only(log, life.log)
    append = log.append

    def after_another(*arguments: Any, **options: Any) -> list[Recorded]:
        monkeypatch.undo()
        Journal(log).catch_up()
        return append(*arguments, **options)

    monkeypatch.setattr(log, "append", after_another)
    journal.catch_up()
    assert projected(log).packages == life.packages


def test_progress_is_told_the_position(kept: Journal, log: EventLog) -> None:
    """A rebuild says how far it is, and ends at the head."""
    told: list[int] = []
    kept.rebuild(told.append)
    assert told[-1] == log.head()
    assert told == sorted(told)


def test_another_layout_forces_a_rebuild(
    kept: Journal, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of another layout are never read: nothing is decided on them, catching up rebuilds."""
    before = projected(log)
    monkeypatch.setattr(runner, "FORMATS", ANOTHER)
    with log.reading() as cursor:
        assert runner.position(cursor) is None
    with pytest.raises(Refused, match="another release"), kept.look():
        pass
    kept.catch_up()
    assert projected(log) == before


def test_those_of_a_later_release_are_left_to_it(kept: Journal, log: EventLog) -> None:
    """Beside a later release this one rebuilds nothing by itself, but when asked to."""
    before = projected(log)
    log.append([], then=lambda cursor, _: track(cursor, "version = version + 1", eligibility.NAME))
    spoilt = everything(log)
    kept.catch_up()
    assert everything(log) == spoilt
    with pytest.raises(Refused, match="a later release"), kept.look():
        pass
    kept.rebuild()
    assert projected(log) == before


def test_a_new_database_has_no_position(log: EventLog) -> None:
    """Before the first catch-up there is nothing that could be asked, and nothing is."""
    assert projected(log) == (None, {}, Service())
    with pytest.raises(Refused), Journal(log).look():
        pass


def test_no_news_moves_nothing(journal: Journal, log: EventLog) -> None:
    """A projection without news is not written."""
    with log.reading() as cursor:
        assert runner.project(cursor, [], runner.Carried()) == runner.States()


def test_what_is_known_already_is_not_read_again(journal: Journal, life: Given) -> None:
    """A long run of appends on one view goes on from the packages it has."""
    with journal.look() as view:
        for fact in facts(life.log):
            journal.append(view, [draft(fact)])
        assert view.known == life.packages


@pytest.mark.parametrize(
    "spoilt",
    ["position = position - 1", "position = position + 1", "version = version + 1"],
    ids=["behind", "ahead", "another layout"],
)
@pytest.mark.parametrize("name", runner.FORMATS)
def test_news_are_folded_into_nothing_but_the_rows_before_them(
    kept: Journal, log: EventLog, spoilt: str, name: str
) -> None:
    """Where a projection is not where it must be, or of another layout, nothing is appended."""
    with kept.look() as view:
        log.append([], then=lambda cursor, _: track(cursor, spoilt, name))
        before = everything(log)
        with pytest.raises(Conflict, match="not at the head"):
            kept.append(view, [draft(tagged(9, 90))])
    assert everything(log) == before


def test_news_are_not_folded_where_a_projection_is_missing(kept: Journal, log: EventLog) -> None:
    """A projection that another release has dropped is not thought to be there."""
    with kept.look() as view:
        log.append([], then=lambda cursor, _: forget(cursor, eligibility.NAME))
        before = everything(log)
        with pytest.raises(Conflict, match="not at the head"):
            kept.append(view, [draft(tagged(9, 90))])
    assert everything(log) == before


def track(cursor: Cursor, change: str, name: str) -> None:
    """Change how far a projection is said to have come, or its layout."""
    cursor.execute(f"UPDATE tracking SET {change} WHERE name = %s".encode(), [name])  # noqa: S608


def forget(cursor: Cursor, name: str) -> None:
    """Forget how far a projection has come."""
    cursor.execute("DELETE FROM tracking WHERE name = %s", [name])


def everything(log: EventLog) -> tuple[object, ...]:
    """Return the log's head, and what the projections hold and say of themselves."""
    with log.reading() as cursor:
        return log.head(), runner.positions(cursor), projected(log)


def test_what_is_not_appended_is_not_projected(kept: Journal, log: EventLog) -> None:
    """Log and projections change in one transaction, or neither does."""
    before = projected(log)

    def fail(_: Cursor) -> None:
        raise InterruptedError

    with kept.look() as view, pytest.raises(InterruptedError):
        kept.append(view, [draft(tagged(9, 90))], also=fail)
    assert projected(log) == before
