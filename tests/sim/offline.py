# SPDX-License-Identifier: GPL-3.0-or-later
"""The service on a folder without a hub: what it knows of Koji is a file."""

from collections.abc import Iterable
from pathlib import Path

from adapters.app import Outside, assemble
from adapters.config.outside import OutsideConfiguration
from adapters.config.static import Config
from adapters.sandbox import scenario as times
from adapters.sandbox.hub import VirtualClock
from adapters.sandbox.stage import POLICY, Clock, Stage
from adapters.service import baseline
from adapters.store.log import EventLog


class Offline(Stage):
    """A stage whose baseline is read from a file."""

    def read_baseline(self, lines: Iterable[bytes]) -> None:
        """``ebs baseline --from FILE``."""
        reading = baseline.read(lines, "baseline.jsonl")
        self.app.baselines.take(reading, self.by("releng"))


def stage_without_hub(log: EventLog, folder: Path, clock: Clock) -> Offline:
    """Start the service on a log."""
    config = Config.model_construct(state_dir=folder, policy=str(folder / POLICY))
    app = assemble(log, config, clock, Outside(OutsideConfiguration(config)))
    app.journal.catch_up()
    return Offline(folder, app, clock)


def before_it_all() -> Clock:
    """Return a clock that stands before the incident."""
    return Clock(VirtualClock(times.MASS_REBUILD.timestamp()))
