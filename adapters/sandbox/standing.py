# SPDX-License-Identifier: GPL-3.0-or-later
"""``ebs sandbox``: a hub and a Bodhi for people, with a small Rawhide and ELN, on a real clock."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from errno import EADDRINUSE
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event
from typing import BinaryIO, Final

import yaml

from adapters.errors import NotPermitted
from adapters.sandbox import vendored
from adapters.sandbox.bodhi import SimulatedBodhi
from adapters.sandbox.hub import Builders, Bus, Hub, Outcome, Pace, Server, World
from adapters.sandbox.hub.messages import Message, as_line
from adapters.sandbox.rawhide import SERVICE, Rawhide, downstream, recipe
from adapters.sandbox.scenario import FIRST_EVENT, SEED
from adapters.sandbox.vendored import SourcePackage
from domain.errors import Conflict, EbsError, Invalid

DIST: Final = 142
PACE: Final = Pace(pickup=1, srpm=2, arch=5, tag=1, repo=5)
TESTS: Final = 10.0
"""Seconds that Bodhi takes for an update."""

AGE: Final = timedelta(days=10)
"""How old what the hub holds at first is at most."""

TIMERS: Final = {"LULL": 2, "CATCH_UP": 5, "TASK_POLL": 2}
"""Seconds, for a service that looks as often as things happen here."""

TARGETS: Final = 0.75
"""The share of packages that are rebuilt for ELN, if there are as many."""


class Standing:
    """A world of ``packages``, of which ELN rebuilds ``targets``; what happens is up to others."""

    trigger_tag: Final = "f42"

    def __init__(self, packages: Sequence[SourcePackage], targets: Sequence[SourcePackage]) -> None:
        self.packages, self.targets = packages, targets
        self.world = World(time.time, first_event=FIRST_EVENT)
        self._hub = Rawhide(self.world, packages, (package.name for package in targets), DIST)
        now = datetime.now(UTC)
        self._hub.past(self.trigger_tag, packages, targets, now - AGE, now)
        self.world.add_repo("eln-build")
        self._choice = Random()  # noqa: S311 - a scenario, no secret

    def happen(self, package: SourcePackage | None = None) -> str:
        """Build a package, some one where none is named, into the trigger tag; return its NVR."""
        chosen = package or self._choice.choice(self.packages)
        with self.world.request():
            return self._hub.build(chosen, self.trigger_tag).nvr


@contextmanager
def standing(
    *,
    packages: int,
    port: int,
    messages: str | None,
    stop: Event,
    pace: Pace = PACE,
    tests: float = TESTS,
) -> Iterator[tuple[Standing, dict[str, str]]]:
    """Keep a hub and a Bodhi on loopback; yield it with the variables that point the service there.

    ``packages``: how many, as far as there are; ``port``: 0 is any that is free; ``messages``: the
    file to write what its bus carries to, ``-`` being stdout. When that cannot be written any more,
    ``stop`` is set, and the reason raised at the end. ``pace``: how long builds take there;
    ``tests``: how long updates do.

    Raises Conflict where the port is taken, NotPermitted, or Invalid.
    """
    hub = Standing(*chosen(packages))
    usual = Outcome(pace=pace)
    builders = Builders(hub.world, outcome=lambda _: usual, recipe=recipe, repo=lambda _: usual)
    with ExitStack() as stack:
        bodhi = stack.enter_context(SimulatedBodhi(world=hub.world, delay=tests))
        server = Server(Hub(hub.world, builders, bodhi.updates.work), port=port)
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="ebs-sandbox-")))
        _start(server)
        stack.callback(server.stop)
        # Only now: the file may be that of another sandbox, at the same port.
        hub.world.bus = stack.enter_context(_bus(messages, stop))
        stack.callback(server.stop)  # before the file is closed
        yield hub, _variables(server.url, bodhi, folder, hub.targets)


def chosen(number: int) -> tuple[list[SourcePackage], list[SourcePackage]]:
    """Return so many packages as far as there are, and those of them that ELN rebuilds."""
    everything, listed = vendored.fedora(), set(vendored.eln())
    random = Random(SEED)  # noqa: S311 - the same ones each time, no secret
    targets = [package for package in everything if package.name in listed]
    others = [package for package in everything if package.name not in listed]
    some = random.sample(targets, min(len(targets), max(1, round(number * TARGETS))))
    more = random.sample(others, min(len(others), number - len(some)))
    return sorted([*some, *more]), sorted(some)


@contextmanager
def _bus(messages: str | None, stop: Event) -> Iterator[Bus | None]:
    """Open where messages go; without a place nobody makes any."""
    if messages is None:
        yield None
    elif messages == "-":
        yield from _carried(sys.stdout.buffer, stop)
    else:
        with _opened(messages) as file:
            yield from _carried(file, stop)


def _carried(file: BinaryIO, stop: Event) -> Iterator[Bus]:
    sink = _Lines(file, stop)
    # A world of its own has messages of its own: their ids must not be those of another run.
    yield Bus(sink, seed=time.time_ns())
    if sink.failed is not None:
        raise sink.failed


class _Lines:
    """Writes messages to a file, a line each; it never fails the request that a message is of."""

    def __init__(self, file: BinaryIO, stop: Event) -> None:
        self._file = file
        self._stop = stop
        self.failed: Exception | None = None

    def __call__(self, message: Message) -> None:
        if self.failed is not None:
            return
        try:
            self._file.write(as_line(message))
            self._file.flush()
        except BrokenPipeError as error:
            self.failed = error
        except OSError as error:
            self.failed = EbsError("messages cannot be written any more", why=str(error))
        if self.failed is not None:
            self._stop.set()


def _opened(name: str) -> BinaryIO:
    try:
        return Path(name).open("wb", buffering=0)
    except PermissionError as error:
        raise NotPermitted(f"{name} cannot be written", why=str(error)) from None
    except (OSError, ValueError) as error:
        raise Invalid(
            f"{name} cannot be written", why=str(error), do="name a file, or - for stdout"
        ) from None


def _start(server: Server) -> None:
    """Start a server. Raises Conflict where its port is taken, or NotPermitted."""
    another = "name another one with --port; 0 is any that is free"
    try:
        server.start()
    except PermissionError as error:
        raise NotPermitted(
            f"port {server.port} cannot be had", why=str(error), do=another
        ) from None
    except OSError as error:
        if error.errno != EADDRINUSE:
            raise
        why = "another process listens there, perhaps another sandbox"
        raise Conflict(f"port {server.port} is taken", why=why, do=another) from None


def _variables(
    url: str, bodhi: SimulatedBodhi, folder: Path, targets: Sequence[SourcePackage]
) -> dict[str, str]:
    """Write what the service is configured with, and return the variables that name it."""
    password, policy = folder / "password", folder / "elnbuildsync_dynamic.yaml"
    password.touch(mode=0o600)
    password.write_text(f"{SERVICE}\n")
    policy.write_text(yaml.safe_dump(_policy(targets)))
    return {
        "EBS_KOJI__URL": url,
        "EBS_KOJI__USER": SERVICE,
        "EBS_KOJI__PASSWORD_FILE": str(password),
        "EBS_BODHI__URL": bodhi.url,
        "EBS_BODHI__LOGIN_FILE": str(bodhi.login(folder).file),
        "EBS_BODHI__ID_PROVIDER": bodhi.provider,
        "EBS_POLICY": str(policy),
        **{f"EBS_TIMERS__{name}": str(seconds) for name, seconds in TIMERS.items()},
    }


def _policy(targets: Sequence[SourcePackage]) -> dict[str, object]:
    """A policy that lists what is rebuilt by itself: there is no Content Resolver here."""
    names = {downstream(p.name): {"upstream_name": p.name} for p in targets}
    return {
        "configuration": {"control": {"pause": False, "trigger_tag": Standing.trigger_tag}},
        "components": {"overrides": names},
    }
