# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the golden logs of the release at hand, once: what every later release must replay.

``python -m tests.replay.make`` lives through three scenarios and exports their logs: the life of
``tests/crash`` with its failures, retries and phantoms, a sample of the incident of August 2024
with its re-tags, and what people do. One that is there already is never written anew.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path

from adapters.sandbox import demo, incident
from adapters.store.archive.write import write
from adapters.store.embedded import open_database
from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from tests.adapters.service.given import World
from tests.crash.points import Life, Points
from tests.fixtures.folders import short_folder
from tests.replay import people
from tests.sim import sample

GOLDEN = Path(__file__).with_name("golden")


def main() -> None:
    """Write what is missing."""
    for name, log in (("life", _life), ("incident", _incident), ("people", _people)):
        path = GOLDEN / f"{version('elnsync')}-{name}.zip"
        if not path.exists():
            with log() as lived, path.open("xb") as file:
                write(file, lived.rows(), lived.anchor(0), EVENTS)


@contextmanager
def _log(folder: Path) -> Iterator[EventLog]:
    with (
        closing(open_database(folder)) as database,
        EventLog(database.conninfo, EVENTS) as log,
    ):
        yield log


@contextmanager
def _life() -> Iterator[EventLog]:
    with short_folder() as folder, _log(folder) as log, Life(log, Points()) as life:
        life.live()
        yield log


@contextmanager
def _incident() -> Iterator[EventLog]:
    incident.Story = lambda *_: sample.story()  # type: ignore[assignment,misc] # the demo plays it
    with short_folder() as folder:
        demo.run(console=None, keep=folder)
        with _log(folder) as log:
            yield log


@contextmanager
def _people() -> Iterator[EventLog]:
    with short_folder() as folder, _log(folder) as log:
        people.live(World(log).start())
        yield log


if __name__ == "__main__":
    main()
