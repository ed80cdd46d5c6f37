# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the scenario is played: a folder with real files, the service, the clock of the hub."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import yaml
from pydantic import SecretStr

from adapters.app import App, Outside, open_app
from adapters.bodhi.client import BodhiServer
from adapters.config.outside import OutsideConfiguration
from adapters.config.sections import Bodhi, Koji
from adapters.config.static import Config
from adapters.koji.client import KojiHub
from adapters.koji.options import HubOptions, Password
from adapters.ports.koji import Progress
from adapters.sandbox.bodhi import SimulatedBodhi
from adapters.sandbox.hub import VirtualClock
from adapters.sandbox.rawhide import SERVICE
from adapters.sandbox.scenario import EXCLUDE, RENAMED
from adapters.service.baseline import ask
from adapters.service.ingest import Report, read_lines
from adapters.service.operation import Operation, new_id
from adapters.service.work import Pass
from domain.errors import Refused
from domain.values import Via

POLICY: Final = "elnbuildsync_dynamic.yaml"
LISTS: Final = "package-lists"
VIEW: Final = "view-source-package-name-list--view-eln.txt"


class Clock:
    """The hub's time, which is the service's too; it goes on when it is told to."""

    def __init__(self, hub: VirtualClock) -> None:
        self._hub = hub

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self._hub(), UTC)

    def at(self, now: datetime) -> None:
        """Let time go on."""
        self._hub.set(now.timestamp())


class Stage:
    """The service in its folder; every act is one that the command line has too."""

    def __init__(self, folder: Path, app: App, clock: Clock) -> None:
        self._folder = folder
        self.app = app
        self.clock = clock

    def configure(self, trigger_tag: str, listed: Iterable[str] = ()) -> None:
        """Write policy and package list, as people do."""
        folder = self._folder / LISTS
        folder.mkdir(exist_ok=True)
        if names := "".join(f"{name}\n" for name in listed):
            (folder / VIEW).write_text(names)
        (self._folder / POLICY).write_text(yaml.safe_dump(_policy(trigger_tag, folder)))

    def baseline(self, progress: Progress) -> int:
        """``ebs baseline``; return how many builds it has."""
        app, by = self.app, self.by("releng")
        app.gate.adopt(by)
        with app.journal.look() as view:
            configured = view.service.configured
        tags = {str(configured.trigger_tag), configured.settings.stable_tag}
        assert app.koji is not None  # noqa: S101 - a stage has a hub
        reading = ask(app.koji, tags, progress)
        app.baselines.take(reading, by)
        return len(reading.rows)

    def ingest(self, name: str, lines: Iterable[bytes]) -> Iterator[Report]:
        """``ebs ingest FILE``; yield the report after each chunk."""
        path = self._folder / f"{name}.jsonl"
        path.write_bytes(b"".join(lines))
        with path.open("rb") as file:
            yield from self.app.ingest.lines(read_lines(file), path.name)

    def work(self) -> Pass:
        """``ebs work --once``."""
        return self.app.work.run(new_id())

    def by(self, actor: str, via: Via = "person") -> Operation:
        """Return an operation of somebody, now."""
        return Operation(actor, via, self.clock())


@contextmanager
def open_stage(
    folder: Path, hub_url: str, bodhi: SimulatedBodhi, clock: VirtualClock
) -> Iterator[Stage]:
    """Open the service on a folder of its own, with a hub whose clock is the service's too.

    Raises Refused where a log lies in the folder already. Neither the environment nor a
    configuration of the machine has a say: nothing that a person runs for real may be touched.
    """
    now = Clock(clock)
    config = Config.model_construct(
        state_dir=folder,
        policy=str(folder / POLICY),
        koji=Koji(url=hub_url),
        bodhi=Bodhi(url=bodhi.url),
    )
    login = Password(SERVICE, SecretStr(SERVICE))
    with closing(KojiHub(HubOptions(url=hub_url, login=login))) as koji:
        server = BodhiServer(bodhi.url, login=bodhi.login(folder))
        outside = Outside(OutsideConfiguration(config), koji, server)
        with open_app(config, clock=now, outside=outside) as app:
            if app.log.head():
                raise Refused(
                    f"{folder} holds a log already",
                    why="the demo begins with an empty one",
                    do="name another folder",
                )
            yield Stage(folder, app, now)


def _policy(trigger_tag: str, lists: Path) -> dict[str, object]:
    control = {"pause": False, "trigger_tag": trigger_tag, "exclude": list(EXCLUDE)}
    names = {"view": "eln", "source": "source", "content_resolver": str(lists)}
    renamed = {name: {"upstream_name": upstream} for name, upstream in RENAMED.items()}
    return {
        "configuration": {"control": control},
        "components": {"autopackagelist": names, "overrides": renamed},
    }
