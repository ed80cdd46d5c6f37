# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the scenario is played: a folder with real files, the service, a clock of its own."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import yaml
from msgspec.structs import replace

from adapters.app import App, open_app
from adapters.app import Outside as World
from adapters.config.outside import OutsideConfiguration
from adapters.config.static import Config
from adapters.sandbox.scenario import EXCLUDE, RENAMED
from adapters.service import baseline
from adapters.service.ingest import Report, read_lines
from adapters.service.operation import Operation
from domain.errors import Refused
from domain.service.decide import Offered
from domain.values import Via

POLICY: Final = "elnbuildsync_dynamic.yaml"
LISTS: Final = "package-lists"
VIEW: Final = "view-source-package-name-list--view-eln.txt"


class Clock:
    """Time as it was; it goes on when it is told to."""

    def __init__(self) -> None:
        self.now = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Outside:
    """The files of the folder, and the dist that a hub would tell."""

    def __init__(self, config: Config) -> None:
        self._files = OutsideConfiguration(config)
        self.dist = ""

    def offered(self) -> Offered:
        return replace(self._files.offered(), dist=self.dist)


class Stage:
    """The service in its folder; every act is one that the command line has too."""

    def __init__(self, folder: Path, app: App, clock: Clock, outside: Outside) -> None:
        self._folder = folder
        self._clock = clock
        self._outside = outside
        self.app = app

    def at(self, now: datetime) -> None:
        """Let time go on."""
        self._clock.now = now

    def configure(self, trigger_tag: str, listed: Iterable[str] = ()) -> None:
        """Write policy and package list, as people do."""
        folder = self._folder / LISTS
        folder.mkdir(exist_ok=True)
        if names := "".join(f"{name}\n" for name in listed):
            (folder / VIEW).write_text(names)
        (self._folder / POLICY).write_text(yaml.safe_dump(_policy(trigger_tag, folder)))

    def dist(self, dist: str) -> None:
        """Let the build tag's ``rpm.macro.eln`` be this."""
        self._outside.dist = dist

    def baseline(self, lines: Iterable[bytes]) -> None:
        """``ebs baseline --from FILE``."""
        path = self._file("baseline.jsonl", lines)
        with path.open("rb") as file:
            reading = baseline.read(file, path.name)
        self.app.baselines.take(reading, self.by("releng"))

    def ingest(self, name: str, lines: Iterable[bytes]) -> Iterator[Report]:
        """``ebs ingest FILE``; yield the report after each chunk."""
        path = self._file(f"{name}.jsonl", lines)
        with path.open("rb") as file:
            yield from self.app.ingest.lines(read_lines(file), path.name)

    def by(self, actor: str, via: Via = "person") -> Operation:
        """Return an operation of somebody, now."""
        return Operation(actor, via, self._clock())

    def _file(self, name: str, lines: Iterable[bytes]) -> Path:
        path = self._folder / name
        path.write_bytes(b"".join(lines))
        return path


@contextmanager
def open_stage(folder: Path) -> Iterator[Stage]:
    """Open the service on a folder of its own. Raises Refused where a log lies in it already.

    Neither the environment nor a configuration of the machine has a say: nothing that a person
    runs for real may be touched from here.
    """
    config = Config.model_construct(state_dir=folder, policy=str(folder / POLICY))
    clock, outside = Clock(), Outside(config)
    with open_app(config, clock=clock, outside=World(outside)) as app:
        if app.log.head():
            raise Refused(
                f"{folder} holds a log already",
                why="the demo begins with an empty one",
                do="name another folder",
            )
        yield Stage(folder, app, clock, outside)


def _policy(trigger_tag: str, lists: Path) -> dict[str, object]:
    control = {"pause": False, "trigger_tag": trigger_tag, "exclude": list(EXCLUDE)}
    names = {"view": "eln", "source": "source", "content_resolver": str(lists)}
    renamed = {name: {"upstream_name": upstream} for name, upstream in RENAMED.items()}
    return {
        "configuration": {"control": control},
        "components": {"autopackagelist": names, "overrides": renamed},
    }
