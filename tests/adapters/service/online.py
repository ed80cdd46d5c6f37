# SPDX-License-Identifier: GPL-3.0-or-later
"""The service with a hub: the real client over HTTP, a real database, time that the tests move."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import RLock
from typing import Any, Self

from msgspec.structs import replace
from pydantic import SecretStr

from adapters.app import App, Outside, assemble
from adapters.bodhi.client import BodhiServer
from adapters.config.sections import Bodhi, Koji
from adapters.config.static import Config
from adapters.koji.client import KojiHub
from adapters.koji.options import HubOptions, Password
from adapters.ports import InboxMessage
from adapters.ports.notices import Outlet
from adapters.sandbox.bodhi import SimulatedBodhi
from adapters.sandbox.hub import (
    Builders,
    Bus,
    Hub,
    Mischief,
    Server,
    Trouble,
    VirtualClock,
    World,
    release,
    tagging,
)
from adapters.sandbox.hub.choices import Outcome, Pace
from adapters.sandbox.hub.messages import as_line
from adapters.sandbox.hub.model import Build, Task
from adapters.service.baseline import ask
from adapters.service.operation import Operation, new_id
from adapters.service.work import Pass
from adapters.store.log import EventLog
from domain.package import Package
from domain.policy import GuardLimits, PackageList, Policy
from domain.service import Service
from domain.service.decide import Offered
from domain.values import Via

START = datetime(2024, 8, 13, tzinfo=UTC)
TRIGGER, STABLE, DIST = "f41", "eln", "eln141"
SOURCE = "git+https://src.fedoraproject.org/rpms/{0}#{1:040x}"


class Configured:
    """What people configure, and what the hub says of it."""

    def __init__(self, names: tuple[str, ...]) -> None:
        config = Config.model_construct()
        self.offer = Offered(
            settings=replace(
                config.settings(), lull=0, guard=GuardLimits(max_builds_after_change=250)
            ),
            policy=Policy(TRIGGER),
            packages=PackageList(dict.fromkeys(names, "eln")),
            dist=DIST,
        )

    def offered(self) -> Offered:
        """What is in force outside."""
        return self.offer

    def move(self, trigger: str) -> None:
        """Another tag's builds are to be rebuilt from now on."""
        self.offer = replace(self.offer, policy=Policy(trigger))


