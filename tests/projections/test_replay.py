# SPDX-License-Identifier: GPL-3.0-or-later
"""Replay: the recorded facts give the recorded verdicts, and whatever was forged shows."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.envelope import Recorded
from domain.errors import Invalid, Refused
from domain.package.events import Ended, Identified, Queued, Skipped, SkippedAsRetag, Verdict
from domain.policy import GuardLimits, Settings
from projections.points import Span
from projections.replay import Difference, Replay
from tests.sim.histories import NAME, History, arrivals, commit, histories, row, tagging
from tests.sim.memory import Baseline, Source, World, moment
from tests.sim.test_properties import play, thoroughly

ALL = Span(0, 10**9)


def differences(log: Iterable[Recorded], span: Span = ALL) -> list[Difference]:
    """What is decided otherwise now."""
    replay = Replay(span)
    return [found for recorded in log if (found := replay.take(recorded)) is not None]


def forged(log: Sequence[Recorded], index: int, **fields: Any) -> list[Recorded]:
    """The log with some fields of an event, or of its basis, changed."""
    recorded = log[index]
    event = recorded.envelope.event
    own = {name: value for name, value in fields.items() if name in event.__struct_fields__}
    if other := {name: value for name, value in fields.items() if name not in own}:
        own["basis"] = replace(event.basis, **other)
    envelope = replace(recorded.envelope, event=replace(event, **own))
    return [*log[:index], replace(recorded, envelope=envelope), *log[index + 1 :]]


@thoroughly
@given(st.data(), histories)
def test_replay_of_any_prefix_gives_its_recorded_verdicts(
    data: st.DataObject, history: History
) -> None:
    """Whatever happened, in whatever order it was heard, whenever the gate looked."""
    steps = data.draw(arrivals(history, passes=4, work=(True, False)))
    log = play([*history.sources, *steps]).log
    prefix = log[: data.draw(st.integers(0, len(log)))]
    replay = Replay(ALL)

    assert [found for each in prefix if (found := replay.take(each))] == []
    assert replay.verdicts == sum(isinstance(r.envelope.event, Verdict) for r in prefix)


@pytest.fixture(scope="module")
def log() -> list[Recorded]:
    """Queued, built and tagged again; queued, and overtaken before it was built; superseded."""
    world = World([NAME])
    sources = [Source(NAME, build_id, commit(build_id)) for build_id in range(1, 6)]
    world.hear([*sources, Baseline((row("f41", 1, commit(1)),), moment(0))])
    world.hear([tagging(2, "f41", 10)])
    world.gate()
    for attempt in world.package(NAME).queued:
        world.finish(NAME, attempt, well=True)
    world.trigger("f42")
    world.hear([tagging(2, "f42", 20)])
    world.gate()
    world.hear([tagging(3, "f42", 30)])
    world.gate()
    world.hear([tagging(4, "f42", 40)])
    world.gate()
    return world.log


def first(log: Sequence[Recorded], kind: type[Any]) -> int:
    """Where the first event of a kind is."""
    return next(i for i, r in enumerate(log) if isinstance(r.envelope.event, kind))


def test_every_kind_of_decision_is_taken_again(log: list[Recorded]) -> None:
    """And each is what it was."""
    assert {Queued, SkippedAsRetag, Skipped, Ended} <= {type(r.envelope.event) for r in log}
    assert differences(log) == []


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"reason": "excluded"}, "reason: excluded → due"),
        ({"source": "git+https://x#1"}, "source: git+https://x#1 → git+https://src"),
        ({"row": 8}, "row: 8 → 9"),
        ({"round": 7}, "round: 7 → None"),
        ({"policy_revision": "0" * 12}, "policy_revision: 000000000000 → "),
        ({"generation": 4}, "generation: 4 → 0"),
        ({"evidence": (1,)}, "evidence: (1,) → None"),
        ({"dist": "eln1"}, "dist: eln1 → None"),
        ({"by_change": True}, "by_change: True → None"),
        ({"build_id": 99}, ""),
        ({"computed_at": 1}, "the configuration changed at "),
    ],
    ids=str,
)
def test_a_forged_verdict_is_named(log: list[Recorded], fields: dict[str, Any], what: str) -> None:
    """By its position, with what is on record and what the table says of the same facts."""
    at = first(log, Queued)
    found = differences(forged(log, at, **fields)[: at + 1])

    assert [(each.position, each.stream) for each in found] == [(at + 1, "package:bash")]
    assert found[0].what.startswith(what)
    assert found[0].recorded.startswith("queued (row ")


def test_a_verdict_that_did_not_see_what_is_before_it_is_named(log: list[Recorded]) -> None:
    """One is taken on all that is on record of its package; else the append would have failed."""
    at = first(log, Queued)
    before = log[at].envelope.event.basis.computed_at
    (found,) = differences(forged(log, at, computed_at=before - 1)[: at + 1])

    assert found.what == f"the package changed at {before}, it was computed at {before - 1}"


@pytest.mark.parametrize("kind", [Queued, SkippedAsRetag, Skipped, Ended])
def test_a_decision_that_was_never_taken_is_named(log: list[Recorded], kind: type[Any]) -> None:
    """A second one of the same, where the first stands."""
    at = first(log, kind)
    again = replace(log[at], position=log[at].position + 1)
    again = replace(
        again, envelope=replace(again.envelope, meta=replace(again.envelope.meta, correlation="x"))
    )
    (found, *_) = differences([*log[: at + 1], again])

    assert (found.position, found.again) == (at + 2, "nothing")


def test_a_fact_that_was_taken_out_shows(log: list[Recorded]) -> None:
    """The verdicts that rest on it are others, or on nothing."""
    at = first(log, Identified)
    assert differences([*log[:at], *log[at + 1 :]]) != []


def test_an_event_that_follows_from_nothing_is_refused(log: list[Recorded]) -> None:
    """With what to do; there is no verdict to be named."""
    at = first(log, Identified)
    with pytest.raises(Invalid, match="does not follow what is before it"):
        differences(forged(log, at, build_id=77))


def test_a_table_that_is_not_here_is_refused(log: list[Recorded]) -> None:
    """A verdict of another version of the table is not judged by this one."""
    at = first(log, Queued)
    with pytest.raises(Refused, match="table 99"):
        differences(forged(log, at, table=99))


def test_only_the_span_is_decided_again(log: list[Recorded]) -> None:
    """What is forged outside of it is not looked at."""
    at = first(log, Queued)
    changed = forged(log, at, row=8)

    assert differences(changed, Span(at + 1, len(log))) == []
    assert differences(changed, Span(0, at)) == []
    assert len(differences(changed, Span(at, at + 1))) == 1


def test_the_rules_are_those_of_then() -> None:
    """Settings that changed since do not count, and those before a change count no longer."""
    world = World([NAME])
    world.hear([Source(NAME, 1, commit(1)), Baseline((row("f41", 1, commit(1)),), moment(0))])
    world.gate()
    world.adopt(Settings(lull=5, guard=GuardLimits(1, 1), failure_expiry=10))
    world.hear([Source(NAME, 2, commit(2)), tagging(2, "f41", 50)])
    world.gate()
    revisions = {
        r.envelope.event.basis.settings_revision
        for r in world.log
        if isinstance(r.envelope.event, Verdict)
    }

    assert len(revisions) == 2
    assert differences(world.log) == []
