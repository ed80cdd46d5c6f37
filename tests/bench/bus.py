# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast the bus is consumed, against a bare callback, and how fast the inbox is drained."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

from adapters.app import App, open_app
from adapters.store.connections import Connection, connect
from adapters.store.embedded import open_database
from tests.bench import world
from tests.bench.bounds import Bound, seconds
from tests.fixtures.bus import Bus
from tests.fixtures.rabbit import private_broker

MESSAGES: Final = 1_500
PATIENCE: Final = 60.0
MANY: Final = 4
"""Consumers on one queue; client, broker and database share the machine's cores."""

BARE: Final = "create table bare (id text primary key, body text not null)"
COUNT: Final = {table: f"select count(*) from {table}" for table in ("inbox", "bare")}  # noqa: S608
BLOCKED: Final = "select count(*) from pg_locks where not granted"
SCHEMA: Final = b"koji_fedoramessaging.tag.TagV1"
QUIET: Final = """
[log_config]
version = 1
disable_existing_loggers = true
[log_config.root]
level = "CRITICAL"
"""
"""For the bare one: it is not to be measured how it logs."""


class Bench:
    """A broker, a database, and consumers that wait for a word to begin."""

    def __init__(self, folder: Path, url: str, app: App, owner: Connection, conninfo: str) -> None:
        self._folder = folder
        self._url = url
        self._app = app
        self._owner = owner
        self._conninfo = conninfo
        file, _ = world.storm(folder)
        with file.open("rb") as lines:
            # Of the plainest class: by Koji's own schemas a bare callback takes five times as long.
            self._lines = [
                line.replace(SCHEMA, b"base.message") for line in islice(lines, MESSAGES)
            ]
        owner.execute(BARE)

    def rate(self, table: str, command: Sequence[str | Path], consumers: int) -> float:
        """Return how many messages a second so many consumers keep in a table, one by one."""
        with closing(Bus(self._url, self._folder).declare()) as bus:
            bus.publish(self._lines)
            if table == "bare":
                bus.conf.write_text(bus.conf.read_text() + QUIET)
            with self._running(table, command, consumers, bus):
                began = time.perf_counter()
                while self._owner.execute(COUNT[table]).fetchone() != (MESSAGES,):
                    time.sleep(0.02)
                return MESSAGES / (time.perf_counter() - began)

    @contextmanager
    def _running(
        self, table: str, command: Sequence[str | Path], consumers: int, bus: Bus
    ) -> Iterator[None]:
        """Start consumers, and let them go on when each of them holds its first message."""
        environment = {
            **os.environ,
            "EBS_STATE_DIR": str(self._app.config.state_dir),
            "EBS_BUS__CONF": str(bus.conf),
            "FEDORA_MESSAGING_CONF": str(bus.conf),
            "EBS_TEST_BARE": self._conninfo,
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        started: list[subprocess.Popen[bytes]] = []
        nowhere = subprocess.DEVNULL
        try:
            with self._owner.transaction():
                self._owner.execute(f"truncate {table}")
                self._owner.execute(f"lock table {table} in share mode")
                started.extend(
                    subprocess.Popen(command, env=environment, stdout=nowhere, stderr=nowhere)
                    for _ in range(consumers)
                )
                self._wait_for(consumers)
            yield
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(PATIENCE)

    def _wait_for(self, consumers: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while self._owner.execute(BLOCKED).fetchone() != (consumers,):
            assert time.monotonic() < deadline, "the consumers do not start"
            time.sleep(0.1)

    def drained(self) -> float:
        """Return how many messages a second become facts."""
        return MESSAGES / seconds(self._app.facts.drain)


BIN: Final = Path(sys.executable).parent
OURS: Final = (BIN / "ebs", "consume", "--log-format", "json")
THEIRS: Final = (BIN / "fedora-messaging", "consume", "--callback", "tests.bench.bare:callback")


def bounds(folder: Path) -> Iterator[Bound]:
    """Measure one and many consumers, ours and bare ones in turn."""
    with (
        private_broker() as broker,
        closing(open_database(folder / "state")) as database,
        open_app(world.configure(folder)) as app,
        connect(database.owner_conninfo) as owner,
    ):
        bench = Bench(folder, broker.url, app, owner, database.owner_conninfo)
        theirs = {count: bench.rate("bare", THEIRS, count) for count in (1, MANY)}
        ours = {count: bench.rate("inbox", OURS, count) for count in (1, MANY)}
        drained = bench.drained()
    print(
        f"      messages/s of one and of {MANY} consumers: {ours[1]:.0f} and {ours[MANY]:.0f}, bare"
        f" {theirs[1]:.0f} and {theirs[MANY]:.0f}; drained {drained:.0f}"
    )
    for count in (1, MANY):
        figure = ours[count] / theirs[count]
        yield Bound(f"{count} consuming against bare callbacks", figure, 0.8, at_least=True)
    yield Bound(f"{MANY} consuming against one", ours[MANY] / ours[1], 1.2, at_least=True)
    yield Bound(f"draining against {MANY} consuming", drained / ours[MANY], 2, at_least=True)
