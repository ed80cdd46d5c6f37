# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine is put among: an empty database, a hub with its Bodhi, a broker."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import adapters
from adapters.store.embedded import Database
from tests.adapters.cli.test_sandbox import SMALL, Standing
from tests.deploy.machine import Machine
from tests.fixtures.bus import Bus
from tests.fixtures.fix_store import Cluster

FILES = ("EBS_KOJI__PASSWORD_FILE", "EBS_BODHI__LOGIN_FILE", "EBS_POLICY")
"""Variables of the sandbox that name files of its own."""


class Surroundings:
    """A ``database``, and the ``variables`` that lead the service to what is really there."""

    def __init__(self, database: Database, hub: Standing, bus: Bus) -> None:
        self.database = database
        self._hub = hub
        self._bus = bus

    def variables(self, machine: Machine) -> dict[str, str]:
        """Put the files that are read on the machine, and return what names all there is."""
        self._bus.configure(monitoring=machine.port(8091))
        named = {**self._hub.variables, "EBS_BUS__CONF": str(self._bus.conf)}
        for name in (*FILES, "EBS_BUS__CONF"):
            path = f"/etc/ebs/{name}"
            machine.write(path, Path(named[name]).read_text())
            named[name] = path
        return {**named, "EBS_WEB__PORT": "8080"}


@contextmanager
def surroundings(cluster: Cluster, amqp_url: str, folder: Path) -> Iterator[Surroundings]:
    """Start what is to be there."""
    command = [sys.executable, "-m", "adapters.cli.main", "sandbox", *SMALL, "--every", "1"]
    path = {"PYTHONPATH": str(Path(adapters.__file__).parents[1])}
    with ExitStack() as stack:
        database = stack.enter_context(closing(cluster.create()))
        bus = stack.enter_context(closing(Bus(amqp_url, folder).declare()))
        running = subprocess.Popen(
            command, env={**os.environ, **path}, stderr=subprocess.PIPE, text=True
        )
        stack.enter_context(running)
        stack.callback(running.terminate)
        yield Surroundings(database, Standing(running), bus)
