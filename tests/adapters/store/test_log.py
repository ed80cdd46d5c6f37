# SPDX-License-Identifier: GPL-3.0-or-later
"""The log as the rest of the service sees it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from adapters.errors import DependencyDown
from adapters.store.connections import connect
from adapters.store.digest import GENESIS
from adapters.store.embedded import Database
from adapters.store.listening import CHANNEL
from adapters.store.log import EventLog
from adapters.store.statements import statement
from domain.catalogue import EVENTS
from domain.errors import Invalid, Refused
from domain.package.events import Untagged
from tests.adapters.store.examples import envelopes, tagged

HERE = "from pg_stat_activity where datname = current_database()"
KILL_ALL = f"select pg_terminate_backend(pid) {HERE} and pid <> pg_backend_pid()"
KILL_LISTENER = f"select pg_terminate_backend(pid) {HERE} and query = 'listen {CHANNEL}'"
QUIET = "insert into events values (1, 's', 1, 'tagged', '{}', now(), '')"


@pytest.fixture
def filled(log: EventLog) -> EventLog:
    """A log of six events in two streams."""
    untagged = Untagged(1, "bash-1-1", "f41")
    log.append(envelopes(tagged(1), untagged, tagged(2)))
    log.append(envelopes(tagged(3), tagged(4), stream="package:zsh"))
    log.append(envelopes(tagged(5), version=4))
    return log


@pytest.mark.parametrize(
    ("parameters", "positions"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"after": 4}, [5, 6]),
        ({"after": 1, "upto": 3}, [2, 3]),
        ({"topics": ["untagged"]}, [2]),
        ({"topics": ["untagged", "tagged"], "limit": 2}, [1, 2]),
        ({"topics": ["tagged", "tagged"], "limit": 3}, [1, 3, 4]),
        ({"topics": ["untagged", "tagged"], "after": 1, "upto": 5, "limit": 9}, [2, 3, 4, 5]),
        ({"topics": ["tagged"], "streams": ["package:zsh"], "limit": 1}, [4]),
        ({"topics": ["tagged"], "actor": "nobody", "limit": 1}, []),
        ({"topics": ["no-such"]}, []),
        ({"after": 6}, []),
        ({"upto": 0}, []),
    ],
)
def test_reads_a_part(filled: EventLog, parameters: dict[str, int], positions: list[int]) -> None:
    """Reading gives the events behind one position, up to and with another, of some topics."""
    read = filled.read(**parameters)  # type: ignore[arg-type]  # each case has its own keywords

    assert [event.position for event in read] == positions


@pytest.mark.parametrize(
    ("topics", "upto", "limit", "positions"),
    [
        (["tagged"], 6, 2, [5, 6]),
        (["untagged", "tagged"], 6, 1, [2, 6]),
        (["untagged", "tagged"], 4, 9, [1, 2, 3, 4]),
        (["untagged", "no-such"], 1, 9, []),
    ],
)
def test_reads_the_last_of_each_topic(
    filled: EventLog, topics: list[str], upto: int, limit: int, positions: list[int]
) -> None:
    """So many of each, up to a position, in the order of the log."""
    assert [each.position for each in filled.last_of_each(topics, upto, limit)] == positions


@pytest.mark.parametrize(
    ("parameters", "positions"),
    [
        ({"limit": 9}, [6, 5, 4, 3, 2, 1]),
        ({"upto": 4, "limit": 2}, [4, 3]),
        ({"after": 5, "limit": 2}, [6]),
        ({"topics": ["untagged", "tagged"], "upto": 3, "limit": 2}, [3, 2]),
        ({"topics": ["tagged", "tagged"], "streams": ["package:zsh"], "limit": 1}, [5]),
        ({"topics": ["untagged"], "after": 2, "limit": 1}, []),
        ({"streams": ["package:zsh"], "limit": 9}, [5, 4]),
        ({"actor": "nobody", "limit": 9}, []),
    ],
)
def test_reads_backwards(
    filled: EventLog, parameters: dict[str, Any], positions: list[int]
) -> None:
    """The newest first, of some topics, streams and of an actor, down to a position."""
    read = filled.read_last(**{"upto": 6, **parameters})

    assert [event.position for event in read] == positions


@pytest.mark.parametrize(
    "query",
    [
        statement("last_of_each"),
        statement("read_few"),
        statement("read_few", backwards=True),
    ],
    ids=["the last of each", "the first few", "the last few"],
)
def test_the_ends_are_found_by_the_index(
    database: Database, filled: EventLog, query: bytes
) -> None:
    """However long the log, the first and the last few of some topics are not searched for."""
    filled.append(envelopes(*map(tagged, range(6, 5_000)), version=5))
    wanted = {"topics": ["untagged", "tagged"], "streams": [], "actor": None, "limit": 5}
    with connect(database.owner_conninfo) as owner:
        owner.execute("analyze events")
        found = owner.execute(
            b"explain (format text) " + query, {**wanted, "after": 9, "upto": 4_000}
        )
        plan = "\n".join(line for (line,) in found)
    assert "events_topic" in plan
    assert "Seq Scan" not in plan


def test_the_digest_of_the_log(database: Database, filled: EventLog) -> None:
    """It is that of the event there, which covers all before it; of an empty log, the genesis."""
    with connect(database.owner_conninfo) as owner:
        rows = owner.execute("select digest from events order by position").fetchall()

    assert [filled.digest(position) for position in range(1, 7)] == [row[0] for row in rows]
    assert filled.digest(0) == GENESIS


def test_reads_a_stream(filled: EventLog) -> None:
    """A stream is read from its first version, with the positions in the log."""
    assert [(event.position, event.envelope.id) for event in filled.stream("package:bash")] == [
        (1, "package:bash@1"),
        (2, "package:bash@2"),
        (3, "package:bash@3"),
        (6, "package:bash@4"),
    ]
    assert list(filled.stream("package:none")) == []


def test_reads_more_than_a_batch(log: EventLog) -> None:
    """What does not fit into one fetch is read whole and in order."""
    log.append(envelopes(*map(tagged, range(4_500))))

    assert [event.position for event in log.read()] == list(range(1, 4_501))


def test_the_head_of_an_empty_log_is_zero(log: EventLog) -> None:
    """Positions count from 1; with nothing on record the head is 0."""
    assert log.head() == 0


def test_one_aggregate_through_the_repository(filled: EventLog) -> None:
    """The library's repository folds a stream with a projector function, at a version too."""

    def builds(_: object, events: object) -> list[int]:
        return [event.event.build_id for event in events]  # type: ignore[attr-defined]

    get = filled.repository.get
    assert get("package:bash", projector_func=builds) == [1, 1, 2, 5]  # type: ignore[type-var]
    assert get("package:bash", version=3, projector_func=builds) == [1, 1, 2]  # type: ignore[type-var]