class Rawhide:
    """A hub in which Rawhide is made, and the service that listens to it."""

    pace = Pace()
    """How fast Koji builds."""

    tick = 3600.0
    """Seconds after which Koji's builders go on although nobody asks."""

    tests = 600.0
    """Seconds that Bodhi takes for an update."""

    def __init__(
        self,
        log: EventLog,
        names: tuple[str, ...] = ("bash", "zsh"),
        *,
        mischief: Mischief | None = None,
        outcome: Callable[[Task], Outcome] = lambda _: Outcome(),
        publishing: Bodhi | None = None,
    ) -> None:
        self.hub_clock = self.clock()
        self.heard: list[dict[str, Any]] = []
        self._listening = RLock()
        bus = Bus(self.heard.append, mischief=mischief)
        self.world = self._world(names, bus)
        self.builders = Builders(
            self.world,
            outcome=lambda task: replace(outcome(task), pace=self.pace),
            repo=lambda _: Outcome(pace=self.pace),
        )
        self.trouble = Trouble()
        self.bodhi = SimulatedBodhi(world=self.world, delay=self.tests)
        hub = Hub(self.world, self.builders, self.bodhi.updates.work)
        self.server = Server(hub, self.trouble, tick=self.tick)
        self.configured = Configured(names)
        self.publishing = publishing
        self.log = log
        self.folder = TemporaryDirectory(prefix="ebs-")
        self._made = 0
        self.koji: KojiHub | None = None
        self.app: App = None  # type: ignore[assignment] # from the start on

    def _world(self, names: tuple[str, ...], bus: Bus) -> World:
        made = World(self.hub_clock, bus=bus, first_event=1_000)
        made.add_user("ebs", "tag")
        for name in ("f41", "f42", STABLE):
            made.add_tag(name)
        made.add_tag("eln-build", parents=(STABLE,), extra={"rpm.macro.eln": 141})
        made.add_tag("eln-candidate", parents=(STABLE,), open=True)
        made.add_target(STABLE, "eln-build", "eln-candidate")
        for name in names:
            made.list_package(STABLE, name)
        return made

    def __enter__(self) -> Self:
        self.server.start()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.koji is not None:
            self.koji.close()
        self.server.stop()
        self.bodhi.stop()
        self.folder.cleanup()

    def start(self) -> None:
        """Start the service, as after it was killed."""
        if self.koji is not None:
            self.koji._hub._drop()  # a killed process says no farewell
        self.koji = KojiHub(self.options())
        config = Config.model_construct(state_dir=Path(), koji=Koji(url=self.server.url))
        bodhi = None
        if self.publishing is not None:
            config = config.model_copy(update={"bodhi": self.publishing})
            bodhi = self.wrapped_bodhi(self.ask_bodhi())
        outside = Outside(self.configured, self.wrapped(self.koji), bodhi, outlets=self.outlets())
        self.app = assemble(self.log, config, self.now, outside)
        self.app.journal.catch_up()
        self.app.notifications.adopt(new_id())

    def options(self) -> HubOptions:
        """How patient the client is."""
        login = Password("ebs", SecretStr("ebs"))
        return HubOptions(url=self.server.url, login=login, timeout=5, retry_for=10, pause=0.01)

    def wrapped(self, koji: KojiHub) -> Any:
        """Return the hub as the service sees it."""
        return koji

    def outlets(self) -> Sequence[Outlet[Any]]:
        """Return what is told to the world, and through what."""
        return ()

    def ask_bodhi(self) -> BodhiServer:
        """Bodhi's own client, which is not patient."""
        self.bodhi.start()
        login = self.bodhi.login(Path(self.folder.name))
        return BodhiServer(self.bodhi.url, login=login, timeout=5, retry_for=0.01, pause=0.01)

    def wrapped_bodhi(self, bodhi: BodhiServer) -> Any:
        """Return Bodhi as the service sees it."""
        return bodhi

    # --- what happens in Rawhide ---------------------------------------------------------------

    def now(self) -> datetime:
        """The time, of the hub and of ours."""
        return datetime.fromtimestamp(self.hub_clock(), UTC)

    def clock(self) -> Callable[[], float]:
        """Return the clock of the hub and of the service: the tests move it."""
        return VirtualClock(START.timestamp())

    def later(self, **span: float) -> None:
        """Let time go on."""
        assert isinstance(self.hub_clock, VirtualClock)
        self.hub_clock.advance(timedelta(**span).total_seconds())

    def build(self, name: str, tag: str | None = TRIGGER, *, source: str | None = None) -> Build:
        """A packager builds a package into a tag."""
        self._made += 1
        made = self.world.add_build(
            name, str(self._made), "1.fc41", source=source or SOURCE.format(name, self._made)
        )
        if tag is not None:
            self.tag(made, tag)
        return made

    def tag(self, build: Build, tag: str) -> None:
        """Releng tags a build."""
        self.later(seconds=1)
        release(self.world, build, tag)

    def untag(self, build: Build, tag: str = TRIGGER) -> None:
        """Releng untags a build."""
        self.later(seconds=1)
        tagging.untag_build(self.world, self.world.tag(tag), build, self.world.user("releng"))

    def rebuilt(self, build: Build, release_: str = "1.eln141") -> Build:
        """ELN has a build of the same source."""
        made = self.world.add_build(build.name, build.version, release_, source=build.source)
        release(self.world, made, STABLE)
        return made

    # --- what the service does -----------------------------------------------------------------

    def baseline(self) -> None:
        """``ebs baseline``, and some time after it."""
        self.app.gate.adopt(self.by("person"))
        assert self.app.koji is not None
        reading = ask(self.app.koji, {TRIGGER, STABLE})
        self.app.baselines.take(reading, self.by("baseline"))
        self.heard.clear()
        self.later(hours=2)

    def listen(self, *, lost: bool = False) -> None:
        """Take what the bus carried since; or lose it."""
        bus = self.world.bus
        assert bus is not None
        bus.flush()
        if lost:
            self.heard.clear()
        self.hear()

    def hear(self) -> None:
        """Take what the bus has delivered until now."""
        told, self.heard[:] = list(self.heard), []
        self.app.inbox.put(
            [
                InboxMessage(m["id"], m["topic"], as_line(m), "bus")
                for m in {m["id"]: m for m in told}.values()
            ]
        )

    def passes(self, count: int = 1) -> Pass:
        """Let the worker make passes, minutes apart."""
        for _ in range(count):
            self.later(minutes=6)
            made = self.app.work.run(new_id())
        return made

    def settle(self, most: int = 20) -> Pass:
        """Let the worker make passes until nothing is queued, nor being built."""
        made = self.passes(2)
        for _ in range(most):
            with self.app.journal.look() as view:
                waiting = any(package.queued for package in view.everything().values())
            if not waiting and view.batch is None:
                return made
            made = self.passes()
        raise AssertionError("something is being built for ever")

    def by(self, via: Via) -> Operation:
        """An operation of somebody, now."""
        return Operation("ada", via, self.now())

    # --- what is on record ---------------------------------------------------------------------

    def package(self, name: str = "bash") -> Package:
        """Return a package."""
        with self.app.journal.look() as view:
            return view.package(name)

    @property
    def service(self) -> Service:
        """The service's own state."""
        with self.app.journal.look() as view:
            return view.service

    def outcomes(self, name: str = "bash") -> list[tuple[int, str | None]]:
        """Return what was queued of a package, and how it ended."""
        return [(a.build_id, a.outcome) for a in self.package(name).ledger]

    def events(self, *topics: str) -> list[Any]:
        """Return the events of these topics."""
        return [recorded.envelope.event for recorded in self.log.read(topics=topics)]

    def built_sources(self) -> list[str]:
        """Return the sources that Koji was asked to build, in the order of the tasks."""
        tasks = self.world.tasks.values()
        return [task.request[0] for task in tasks if task.method == "build"]
