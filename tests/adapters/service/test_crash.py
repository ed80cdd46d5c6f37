# SPDX-License-Identifier: GPL-3.0-or-later
"""The service killed at every append, before it and after it, and started again.

The points are counted in a run that nobody disturbs; none is listed by hand.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from typing import Any, Final, cast

import pytest

from adapters.sandbox import scenario as times
from adapters.sandbox.scenario import Scenario
from adapters.service import facts as facts_module
from adapters.service import ingest as ingest_module
from adapters.service import journal
from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from domain.envelope import Envelope, Recorded
from domain.errors import Refused
from tests.fixtures.fix_store import Cluster
from tests.sim import sample
from tests.sim.offline import Offline, before_it_all, stage_without_hub

Step = Callable[[Offline], object]
Verdict = tuple[str, int, str, str, str]


OFTEN: Final = 5
"""Every so many appends the process dies, where it dies over and over."""


class Killed(BaseException):
    """The end of the process: nothing of ours may catch it."""


class Mortal:
    """A log whose process dies at its ``last`` append, just before or just after the commit."""

    def __init__(self, log: EventLog, last: int = 0, *, committed: bool = False) -> None:
        self._log = log
        self._last = last
        self._committed = committed
        self.appends = 0

    def append(self, envelopes: Sequence[Envelope], **options: Any) -> list[Recorded]:
        """Append, or die."""
        self.appends += 1
        if self.appends == self._last and not self._committed:
            raise Killed
        recorded = self._log.append(envelopes, **options)
        if self.appends == self._last:
            raise Killed
        return recorded

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


def steps(told: Scenario) -> Iterator[Step]:
    """Yield what people and the worker do in the incident, each a command one can repeat."""
    yield lambda stage: stage.configure("f41", sample.names())
    yield lambda stage: stage.clock.at(times.BASELINE)
    yield lambda stage: stage.read_baseline(told.baseline)
    yield lambda stage: stage.clock.at(times.TRIGGER)
    yield ingest("ordinary", told)
    yield lambda stage: stage.app.gate.run()
    yield lambda stage: stage.app.operators.pause("mass re-tag", None, stage.by("operator"))
    yield lambda stage: stage.configure("f42")
    for phase in ("paused", "retag", "branched"):
        yield ingest(phase, told)
    yield lambda stage: stage.clock.at(times.RESUME)
    yield resume
    yield lambda stage: stage.app.gate.run()


def ingest(phase: str, told: Scenario) -> Step:
    """Return the step that reads the messages of a phase."""
    return lambda stage: list(stage.ingest(phase, getattr(told, phase)))


def resume(stage: Offline) -> None:
    """Resume; a second time there is nothing to resume, which is what was wanted."""
    with suppress(Refused):
        stage.app.operators.resume(stage.by("operator"))


def live(
    log: EventLog, folder: Path, told: Scenario, last: int = 0, again: int = 0, *, committed: bool
) -> int:
    """Go through the incident, killed at one append and started again; return the appends made.

    ``again``: killed once more at every so manieth append from then on, until all is done.
    """
    mortal, clock, appends = Mortal(log, last, committed=committed), before_it_all(), 0
    stage: Offline | None = None
    for step in steps(told):
        while True:
            try:
                stage = stage or stage_without_hub(cast("EventLog", mortal), folder, clock)
                step(stage)
                break
            except Killed:
                appends += mortal.appends
                mortal, stage = Mortal(log, again, committed=committed), None
    return appends + mortal.appends


def verdicts(log: EventLog) -> list[Verdict]:
    """Return every verdict on record, sorted."""
    topics = ["queued", "skipped-as-retag", "skipped"]
    found = []
    for recorded in log.read(topics=topics):
        event = recorded.envelope.event
        package = recorded.envelope.originator_id
        found.append((package, event.build_id, event.tag, event.topic, event.reason))
    return sorted(found)


def facts(log: EventLog) -> int:
    """Return how many facts are on record; a command given twice is on record twice."""
    return sum(1 for _ in log.read(topics=["tagged", "untagged", "destination-seen"]))


@pytest.fixture
def told() -> Scenario:
    """The incident on a sample."""
    return sample.scenario()


Outcome = tuple[int, int, list[Verdict]]
Lived = Callable[[int, int, bool], Outcome]


@pytest.fixture
def lived(cluster: Cluster, tmp_path: Path, told: Scenario) -> Lived:
    """The incident, lived through on a database of its own: the appends, and what came of it."""
    names = count()

    def run(last: int, again: int, committed: bool) -> Outcome:
        folder = tmp_path / str(next(names))
        folder.mkdir()
        with (
            closing(cluster.create(template=cluster.migrated)) as database,
            EventLog(database.conninfo, EVENTS) as log,
        ):
            appends = live(log, folder, told, last, again, committed=committed)
            return appends, facts(log), verdicts(log)

    return run


@pytest.mark.parametrize("committed", [False, True], ids=["before", "after"])
def test_killed_at_any_append(lived: Lived, told: Scenario, committed: bool) -> None:
    """Killed at any append and started again: the same facts once, the same verdicts once."""
    points, *undisturbed = lived(0, 0, committed)
    assert points > len(list(steps(told))) / 2

    for point in range(1, points + 1):
        _, *outcome = lived(point, 0, committed)
        assert outcome == undisturbed, f"killed at append {point} of {points}"


@pytest.mark.parametrize("committed", [False, True], ids=["before", "after"])
def test_killed_between_two_chunks(
    lived: Lived, told: Scenario, monkeypatch: pytest.MonkeyPatch, committed: bool
) -> None:
    """Killed over and over, within an ingest or a pass of the gate too: the same comes of it.

    Each run dies at other appends, so that together they die at all of them.
    """
    _, *undisturbed = lived(0, 0, committed)
    monkeypatch.setattr(journal, "CHUNK", 7)
    monkeypatch.setattr(ingest_module, "CHUNK", 20)
    monkeypatch.setattr(facts_module, "CHUNK", 20)
    points, *in_parts = lived(0, 0, committed)
    assert points > 2 * len(list(steps(told)))
    assert in_parts == undisturbed

    for point in range(1, OFTEN + 1):
        _, *outcome = lived(point, OFTEN, committed)
        assert outcome == undisturbed, f"killed at append {point} and every {OFTEN} after it"