def test_reading_sees_one_state(filled: EventLog) -> None:
    """In a reading transaction nothing moves, whatever others append meanwhile."""
    query = "select count(*) from events"
    with filled.reading() as cursor:
        before = cursor.execute(query).fetchone()
        filled.append(envelopes(tagged(9), version=5))
        assert cursor.execute(query).fetchone() == before
    assert filled.head() == 7


def test_a_transaction_asks_the_log_as_it_sees_it(filled: EventLog) -> None:
    """Whatever is asked within it is of one state, also while more is being read."""
    with filled.reading() as cursor:
        log = filled.within(cursor)
        reading = log.read()
        assert next(reading).position == 1
        filled.append(envelopes(tagged(9), version=5))
        asked = (log.head(), len([*log.read()]), len([*log.stream("package:bash")]))
        assert asked == (6, 6, 4)
        assert [each.position for each in reading] == [2, 3, 4, 5, 6]
    assert filled.head() == 7


def test_reading_writes_nothing(log: EventLog) -> None:
    """A reading transaction refuses to write."""
    with pytest.raises(Refused), log.reading() as cursor:
        cursor.execute("insert into tracking values ('board', 1, 0)")


def test_waiting_ends_with_the_event(database: Database, log: EventLog) -> None:
    """A wait ends when an event is behind the position, and says whether it is."""
    with ThreadPoolExecutor() as pool, EventLog(database.conninfo, EVENTS) as other:
        waiting = pool.submit(log.wait, 0, 30)
        other.append(envelopes(tagged()))
        assert waiting.result()
    assert log.wait(0, 0)
    assert not log.wait(1, 0.01)


def test_waiting_survives_a_killed_connection(database: Database, log: EventLog) -> None:
    """When the listening connection is killed another is made, and nothing is missed."""
    log.wait(0, 0.01)
    with connect(database.owner_conninfo) as owner, ThreadPoolExecutor() as pool:
        waiting = pool.submit(log.wait, 0, 30)
        assert owner.execute(KILL_LISTENER).fetchall() == [(True,)]
        log.append(envelopes(tagged()))
        assert waiting.result()


def test_a_killed_connection_is_replaced(database: Database, filled: EventLog) -> None:
    """A connection that was cut while it rested in the pool is not handed out."""
    with connect(database.owner_conninfo) as owner:
        owner.execute(KILL_ALL)

    assert filled.head() == 6


def test_the_notification_is_a_hint_only(database: Database, log: EventLog) -> None:
    """Without any notification the event is found by polling."""
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(log.wait, 0, 30)
        with connect(database.owner_conninfo) as owner:
            owner.execute(QUIET)
        assert waiting.result()


def test_a_database_that_is_down() -> None:
    """Where nothing answers, the error says so and what to do, without the password."""
    with pytest.raises(DependencyDown) as caught:
        EventLog("postgresql://ebs:secret@127.0.0.1:1/ebs", EVENTS)
    assert "Connection refused" in caught.value.why
    assert "EBS_DATABASE_URL" in caught.value.do
    assert "secret" not in f"{caught.value} {caught.value.do}"


def test_a_url_that_is_none() -> None:
    """What is no URL is refused without being shown, for it may hold a password."""
    with pytest.raises(Invalid) as caught:
        EventLog("postgresql//ebs:secret@host", EVENTS)
    assert "secret" not in f"{caught.value} {caught.value.do}"


def test_what_is_named_is_looked_up(filled: EventLog) -> None:
    """By the ids that envelopes bear, whatever else was asked for."""
    whole = list(filled.read())
    ids = [each.envelope.id for each in reversed(whole[:2])]
    assert list(filled.named([*ids, "nonsense", "package:none@1", "@"])) == whole[:2]


def test_what_is_asked_often_is_planned_for_what_is_asked(filled: EventLog) -> None:
    """One plan for all values would search the whole log for what is seldom."""
    asked = {"topics": ["tagged"], "upto": 9, "limit": 1}
    with filled.connections.transaction() as cursor:
        for _ in range(20):
            cursor.execute(statement("last_of_each"), asked, prepare=True)
        cursor.execute("select sum(generic_plans), sum(custom_plans) from pg_prepared_statements")
        assert cursor.fetchone() == (0, 20)
