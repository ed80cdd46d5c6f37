# SPDX-License-Identifier: GPL-3.0-or-later
"""The states as of any position are the fold of the log up to there."""

from collections.abc import Iterable, Sequence
from contextlib import closing

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from adapters.service.journal import Journal
from adapters.store.log import EventLog
from domain.batch import stream as batch_stream
from domain.batch.events import BatchEvent, Finished, Planned, PlannedBuild
from domain.catalogue import EVENTS
from domain.envelope import Recorded
from domain.errors import Conflict, NotFound
from domain.package import Package
from domain.service import Service, ServiceEvent
from domain.service.events import (
    CatchUpDone,
    GapFound,
    LogLevelSet,
    MessageRejected,
    Paused,
    Resumed,
    TriggerChanged,
)
from projections import batches, control, eligibility
from projections.news import divide
from projections.states import OnRecord, Past, Present
from tests.domain.given import MIDNIGHT, Fact, Given, tagged
from tests.domain.histories import HISTORIES, History, lived
from tests.domain.service.given import said
from tests.fixtures.fix_store import Cluster
from tests.projections.writing import draft, facts, record

BUILD = PlannedBuild("bash", 1, "bash-1-1.fc42", "git+https://src.example/rpms/bash#1")
BEGUN = Planned((BUILD,), "eln", "live")
SERVICE: st.SearchStrategy[ServiceEvent] = st.sampled_from(
    [
        Paused("why"),
        Resumed(),
        TriggerChanged(None, "f41"),
        TriggerChanged("f41", "f42"),
        *(CatchUpDone({"f41": 1}, event, MIDNIGHT, trigger="f41") for event in (7, 9)),
        GapFound(MIDNIGHT, MIDNIGHT, {"f41": 3}),
        LogLevelSet("DEBUG"),
        MessageRejected("id", "bus", "no JSON"),
    ]
)


def renamed(fact: Fact, package: str) -> Fact:
    """Return the fact as one of another package."""
    return fact._replace(stream=f"package:{package}")


@st.composite
def logs(draw: st.DrawFn) -> list[Fact]:
    """Lives of three packages, of the service and of two batches, shuffled into each other."""
    lives: list[list[Fact]] = []
    for package in ("awk", "bash", "zsh"):
        history: History = draw(HISTORIES)
        lives.append([renamed(fact, package) for fact in facts(lived(history).log)])
    lives.append([said(event) for event in draw(st.lists(SERVICE, max_size=8))])
    lives.append([of_batch(n, event) for n in (1, 2) for event in (BEGUN, Finished(1, 0))])
    waiting = draw(st.permutations([n for n, life in enumerate(lives) for _ in life]))
    return [lives[number].pop(0) for number in waiting]


def of_batch(number: int, event: BatchEvent) -> Fact:
    """Return an event of a batch."""
    return said(event)._replace(stream=batch_stream(number))


def seen(states: OnRecord) -> tuple[object, ...]:
    """Return all that a view is made of."""
    return (
        states.service,
        states.batch,
        list(states.everything()),
        states.packages(["awk", "zsh", "none"]),
        [package.name for package in states.queued()],
        list(states.last_batches(1)),
        list(states.last_batches(9)),
    )


def folded(log: Sequence[Recorded]) -> tuple[object, ...]:
    """Return the same by folding a log from its beginning."""
    news = divide(log)
    packages = eligibility.fold({}, news)
    by_name = [packages[name] for name in sorted(packages)]
    begun = [*batches.fold({}, news).values()]
    started = [batch for batch in begun if batch.open]
    return (
        control.fold(Service(), news),
        started[-1] if started else None,
        by_name,
        {name: packages[name] for name in ("awk", "zsh") if name in packages},
        [package.name for package in by_name if package.queued],
        begun[-1:],
        begun,
    )


def written(log: EventLog, told: Iterable[Fact]) -> list[Recorded]:
    """Record facts one by one, the projections with each, and return the log."""
    journal = Journal(log)
    journal.catch_up()
    record(journal, told)
    return list(log.read())


@settings(max_examples=15)
@drawn(logs())
def test_the_past_is_the_fold_of_what_was_on_record(cluster: Cluster, told: list[Fact]) -> None:
    """As of every position, of the service, the batch and each package; the last is the present."""
    created = closing(cluster.create(template=cluster.migrated))
    with created as database, EventLog(database.conninfo, EVENTS) as log:
        whole = written(log, told)
        with log.reading() as cursor:
            for position in range(len(whole) + 1):
                assert seen(Past(cursor, log, position)) == folded(whole[:position])
            assert seen(Present(cursor)) == folded(whole)


def test_a_view_as_of_a_point_is_of_then(journal: Journal, log: EventLog, life: Given) -> None:
    """It says what it is as of, and shows the packages of then and no later ones."""
    record(journal, facts(life.log))
    with journal.look(2) as view:
        assert (view.position, view.at) == (2, next(log.read(1)).recorded_at)
        assert view.everything() == life.until(2).packages
        assert view.package("none") == Package("none")
    with journal.look() as view:
        assert (view.position, view.at) == (len(life.log), None)
    with pytest.raises(NotFound), journal.look(len(life.log) + 1):
        pass


def test_nothing_is_recorded_on_a_view_of_the_past(journal: Journal, life: Given) -> None:
    """Not even as of the last position: what was decided there was decided on another day."""
    record(journal, facts(life.log))
    with journal.look(len(life.log)) as view, pytest.raises(Conflict):
        journal.append(view, [draft(tagged(9, 90))])


def test_only_what_changed_since_is_folded_again(
    journal: Journal, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package that rests since is read from its row, however long its stream is."""
    record(journal, [tagged(1, 1, package="awk"), tagged(1, 2), tagged(2, 3)])
    asked: list[str] = []

    def spy(stream_id: str, *, upto: int | None = None) -> Iterable[Recorded]:
        asked.append(stream_id)
        return EventLog.stream(log, stream_id, upto=upto)

    monkeypatch.setattr(log, "stream", spy)
    with log.reading() as cursor:
        assert [p.name for p in Past(cursor, log, 2).everything()] == ["awk", "bash"]
    assert asked == ["package:bash"]
