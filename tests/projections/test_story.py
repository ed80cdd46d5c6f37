# SPDX-License-Identifier: GPL-3.0-or-later
"""A package's story: a step an event, with what it rests on and who was behind it."""

import pytest
from msgspec.structs import replace

from adapters.service.journal import Journal
from adapters.store.connections import connect
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from domain.envelope import Event
from domain.package.events import Ended, Requested
from domain.service.events import Baselined, GapFound, TriggerChanged
from projections.sql import statement
from projections.story import Step, stream_of, tell
from tests.domain.given import (
    BASH,
    MIDNIGHT,
    Fact,
    Given,
    built,
    commit,
    given,
    happened,
    identified,
    in_destination,
    nvr,
    rules,
    tagged,
    time,
)
from tests.domain.service.given import said
from tests.projections.writing import draft, facts, record


def told(log: Given) -> list[Step]:
    """Return the whole story of a log."""
    return list(tell(log.log))


def last(*told_of: Fact) -> Step:
    """Return the step of the last of these."""
    return told(given(*told_of))[-1]


def test_a_fact_is_told_with_build_and_tag() -> None:
    """Where it is in the log, when it happened, what it was."""
    assert told(given(tagged(1, 10))) == [
        Step(
            position=1,
            at=time(10),
            event="tagged",
            build_id=1,
            nvr=nvr(1),
            tag="f41",
            via="message",
            told="tagged into f41",
        )
    ]


def test_a_verdict_is_told_with_reason_and_evidence() -> None:
    """Which verdict, why, and the events that it rests on."""
    log = given(tagged(1, 10)).decided().and_then(built(1), tagged(2, 20, source=commit(1)))
    *_, step = told(log.decided())
    assert (step.event, step.verdict) == ("skipped-as-retag", "skipped-as-retag")
    assert (step.reason, step.evidence) == ("same-source: already-built", (2, 3))


def test_a_reason_without_detail_stands_alone() -> None:
    """No colon where nothing follows."""
    *_, step = told(given(tagged(1, 10)).decided())
    assert (step.verdict, step.reason, step.evidence) == ("queued", "due", ())


def test_a_step_without_a_name_bears_the_one_told_before() -> None:
    """An outcome or a source names a build by its id; its story knows what it is called."""
    assert last(tagged(1, 10), identified(1, commit(1))).nvr == nvr(1)
    assert last(tagged(1, 10), tagged(2, 20), built(1)).nvr == nvr(1)


def test_of_a_build_never_told_of_the_name_is_not_known() -> None:
    """What was read from the middle of a log may lack its beginning."""
    step = last(built(1))
    assert (step.event, step.build_id, step.nvr, step.told) == ("built", 1, None, "rebuilt")


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (happened(BASH, Ended(1, "live", 0, "failed", None, "no compiler")), "failed: no compiler"),
        (happened(BASH, Ended(1, "live", 0, "gone")), "gone"),
        (happened(BASH, Requested("a new compiler", 1)), "a new compiler"),
        (in_destination(commit(1)), None),
    ],
)
def test_what_was_said_is_the_reason(fact: Fact, reason: str | None) -> None:
    """An outcome with its detail, or the reason that a person gave."""
    assert last(tagged(1, 10), fact).reason == reason


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (TriggerChanged(None, "f41"), "none → f41"),
        (TriggerChanged("f41", "f42"), "f41 → f42"),
        (Baselined(MIDNIGHT, {"f41": 9, "eln": 2}, "d"), "builds: 9 in f41, 2 in eln"),
        (GapFound(MIDNIGHT, MIDNIGHT, {"f41": 3}), "taggings missed: 3 in f41"),
    ],
)
def test_what_is_said_of_tags_is_the_reason(event: Event, reason: str) -> None:
    """Which was the trigger and is, and how many builds or taggings are in which."""
    (step,) = tell([said(event).recorded(1, 1)])
    assert step.reason == reason


def test_a_step_names_who_and_what_led_to_it() -> None:
    """The actor and the cause are those of the event; none is none, not an empty text."""
    step = last(tagged(1, 10)._replace(actor="ada", causation="message-1"))
    assert (step.actor, step.cause) == ("ada", "message-1")
    step = last(tagged(1, 10))
    assert (step.actor, step.cause) == (None, None)


def test_every_event_is_a_step_in_the_order_of_the_log(life: Given) -> None:
    """Nothing is left out."""
    assert [step.position for step in told(life)] == list(range(1, len(life.log) + 1))


def test_the_log_read_from_the_database_tells_the_same(
    journal: Journal, log: EventLog, life: Given
) -> None:
    """A story is read from a stream of the log as it is."""
    record(journal, facts(life.log))
    stream = (each for each in life.log if each.envelope.originator_id == "package:zsh")
    read = [*tell(log.stream("package:zsh"))]
    assert [replace(step, recorded_at=None) for step in read] == list(tell(stream))
    assert all(step.recorded_at for step in read)


def test_a_builds_package_is_found_by_its_id(journal: Journal, log: EventLog) -> None:
    """Upstream or downstream, whoever told of it first; a build nobody told of is in no stream."""
    record(journal, [tagged(1, 10), in_destination(commit(1, "zsh"), package="zsh")])
    record(journal, facts(given(tagged(1, 10)).decided(rules(mode="shadow")).log[1:]))
    with log.reading() as cursor:
        assert stream_of(cursor, 1) == "package:bash"
        assert stream_of(cursor, 900) == "package:zsh"
        assert stream_of(cursor, 2) is None


def test_a_builds_package_is_found_by_the_index(
    journal: Journal, log: EventLog, database: Database
) -> None:
    """However long the log, a build's package is looked up and not searched for."""
    many = [tagged(n % 2_000, n, package=f"package-{n % 100}") for n in range(6_000)]
    with journal.look() as view:
        journal.append(view, map(draft, many))
    with connect(database.owner_conninfo) as owner:
        owner.execute("ANALYZE events")
    with log.reading() as cursor:
        found = cursor.execute(b"EXPLAIN (FORMAT TEXT) " + statement("build_stream"), [1_950])
        plan = "\n".join(line for (line,) in found)
        assert stream_of(cursor, 1_950) == "package:package-50"
    assert "events_build" in plan
    assert "Seq Scan" not in plan
