# SPDX-License-Identifier: GPL-3.0-or-later
"""The incident on a real database: the log, the inbox and the projections take part."""

from pathlib import Path

import pytest

from adapters.sandbox import scenario as times
from adapters.sandbox.scenario import Scenario
from adapters.store.log import EventLog
from domain.package import Package
from domain.service import Service
from projections import control, eligibility, runner
from tests.sim import sample
from tests.sim.offline import Offline, before_it_all, stage_without_hub


@pytest.fixture
def told() -> Scenario:
    """The incident on a sample."""
    return sample.scenario()


@pytest.fixture
def stage(log: EventLog, tmp_path: Path) -> Offline:
    """The service on the test's database."""
    return stage_without_hub(log, tmp_path, before_it_all())


def play(stage: Offline, told: Scenario) -> None:
    """Let the incident happen, up to what is queued when the pause ends."""
    stage.configure("f41", sample.names())
    stage.clock.at(times.BASELINE)
    stage.read_baseline(told.baseline)
    stage.clock.at(times.TRIGGER)
    ingest(stage, "ordinary", told)
    stage.app.gate.run()
    stage.clock.at(times.PAUSE)
    stage.app.operators.pause("mass re-tag", None, stage.by("operator"))
    stage.configure("f42")
    for phase in ("paused", "retag", "branched"):
        ingest(stage, phase, told)
    stage.clock.at(times.RESUME)
    stage.app.operators.resume(stage.by("operator"))
    stage.app.gate.run()


def ingest(stage: Offline, phase: str, told: Scenario) -> int:
    """Read the messages of a phase; return how many told something new."""
    *_, report = stage.ingest(phase, getattr(told, phase))
    return report.recorded


def projected(log: EventLog) -> tuple[int | None, Service, list[Package]]:
    """Return what the projections hold, and up to where they have read the log."""
    with log.reading() as cursor:
        return runner.position(cursor), control.load(cursor), list(eligibility.load_all(cursor))


def test_what_is_due_is_queued(stage: Offline, told: Scenario) -> None:
    """As in memory: what is due is queued, nothing else, nothing twice."""
    play(stage, told)
    queued = sorted(
        (r.envelope.originator_id.removeprefix("package:"), r.envelope.event.build_id)
        for r in stage.app.log.read(topics=["queued"])
    )

    assert queued == sorted(told.due | told.due_before)


def test_the_bus_once_more_is_no_news(stage: Offline, told: Scenario) -> None:
    """All messages ingested again record nothing, and a pass then decides nothing."""
    play(stage, told)
    head = stage.app.log.head()
    again = [ingest(stage, phase, told) for phase in ("ordinary", "paused", "retag", "branched")]
    stage.app.gate.run()

    assert again == [0, 0, 0, 0]
    assert stage.app.log.head() == head


def test_rebuilt_projections_equal_those_kept(stage: Offline, told: Scenario) -> None:
    """Dropped and built from the log, the projections say what they said."""
    play(stage, told)
    kept = projected(stage.app.log)
    stage.app.journal.rebuild()

    assert projected(stage.app.log) == kept
    assert kept[0] == stage.app.log.head()
    assert len(kept[2]) == told.packages
