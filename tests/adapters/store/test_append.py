# SPDX-License-Identifier: GPL-3.0-or-later
"""Appending: all or nothing, in one order, and nothing twice."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Flag
from typing import Any, NoReturn

import pytest
from eventsourcing.persistence import IntegrityError

from adapters.store.connections import Cursor, connect
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from domain.envelope import Envelope, Recorded
from domain.errors import Conflict, Invalid, Refused
from tests.adapters.store.examples import SOURCE, envelopes, queued, tagged


def test_positions_follow_the_head(log: EventLog) -> None:
    """Events get the positions after the head, in the order they were given."""
    first = log.append(envelopes(tagged(1), tagged(2)))
    second = log.append(envelopes(tagged(3), stream="package:zsh"))

    assert [event.position for event in first + second] == [1, 2, 3]
    assert log.head() == 3


def test_what_is_returned_is_what_is_read(log: EventLog) -> None:
    """An append returns its events as they are on record, with the time of recording."""
    appended = log.append(envelopes(tagged(1), tagged(2)))

    assert list(log.read()) == appended
    assert appended[0].recorded_at is not None
    assert appended[0].recorded_at == appended[1].recorded_at


def test_what_fails_leaves_no_gap(log: EventLog) -> None:
    """Positions are without gaps, also after an append that was undone."""
    log.append(envelopes(tagged()))
    with pytest.raises(ZeroDivisionError):
        log.append(envelopes(tagged(), version=2), then=_fail)
    log.append(envelopes(tagged(), version=2))

    assert [event.position for event in log.read()] == [1, 2]


def test_a_moved_head_is_a_conflict(log: EventLog) -> None:
    """An append decided at another position than the head writes nothing."""
    log.append(envelopes(tagged()), at=0)

    with pytest.raises(Conflict, match="decided at position 0, the head is 1"):
        log.append(envelopes(tagged(), stream="package:zsh"), at=0)
    with pytest.raises(Conflict):
        log.append([], at=0)
    assert log.head() == 1


def test_a_version_is_taken_once(log: EventLog) -> None:
    """Who appends to a stream that has gone on gets a Conflict; nothing of the append stays."""
    log.append(envelopes(tagged(1)))

    with pytest.raises(Conflict, match="stream has gone on") as caught:
        log.append([*envelopes(tagged(2), stream="package:zsh"), *envelopes(tagged(3))])
    assert isinstance(caught.value, IntegrityError)
    assert caught.value.do
    assert log.head() == 1


def test_what_travels_along_is_one_with_the_append(log: EventLog) -> None:
    """`then` gets the events as recorded, writes in their transaction, and undoes it by failing."""
    seen: list[Recorded] = []

    def travel(cursor: Cursor, recorded: list[Recorded]) -> None:
        seen.extend(recorded)
        cursor.execute("insert into tracking values ('board', 1, %s)", (recorded[-1].position,))

    appended = log.append(envelopes(tagged()), then=travel)
    with pytest.raises(ZeroDivisionError):
        log.append(envelopes(tagged(), version=2), then=_fail)

    assert seen == appended
    assert log.connections.fetch(b"select name, position from tracking") == [("board", 1)]


def test_what_cannot_be_made_undoes_the_append(log: EventLog) -> None:
    """Events are made while the server takes others in: where one fails, none is on record."""

    def half_made() -> Iterator[Envelope]:
        yield from envelopes(tagged(1), tagged(2))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        log.append(half_made())
    log.append(envelopes(tagged(1)))

    assert [event.position for event in log.read()] == [1]


def test_each_event_is_seen_before_the_next_is_made(log: EventLog) -> None:
    """Who folds events as they go in sees each as it is on record, and before the next is made."""
    seen: list[Recorded] = []

    def made() -> Iterator[Envelope]:
        for number, envelope in enumerate(envelopes(tagged(1), tagged(2), tagged(3))):
            assert len(seen) == number
            yield envelope

    log.append(made(), seen=seen.append)

    assert seen == list(log.read())


def test_what_it_rests_on_is_asked_only_where_the_log_went_on(log: EventLog) -> None:
    """The streams that a decision regards are drawn only where somebody appended since."""
    drawn: list[str] = []

    def regarded() -> Iterator[str]:
        drawn.append("package:bash")
        yield "package:bash"

    log.append(envelopes(tagged()), at=0, regarding=regarded())
    assert drawn == []
    with pytest.raises(Conflict):
        log.append(envelopes(tagged(2), version=2), at=0, regarding=regarded())
    assert drawn == ["package:bash"]


def test_an_empty_append_still_runs_what_travels(log: EventLog) -> None:
    """Without events `then` runs as well, in a transaction of its own under the append lock."""
    log.append([], at=0, then=lambda cursor, _: _track(cursor))

    assert log.connections.fetch(b"select name from tracking") == [("board",)]


@pytest.mark.parametrize(
    ("event", "what"),
    [
        (queued(1, "git+https://other#1"), "build would be queued twice"),
        (queued(2, SOURCE), "source would be queued twice"),
    ],
)
def test_the_fence_holds(log: EventLog, event: Any, what: str) -> None:
    """The database refuses to queue a build, or a source, twice in a generation, mode and round.

    No retry mends that: it is a fault, not a conflict.
    """
    log.append(envelopes(queued(1, SOURCE)))

    with pytest.raises(Refused, match=what):
        log.append(envelopes(event, version=2))


@pytest.mark.parametrize(
    "event",
    [queued(mode="scratch"), queued(generation=2), queued(round=1)],
    ids=["mode", "generation", "round"],
)
def test_the_fence_lets_through_what_differs(log: EventLog, event: Any) -> None:
    """Another mode, generation or round is another ledger line."""
    log.append(envelopes(queued()))
    log.append(envelopes(event, version=2))

    with pytest.raises(Refused):
        log.append(envelopes(event, version=3))


def test_builds_without_a_source_do_not_meet(log: EventLog) -> None:
    """No source is not the same source; the same number in another package is another build."""
    log.append(envelopes(queued(1, None), queued(2, None)))
    log.append(envelopes(queued(1, None), stream="package:zsh"))

    assert log.head() == 3


@pytest.mark.parametrize("name", ["bash\0", "bash\ud800"], ids=["NUL", "surrogate"])
def test_text_that_jsonb_refuses_is_invalid(log: EventLog, name: str) -> None:
    """A NUL or a lone surrogate in an event is refused before anything is written."""
    with pytest.raises(Invalid):
        log.append(envelopes(tagged(1), tagged(2, nvr=name)))
    assert log.head() == 0


def test_a_large_append_does_not_hang(log: EventLog) -> None:
    """5,000 events go in at once, over a Unix socket too, where the library's recorder hangs."""
    log.append(envelopes(*map(tagged, range(5_000))))

    assert log.head() == 5_000


