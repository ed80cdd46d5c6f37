# SPDX-License-Identifier: GPL-3.0-or-later
"""A batch of 2,000 packages: submitted, followed and promoted, with a hub in another process."""

import logging
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import koji as library
import structlog
from pydantic import SecretStr

from adapters.app import App, Outside, open_app
from adapters.config.outside import OutsideConfiguration
from adapters.koji.client import KojiHub
from adapters.koji.options import HubOptions, Password
from adapters.sandbox import vendored
from adapters.sandbox.hub import Builders, Outcome, Pace, World, release, running
from adapters.sandbox.hub.model import Task
from adapters.service.baseline import ask
from adapters.service.operation import Operation
from domain.batch import Batch
from tests.bench.bounds import Bound, peak_memory, seconds
from tests.bench.world import configure

PACKAGES: Final = 2_000
LASTING: Final = 100
"""So many of them take longer than all others."""

MULTICALL: Final = 500
ROUNDS: Final = 5
USER: Final = "ebs"
QUICK: Final = Outcome(pace=Pace(pickup=0.1, srpm=0.1, arch=0.1, tag=0.1, repo=0.1))
SLOW: Final = Outcome(pace=Pace(pickup=0.1, srpm=0.1, arch=30, tag=0.1, repo=0.1))
PATIENCE: Final = 90.0


def bounds() -> list[Bound]:
    """Measure in a process of its own, so that its memory is that of the service."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measured).result()


def _measured() -> list[Bound]:
    quiet = structlog.make_filtering_bound_logger(logging.ERROR)
    structlog.configure(wrapper_class=quiet)  # it cancels thousands of tasks
    with tempfile.TemporaryDirectory(prefix="ebs-") as folder, _hub() as url:
        login = Password(USER, SecretStr(USER))
        with closing(KojiHub(HubOptions(url=url, login=login, batch=MULTICALL))) as ours:
            names = [package.name for package in _packages()]
            config = configure(Path(folder), trigger="f42", names=names)
            with open_app(config, outside=Outside(OutsideConfiguration(config), ours)) as app:
                return [*Measurement(app, url, names).bounds()]


class Measurement:
    """The service at work on one hub, which a bare client asks the same."""

    def __init__(self, app: App, url: str, names: list[str]) -> None:
        assert app.hub is not None
        self._app, self._builds, self._names = app, app.hub.builds, names
        self._theirs = library.ClientSession(url, {"user": USER, "password": USER})
        self._theirs.login()

    def bounds(self) -> Iterator[Bound]:
        """Follow a batch of the lasting ones, several that are given up, and one to its end."""
        self._app.gate.adopt(_person())
        assert self._app.koji is not None
        self._app.baselines.take(ask(self._app.koji, {"f42", "eln"}), _person())
        few = self._poll(self._submitted(self._names[:LASTING])[0])
        self._give_up()
        yield self._submission()
        batch, _ = self._submitted(self._names)
        self._until(lambda: self._running() == LASTING)
        yield Bound(
            "a poll with 1,900 of 2,000 done against one of 100",
            self._poll(batch) / few,
            1.5,
            at_least=False,
        )
        self._until(lambda: self._running() is None)
        yield Bound("memory of a batch of 2,000", peak_memory(), 400, at_least=False, unit=" MB")

    def _submission(self) -> Bound:
        ours, bare = [], []
        for _ in range(ROUNDS):
            batch, taken = self._submitted(self._names)
            bare.append(seconds(partial(self._bare, batch)))
            ours.append(taken)
            self._give_up()
        print(f"      {PACKAGES} builds: bare calls {_shown(bare)} s, recorded {_shown(ours)} s")
        rate = sorted(bare)[ROUNDS // 2] / sorted(ours)[ROUNDS // 2]
        return Bound("submission against bare multicalls", rate, 0.7, at_least=True)

    def _bare(self, batch: Batch) -> None:
        """Submit the builds of a batch, as the client alone would."""
        with self._theirs.multicall(batch=MULTICALL) as calls:
            made = [
                calls.build(
                    item.planned.source, batch.into, {"draft": True, "wait_repo": True}, priority=5
                )
                for item in batch.items.values()
            ]
        for task in made:
            assert task.result

    def _submitted(self, names: list[str]) -> tuple[Batch, float]:
        """Have packages rebuilt; return their batch, and how long the pass that submits it took."""
        self._app.operators.rebuild(names, "to measure it", _person())
        for hold in self._app.gate.run().holds:
            self._app.gate.approve(hold.plan, _person())
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            started = time.perf_counter()
            batch = self._builds.step(_person())
            if batch is not None and len(batch.building) == len(names):
                return batch, time.perf_counter() - started
            time.sleep(0.2)
        raise AssertionError("the batch was not submitted whole")

    def _poll(self, batch: Batch) -> float:
        def poll() -> None:
            self._builds.poll_now()
            self._builds.step(_person())

        return seconds(poll, ROUNDS)

    def _running(self) -> int | None:
        self._builds.poll_now()
        batch = self._builds.step(_person())
        return None if batch is None else len(batch.building)

    def _give_up(self) -> None:
        with self._app.journal.look() as view:
            assert view.batch is not None
            number = view.batch.number
        self._app.operators.abandon(number, "measured", _person())
        self._until(lambda: self._running() is None)

    @staticmethod
    def _until(over: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not over():
            if time.monotonic() > deadline:
                raise AssertionError("it does not come to an end")
            time.sleep(0.5)


def _shown(times: list[float]) -> str:
    return f"{min(times):.2f} to {max(times):.2f}"


def _person() -> Operation:
    return Operation("bench", "person", datetime.now(UTC))


def _packages() -> Sequence[vendored.SourcePackage]:
    return vendored.fedora()[:PACKAGES]


@contextmanager
def _hub() -> Iterator[str]:
    """Serve the world from a process of its own; the value is its URL."""
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        ours.close()
        process.join()


def _serve(caller: Connection) -> None:
    lasting = {_source(package.name) for package in _packages()[:LASTING]}

    def outcome(task: Task) -> Outcome:
        return SLOW if task.request[0] in lasting else QUICK

    world = _world()
    with running(world, builders=Builders(world, outcome=outcome, repo=lambda _: QUICK)) as url:
        caller.send(url)
        with suppress(EOFError):  # it hung up
            caller.recv()


def _world() -> World:
    """Packages that are in f42, and in ELN from the same source."""
    made = World(time.time)
    made.add_user(USER)
    for tag in ("f42", "eln"):
        made.add_tag(tag)
    made.add_tag("eln-build", parents=("eln",), extra={"rpm.macro.eln": 142})
    made.add_tag("eln-candidate", parents=("eln",), open=True)
    made.add_target("eln", "eln-build", "eln-candidate")
    for name, version, number in _packages():
        made.list_package("eln", name)
        for tag, dist in (("f42", "fc42"), ("eln", "eln141")):
            build = made.add_build(name, version, f"{number}.{dist}", source=_source(name))
            release(made, build, tag)
    return made


def _source(name: str) -> str:
    return f"git+https://src.fedoraproject.org/rpms/{name}#{'0123456789' * 4}"
