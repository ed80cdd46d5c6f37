# SPDX-License-Identifier: GPL-3.0-or-later
"""The made-up log is one as the service would have recorded it, or its figures say nothing."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest

from adapters.sandbox import vendored
from adapters.sandbox.vendored import SourcePackage
from adapters.service.journal import Journal
from adapters.store.codec import Codec
from adapters.store.connections import connect
from adapters.store.digest import canonical
from adapters.store.log import EventLog
from adapters.store.verify import Anchor, Verification
from domain.batch import Batch
from domain.batch import evolve as evolve_batch
from domain.catalogue import EVENTS
from domain.envelope import Recorded
from projections.points import Span
from projections.replay import Replay
from tests.bench.audit import append, measure, past, questions
from tests.bench.audit.made import fill
from tests.bench.audit.past import Past, Row
from tests.bench.bounds import Bound
from tests.fixtures.fix_store import Cluster

COUNT = 12_000


def some() -> list[SourcePackage]:
    """Targets and others."""
    listed = set(vendored.eln())
    targets = [package for package in vendored.fedora() if package.name in listed]
    others = [package for package in vendored.fedora() if package.name not in listed]
    return [*targets[:100], *others[:100]]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """A past in which Rawhide branches after two days already."""
    before, past.BRANCHING = past.BRANCHING, 50  # type: ignore[misc] # half a year is long
    made = list(Past(some()).rows(COUNT))
    past.BRANCHING = before  # type: ignore[misc]
    return made


def events(rows: list[Row]) -> Iterator[Recorded]:
    """The events as they are read."""
    codec = Codec(EVENTS)
    for position, (stream, version, topic, state, recorded_at) in enumerate(rows, 1):
        yield Recorded(position, codec.envelope(stream, version, topic, state), recorded_at)


def test_its_verdicts_are_those_of_the_table(rows: list[Row]) -> None:
    """Every one, of every kind, before and after a branching."""
    replay = Replay(Span(0, COUNT))
    assert [one for recorded in events(rows) if (one := replay.take(recorded))] == []

    reasons = Counter(
        recorded.envelope.event.reason
        for recorded in events(rows)
        if hasattr(recorded.envelope.event, "basis")
    )
    assert reasons.keys() == {
        "not-targeted",
        "already-in-destination",
        "already-built",
        "superseded",
        "due",
    }
    assert replay.verdicts == sum(reasons.values())


def test_its_states_are_canonical(rows: list[Row]) -> None:
    """Also those that are written by hand."""
    assert [row for row in rows if canonical(row.state.decode()) != row.state] == []


def test_its_batches_end(rows: list[Row]) -> None:
    """Each is over before the next begins, but perhaps the last."""
    found: dict[int, Batch] = {}
    for recorded in events(rows):
        stream = recorded.envelope.originator_id
        if stream.startswith("batch:"):
            number = int(stream.removeprefix("batch:"))
            found[number] = evolve_batch(found.get(number) or Batch(number), recorded)

    assert len(found) > 40
    assert [batch.number for batch in found.values() if batch.open] in ([], [len(found)])


def test_it_is_the_same_each_time() -> None:
    """And of another length the beginning is the same."""
    assert list(Past(some()).rows(2_000)) == list(Past(some()).rows(2_500))[:2_000]


def test_it_is_chained_and_indexed_in_a_database(cluster: Cluster, rows: list[Row]) -> None:
    """As if every event had been appended."""
    with closing(cluster.create(template=cluster.migrated)) as database:
        with connect(database.owner_conninfo) as owner:
            indexes = "select indexname, indexdef from pg_indexes where tablename = 'events'"
            before = sorted(owner.execute(indexes).fetchall())
            fill(owner, rows)
            assert sorted(owner.execute(indexes).fetchall()) == before
        with EventLog(database.conninfo, EVENTS) as log:
            walk = Verification(Anchor())
            assert [found for part in log.rows() for found in walk.walk(part)] == []
            assert walk.events == log.head() == COUNT
            assert list(log.read()) == list(events(rows))


def test_questions_are_held_against_what_they_send(cluster: Cluster, rows: list[Row]) -> None:
    """Each is asked of a log whose projections hold the one package, and reads some rows."""
    with closing(cluster.create(template=cluster.migrated)) as database:
        with connect(database.owner_conninfo) as owner:
            fill(owner, rows)
        with EventLog(database.conninfo, EVENTS) as log:
            at = COUNT * 9 // 10
            questions.project(log, [questions.busiest(log, at)])
            asked = questions.of_one_package(log, at)
            for what, ask in asked.items():
                (times,) = questions.timed([(log, ask)], 1)
                assert times.asked > 0 < times.bare, what
            Journal(log).rebuild()
            assert questions.board(log, at).bare > 0
    assert asked.keys() >= {"why", "history", "as of"}


def test_ways_are_measured_apart(cluster: Cluster, rows: list[Row]) -> None:
    """In a process of its own, in turns with a bare read: two times, and a peak of memory."""
    with closing(cluster.create(template=cluster.migrated)) as database:
        with connect(database.owner_conninfo) as owner:
            fill(owner, rows)
        for way in (measure.verify, measure.replay):
            taken = measure.apart(way, database.conninfo, COUNT)
            assert taken.seconds > 0 < taken.bare
            assert 20 < taken.peak < 500


def test_the_cost_of_the_chain_is_measured(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the chain and without it, and both are appended."""
    monkeypatch.setattr(append, "ROUNDS", 3)
    monkeypatch.setattr(append, "SIZE", 10)

    assert isinstance(append.cost(log), Bound)
    assert log.head() == 60
