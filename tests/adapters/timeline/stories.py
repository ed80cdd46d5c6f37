# SPDX-License-Identifier: GPL-3.0-or-later
"""Two stories that really happened, played on a hub with a clock and ids that are always the same.

The incident of August 2024 is the demo's, on a sample of its packages and with as small a guard. In
fedora-eln/eln#439 the bus lost the messages of two days, and nobody noticed until a packager asked;
here the catch-up does.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr

from adapters.app import Outside, assemble
from adapters.bodhi.client import BodhiServer
from adapters.config.outside import OutsideConfiguration
from adapters.config.sections import Bodhi, Guard, Koji
from adapters.config.static import Config
from adapters.koji.client import KojiHub
from adapters.koji.options import HubOptions, Password
from adapters.sandbox import demo, incident, scenario
from adapters.sandbox.bodhi import SimulatedBodhi
from adapters.sandbox.hub import VirtualClock
from adapters.sandbox.hub.choices import Ending, Outcome
from adapters.sandbox.hub.model import Task
from adapters.sandbox.rawhide import SERVICE
from adapters.sandbox.stage import POLICY, Clock, Stage
from adapters.store.log import EventLog
from domain.service.events import Paused
from tests.adapters.service.online import Rawhide
from tests.sim import sample

GUARD = Guard(max_builds=20)
LOST = ("zsh", "gcc", "glibc", "curl", "vim")
"""The packages whose messages the bus lost."""


def same_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name operations in their order, and not by chance."""
    numbers = count(1)
    monkeypatch.setattr("adapters.service.operation.uuid4", lambda: UUID(int=next(numbers)))


# --- August 2024 -------------------------------------------------------------------------------


def incident_of_august(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> int:
    """Play the incident as the demo does; return the position that it is to be told from."""
    stages: list[Stage] = []

    @contextmanager
    def open_stage(
        _: Path, hub_url: str, bodhi: SimulatedBodhi, clock: VirtualClock
    ) -> Iterator[Stage]:
        login = Password(SERVICE, SecretStr(SERVICE))
        with closing(KojiHub(HubOptions(url=hub_url, login=login))) as koji:
            stages.append(_stage(log, hub_url, Clock(clock), koji, bodhi))
            yield stages[0]

    monkeypatch.setattr(incident, "Story", lambda *_: sample.story())
    monkeypatch.setattr(demo, "open_stage", open_stage)
    demo.run(console=None)
    operators, by = stages[0].app.operators, stages[0].by("eln-reviewer")
    operators.note("releng tags everything in f41 into f42", by, at=scenario.RETAG)
    return next(each.position for each in log.read(topics=[Paused.topic]))


def _stage(log: EventLog, hub_url: str, now: Clock, koji: KojiHub, bodhi: SimulatedBodhi) -> Stage:
    """Return the service on the log of a test; its files lie in the folder that the test is in."""
    config = Config.model_construct(
        state_dir=Path(),
        policy=POLICY,
        koji=Koji(url=hub_url),
        bodhi=Bodhi(url=bodhi.url),
        guard=GUARD,
    )
    server = BodhiServer(bodhi.url, login=bodhi.login(Path()))
    outside = Outside(OutsideConfiguration(config), koji, server)
    app = assemble(log, config, now, outside)
    app.journal.catch_up()
    return Stage(Path(), app, now)


# --- fedora-eln/eln#439 ------------------------------------------------------------------------


def lost_messages(log: EventLog) -> int:
    """Play two days in which nobody listens; return the position to tell it from."""
    tried: set[str] = set()

    def outcome(task: Task) -> Outcome:
        """One build fails once, as it does where the mirror is not yet there."""
        source = str(task.request[0])
        flawed = "/gcc#" in source and source not in tried
        tried.add(source)
        return Outcome(Ending.FAILED if flawed else Ending.COMPLETE)

    with Rawhide(log, ("bash", *LOST), outcome=outcome) as rawhide:
        rawhide.baseline()
        begins = log.head() + 1
        rawhide.build("bash")
        rawhide.listen()
        rawhide.settle()
        down = rawhide.now()
        for name in LOST:
            rawhide.later(hours=9)
            rawhide.build(name)
        rawhide.listen(lost=True)
        rawhide.later(hours=3)
        rawhide.settle()
        by, note = rawhide.by("person"), rawhide.app.operators.note
        note("the pod is gone, and nobody reads the bus", by, at=down)
        note("a packager asks where zsh is", by, package="zsh")
    return begins