def test_a_reader_at_the_tail_misses_nothing(database: Database, log: EventLog) -> None:
    """With two writers at work, whoever reads on behind the last position seen sees every event."""
    done = Flag()
    seen: list[int] = []

    def follow() -> None:
        while not done.is_set() or log.head() > len(seen):
            seen.extend(event.position for event in log.read(seen[-1] if seen else 0))

    with ThreadPoolExecutor() as pool:
        reader = pool.submit(follow)
        writers = [pool.submit(_write, database, name) for name in ("bash", "zsh")]
        for writer in writers:
            writer.result()
        done.set()
        reader.result()

    assert seen == list(range(1, 401))


def test_two_writers_at_one_head(database: Database, log: EventLog) -> None:
    """Of two that decided at the same head one appends, the other gets a Conflict and no event."""
    batches = [envelopes(tagged(), stream=f"package:{name}") for name in "ab"]

    with EventLog(database.conninfo, EVENTS) as other, ThreadPoolExecutor() as pool:
        tries = [
            pool.submit(writer.append, batch, at=0)
            for writer, batch in zip((log, other), batches, strict=True)
        ]
    [error] = filter(None, [attempt.exception() for attempt in tries])

    assert isinstance(error, Conflict)
    assert log.head() == 1


def test_appending_waits_for_no_maintenance(database: Database, log: EventLog) -> None:
    """An index made concurrently, or a VACUUM, stalls no writer: the lock is on no table."""
    with connect(database.owner_conninfo) as owner, owner.transaction():
        owner.execute("lock table events in share update exclusive mode")
        log.append(envelopes(tagged()))

    assert log.head() == 1


def _write(database: Database, name: str) -> None:
    with EventLog(database.conninfo, EVENTS) as log:
        for version in range(1, 200, 2):
            batch: Sequence[Envelope] = envelopes(
                tagged(version), tagged(version + 1), stream=f"package:{name}", version=version
            )
            log.append(batch)


def _fail(*_: object) -> NoReturn:
    raise ZeroDivisionError


def _track(cursor: Cursor) -> None:
    cursor.execute("insert into tracking values ('board', 1, 0)")


def test_what_does_not_matter_may_lie_behind(log: EventLog) -> None:
    """Behind what was decided on may lie what is not in the streams that it regards."""
    log.append(envelopes(tagged()))
    log.append(envelopes(tagged(), stream="package:zsh"))

    log.append(envelopes(tagged(2), version=2), at=1, regarding=["package:bash", "service"])
    assert log.head() == 3


@pytest.mark.parametrize("regarding", [None, ["package:bash", "package:zsh"]])
def test_what_matters_may_not_lie_behind(log: EventLog, regarding: list[str] | None) -> None:
    """What was decided on a stream that has gone on, or on the whole log, is decided again."""
    log.append(envelopes(tagged()))
    log.append(envelopes(tagged(), stream="package:zsh"))

    with pytest.raises(Conflict):
        log.append(envelopes(tagged(2), version=2), at=1, regarding=regarding)
    assert log.head() == 2
