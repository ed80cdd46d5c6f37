# SPDX-License-Identifier: GPL-3.0-or-later
"""What a site has before the service comes: PostgreSQL, RabbitMQ, Koji with Bodhi, and a bus."""

import json
import os
import queue
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import koji
import psutil  # type: ignore[import-untyped]  # it publishes no types
import requests
from pika.exceptions import UnroutableError
from psycopg.conninfo import conninfo_to_dict

from adapters.sandbox.hub import Bus as HubBus
from adapters.sandbox.hub import Pace
from adapters.sandbox.hub.messages import Message
from adapters.sandbox.standing import Standing, standing
from adapters.store.server import Server
from tests.fixtures.bus import Bus
from tests.fixtures.ports import free_port
from tests.fixtures.programs import BIN
from tests.fixtures.rabbit import UNREACHABLE, Broker, private_broker

PACKAGES: Final = 40
EXCHANGE: Final = "amq.topic"
QUEUE: Final = "elnbuildsync"
PACE: Final = Pace(pickup=1, srpm=1, arch=2, tag=1, repo=1)
"""Seconds: long enough to be killed in between."""

PATIENCE: Final = 30
"""Seconds for an answer."""

BREATH: Final = 0.2
"""Seconds before the broker is tried again."""


class Publisher:
    """Hands on what Koji says to the broker; while that is down, it keeps it, as Koji does."""

    def __init__(self, url: str, folder: Path) -> None:
        self._bus = Bus(url, folder, EXCHANGE)
        self._waiting: queue.Queue[Message | None] = queue.Queue()
        self._thread = threading.Thread(target=self._publish, daemon=True)
        self._over = threading.Event()
        self.hear = self._waiting.put

    def left(self) -> int:
        """Return how many messages wait in the queue that the example names."""
        with self._bus.channel() as channel:
            return int(channel.queue_declare(QUEUE, passive=True).method.message_count)

    def start(self) -> None:
        """Begin: from now on there is a queue for it."""
        self._thread.start()

    def close(self) -> None:
        """Hand on nothing any more."""
        self._over.set()
        self._waiting.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    def _publish(self) -> None:
        while (message := self._waiting.get()) is not None:
            while not self._over.is_set() and not self._has_published(message):
                self._over.wait(BREATH)

    def _has_published(self, message: Message) -> bool:
        """Whether the broker took it, even if no queue wants it."""
        try:
            self._bus.publish([json.dumps(message)])
        except UnroutableError:
            return True
        except UNREACHABLE:
            return False
        return True


class Site:
    """A database server, a broker, and a hub at which things happen when they are told to."""

    def __init__(
        self, folder: Path, server: Server, broker: Broker, hub: Standing, told: dict[str, str]
    ) -> None:
        self.server = server
        self.broker = broker
        self.hub = hub
        self.publisher = Publisher(broker.url, folder)
        self.web = free_port()
        self._packages = iter(hub.targets)
        self._told = told
        self._folder = folder

    def words(self) -> dict[str, str]:
        """What the site is called, in the manual's words, and how ebs is pointed at its Koji."""
        folder, admin = self._folder, conninfo_to_dict(self.server.conninfo)
        at = f"?host={admin['host']}&port={admin['port']}"
        return {
            **self._told,
            "PREFIX": str(folder / "opt"),
            "BEFORE": str(folder / "before"),
            "ETC": str(folder / "etc"),
            "BACKUP": str(folder / "backup"),
            "ADMIN_URL": f"postgresql://postgres@/postgres{at}",
            "OWNER_URL": f"postgresql://ebs_owner@/ebs{at}",
            "SERVICE_URL": f"postgresql://ebs@/ebs{at}",
            "BROKER": self.broker.url,
            "WEB": f"http://127.0.0.1:{self.web}",
            "EBS_TIMERS__CATCH_UP": "900",  # what is heard of is heard of by the bus
            "EBS_WEB__PORT": str(self.web),
            "EBS_STATE_DIR": str(folder / "state"),
            "HOME": str(folder),
            "PATH": f"{BIN}:{os.environ['PATH']}",
        }

    def adapt(self, configuration: Path) -> None:
        """Let the consumer tell how it is on a port that nobody has here."""
        file = configuration / "fedora-messaging.toml"
        file.write_text(file.read_text().replace("port = 8091", f"port = {free_port()}"))

    def restart_database(self, number: signal.Signals) -> None:
        """End PostgreSQL by a signal to its first process, and start it again.

        SIGINT is its own way to restart; by SIGTERM it would wait for its clients.
        """
        pid = int((self.server.pgdata / "postmaster.pid").read_text().split()[0])
        os.kill(pid, number)
        with suppress(psutil.NoSuchProcess):
            psutil.Process(pid).wait(30)
        self.server.start()

    def restart_broker(self, number: signal.Signals) -> None:
        """End RabbitMQ by a signal, and start it again."""
        self.broker.stop(number)
        self.broker.start()

    def happen(self) -> str:
        """Build another one of the packages that ELN rebuilds in Rawhide, and return its NVR."""
        return self.hub.happen(next(self._packages))

    def has_queue(self) -> bool:
        """Whether a consumer has made its queue."""
        with suppress(*UNREACHABLE):
            return self.publisher.left() >= 0
        return False

    def missing(self) -> set[str]:
        """The sources of Rawhide's newest builds that ELN lacks."""
        session = self._session()
        sources = {row["build_id"]: row["source"] for row in session.listBuilds()}
        targets = {package.name for package in self.hub.targets}
        newest = session.listTagged(self.hub.trigger_tag, latest=True)
        due = {sources[row["id"]] for row in newest if row["name"] in targets}
        return due - {sources[row["id"]] for row in session.listTagged("eln")}

    def asked_for(self) -> Counter[str]:
        """How often each source was handed to Koji to be built, by its own list of tasks."""
        tasks = self._session().listTasks(opts={"method": "build", "decode": True})
        return Counter(task["request"][0] for task in tasks)

    def published(self) -> Counter[str]:
        """How often each build is in an update, by Bodhi's own list of them."""
        return Counter(build["nvr"] for update in self._updates() for build in update["builds"])

    def _session(self) -> Any:
        return koji.ClientSession(self._told["EBS_KOJI__URL"], {"anon_retry": False})

    def _updates(self) -> list[dict[str, Any]]:
        page = f"{self._told['EBS_BODHI__URL']}updates/"
        told = requests.get(page, {"rows_per_page": "100"}, timeout=PATIENCE).json()
        assert told["pages"] <= 1
        found: list[dict[str, Any]] = told["updates"]
        return found


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """Let there be a site; whatever of it runs ends with it."""
    server, over = Server(folder / "db/pg"), threading.Event()
    with (
        private_broker() as broker,
        standing(packages=PACKAGES, port=0, messages=None, stop=over, pace=PACE) as (hub, told),
    ):
        made = Site(folder, server, broker, hub, told)
        hub.world.bus = HubBus(made.publisher.hear)
        (folder / "db").mkdir()
        server.start()
        try:
            yield made
        finally:
            made.publisher.close()
            server.stop()
