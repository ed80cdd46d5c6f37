# SPDX-License-Identifier: GPL-3.0-or-later
"""A consumer of the bus, and proxies before what it depends on."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pika
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.store.embedded import Database
from tests.fixtures import until as waiting
from tests.fixtures.bus import Bus
from tests.fixtures.proxy import Proxy

PATIENCE = 60.0
"""Seconds; a consumer takes one to start, on a machine that does nothing else."""

until = partial(waiting.until, patience=PATIENCE)

Kept = Callable[[], list[str]]


class Consumer:
    """A consumer that was started, and what it logs."""

    def __init__(
        self, process: Callable[..., "subprocess.Popen[str]"], log: Path, conf: Path, **options: Any
    ) -> None:
        self.log = log
        named = ("--fedora-messaging-conf", str(conf), "--log-format", "json")
        with log.open("w") as stderr:
            self.process = process("consume", *named, stderr=stderr, **options)

    def said(self, what: str) -> bool:
        """Whether it logged something."""
        return what in self.log.read_text()

    def ready(self) -> "Consumer":
        """Wait until it consumes."""
        until(lambda: self.said('"consuming"'))
        return self

    def end(self) -> int:
        """Wait for its end; return the exit code."""
        code = self.process.wait(timeout=PATIENCE)
        assert not self.said("Traceback")
        return code

    def stop(self) -> None:
        """Tell it to stop, which is no failure."""
        self.ready()
        self.process.send_signal(signal.SIGTERM)
        assert self.end() == 0
        assert self.said('"stopped"')

    def kill(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()


Consume = Callable[..., Consumer]


@contextmanager
def behind(database: Database) -> Iterator[tuple[Proxy, dict[str, str]]]:
    """Put a proxy before the database; yield it with the environment of who goes through it."""
    told = conninfo_to_dict(database.conninfo)
    with Proxy(f"{told['host']}/.s.PGSQL.{told['port']}") as proxy:
        through = make_conninfo(database.conninfo, host="127.0.0.1", port=proxy.port)
        yield proxy, {**os.environ, "EBS_DATABASE_URL": through}


def through(bus: Bus, proxy: Proxy) -> str:
    """Return the address of the broker behind the proxy."""
    return bus.url.replace(f":{pika.URLParameters(bus.url).port}", f":{proxy.port}")


def before(bus: Bus) -> Proxy:
    """Put a proxy before the broker."""
    parameters = pika.URLParameters(bus.url)
    return Proxy((parameters.host, parameters.port))
