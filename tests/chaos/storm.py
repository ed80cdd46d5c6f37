# SPDX-License-Identifier: GPL-3.0-or-later
"""A storm of re-tags through a real broker into a real database, while everything dies in turn."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import psutil  # type: ignore[import-untyped]  # it publishes no types
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.app import open_app
from adapters.store.connections import connect
from adapters.store.embedded import Database
from tests.bench import world
from tests.fixtures.bus import Bus
from tests.fixtures.proxy import Proxy
from tests.fixtures.rabbit import Broker

FIGURES: Final = Path(__file__).with_name("figures.sql").read_bytes()
KEPT: Final = b"select count(*) from inbox"

PATIENCE: Final = 600.0
"""Seconds in which it must have come to an end."""


class Figures(NamedTuple):
    """What became of the messages: how often on record, of how many builds; and what it took."""

    messages: int
    taggings: tuple[int, int]
    verdicts: tuple[int, int]
    left: int
    starts: int
    seconds: float

    @property
    def lost(self) -> int:
        """What has no fact, or no verdict, or was never taken off the queue."""
        return 2 * self.messages - self.taggings[1] - self.verdicts[1] + self.left

    @property
    def double(self) -> int:
        """Facts and verdicts that are on record more than once."""
        return sum(recorded - builds for recorded, builds in (self.taggings, self.verdicts))


class Storm:
    """A consumer and a worker, behind a proxy to their database; each is started where it ended.

    ``folder`` is that of the embedded ``database``; ``broker``: where it is to be restarted.
    """

    def __init__(
        self, folder: Path, database: Database, bus: Bus, broker: Broker | None = None
    ) -> None:
        self._folder = folder
        self._database = database
        self._bus = bus
        self._broker = broker
        told = conninfo_to_dict(database.conninfo)
        self._proxy = Proxy(f"{told['host']}/.s.PGSQL.{told['port']}")
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._starts = 0
        self._deeds: dict[str, Callable[[], None]] = {
            "kill": self._kill_consumer,
            "broker": self._restart_broker,
            "database": self._restart_database,
            "cut": self._proxy.cut,
        }

    def rage(self, messages: int, deeds: Sequence[str]) -> Figures:
        """Publish so many messages, do the deeds in the course of it, and tell what came of it."""
        before = self._prepare()
        with (self._folder / "storm.jsonl").open("rb") as lines:
            sent = self._bus.publish(islice(lines, messages))
        began = time.monotonic()
        try:
            self._live(sent, deeds)
            self._go_on_until(lambda: self._figures(before)["verdicts"][1] >= sent)
            took = time.monotonic() - began
        finally:
            self._end()
        found = self._figures(before)
        starts = self._starts
        return Figures(sent, found["taggings"], found["verdicts"], self._bus.left(), starts, took)

    def _prepare(self) -> int:
        """Take a baseline, name another trigger tag, and write the storm; return the log's head."""
        with open_app(world.configure(self._folder)) as app:
            world.take_baseline(app)
            app.gate.run()
            world.set_trigger(self._folder, "f42")
            world.storm(self._folder)
            return app.log.head()

    def _live(self, messages: int, deeds: Sequence[str]) -> None:
        """Do the deeds, evenly spread over the messages that are kept."""
        for number, deed in enumerate(deeds, start=1):
            due = number * messages // (len(deeds) + 1)
            self._go_on_until(lambda due=due: self._ask(KEPT)[0][0] >= due)  # type: ignore[misc]
            self._deeds[deed]()

    def _go_on_until(self, true: Callable[[], bool]) -> None:
        """Keep the two processes going until it is true."""
        deadline = time.monotonic() + PATIENCE
        while True:
            for verb in ("consume", "work"):
                if verb not in self._running or self._running[verb].poll() is not None:
                    self._start(verb)
            with suppress(psycopg.OperationalError):  # the database is being restarted
                if true():
                    return
            assert time.monotonic() < deadline, "it does not come to an end"
            time.sleep(0.1)

    def _start(self, verb: str) -> None:
        self._starts += 1
        through = make_conninfo(self._database.conninfo, host="127.0.0.1", port=self._proxy.port)
        settings = {
            "EBS_STATE_DIR": str(self._folder / "unused"),
            "EBS_DATABASE_URL": through,
            "EBS_POLICY": str(self._folder / "policy.yaml"),
            "EBS_TIMERS__LULL": "0",
            "EBS_BUS__CONF": str(self._bus.conf),
        }
        command = [sys.executable, "-m", "adapters.cli.main", verb, "--log-format", "json"]
        with (self._folder / f"{verb}.log").open("ab") as log:
            self._running[verb] = subprocess.Popen(
                command, env={**os.environ, **settings}, stdout=log, stderr=log
            )

    def _kill_consumer(self) -> None:
        self._running["consume"].kill()
        self._running["consume"].wait()

    def _restart_broker(self) -> None:
        assert self._broker is not None
        self._broker.stop()
        self._broker.start()

    def _restart_database(self) -> None:
        """As pg_ctl does it with -m immediate: no checkpoint, and a recovery at the start."""
        postmaster = int((self._folder / "state/pg/postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGQUIT)
        with suppress(psutil.NoSuchProcess):
            psutil.Process(postmaster).wait(30)
        self._database.revive()

    def _end(self) -> None:
        """Tell the two to end, and see them do so."""
        for process in self._running.values():
            process.terminate()
        codes = [process.wait(60) for process in self._running.values()]
        self._proxy.close()
        assert codes == [0, 0], f"they ended with {codes}"

    def _figures(self, before: int) -> dict[str, tuple[int, int]]:
        found = {what: (recorded, builds) for what, recorded, builds in self._ask(FIGURES, before)}
        return {"taggings": (0, 0), "verdicts": (0, 0), **found}

    def _ask(self, query: bytes, *params: object) -> list[tuple[Any, ...]]:
        with connect(self._database.owner_conninfo) as connection:
            return connection.execute(query, params).fetchall()
