# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the log is, told to all who look on: one thread and one LISTEN, however many they are.

Nothing is kept for anybody: each is woken, and told where the log is by then. So one who takes
nothing costs nothing, and one who missed something misses nothing.
"""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from datetime import datetime
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from adapters.ports import Clock
from adapters.store.listening import Listener
from adapters.store.log import EventLog
from adapters.web.problems import TooMany
from domain.errors import EbsError

MOST: Final = 200
"""Who may look on at a time; the others ask now and then."""

HEARTBEAT: Final = 15.0
"""Seconds after which something is said though there is nothing to say."""

BREATH: Final = 1.0
"""Seconds between two messages: a storm of events is one every second."""

RETRY: Final = 3.0
"""Seconds after which a browser comes again, and we ask a lost database."""

_log = structlog.get_logger(__name__)


class Client:
    """Somebody who looks on; to be woken from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Say that there is something to tell."""
        with suppress(RuntimeError):  # its loop has ended, and so has it
            self._loop.call_soon_threadsafe(self._news.set)

    async def woken(self) -> bool:
        """Wait until there is something to tell, or it is time for a heartbeat: then False."""
        try:
            await asyncio.wait_for(self._news.wait(), HEARTBEAT)
        except TimeoutError:
            return False
        self._news.clear()
        return True


class Head(Struct, frozen=True):
    """The last position of the log, and how many milliseconds ago it was recorded."""

    position: int
    age: int


class Said(Struct, frozen=True):
    """What is told: the head, and what time it is here, for whose clock is wrong."""

    position: int
    age: int
    now: datetime


class Live:
    """Follows the log while somebody looks on, and outlives a database that is lost."""

    def __init__(self, log: EventLog, clock: Clock, *, most: int = MOST) -> None:
        self._log = log
        self._clock = clock
        self._most = most
        self._clients: set[Client] = set()
        self._head: Head | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def admit(self) -> None:
        """Raise TooMany where no more may look on."""
        if self._stop.is_set() or len(self._clients) >= self._most:
            raise TooMany("too many look on", why=f"{self._most} at a time", do="ask again")

    async def messages(self) -> AsyncIterator[bytes]:
        """Yield server-sent events: where the log is, at once and whenever it has gone on.

        None where others were admitted meanwhile: a browser comes again, and is told.
        """
        client = Client()
        if not self._join(client):
            return
        try:
            yield f"retry: {RETRY * 1000:.0f}\n\n".encode()
            while not self._stop.is_set():
                woken = await client.woken()
                yield self._told() if woken else b":\n\n"
        finally:
            self._leave(client)

    def close(self) -> None:
        """End all that go on, at once."""
        self._stop.set()
        with self._lock:
            clients, thread = [*self._clients], self._thread
        for client in clients:
            client.wake()
        if thread is not None:
            thread.join()

    def _told(self) -> bytes:
        head = self._head or Head(0, 0)
        said = msgspec.json.encode(Said(head.position, head.age, self._clock()))
        return b"event: position\ndata: " + said + b"\n\n"

    # --- who looks on --------------------------------------------------------------------------

    def _join(self, client: Client) -> bool:
        with self._lock:
            if len(self._clients) >= self._most:
                return False
            self._clients.add(client)
            if self._thread is None:
                self._head = None
                self._thread = threading.Thread(target=self._follow, name="live")
                self._thread.start()
            elif self._head is not None:
                client.wake()
        return True

    def _leave(self, client: Client) -> None:
        with self._lock:
            self._clients.discard(client)

    # --- the thread ----------------------------------------------------------------------------

    def _follow(self) -> None:
        with closing(Listener(self._log.connections.conninfo)) as listener:
            while self._wanted():
                try:
                    moved = listener.wait(self._moved, BREATH)
                except EbsError as error:
                    _log.warning("the log cannot be followed", reason=str(error))
                    self._stop.wait(RETRY)
                    continue
                if moved:
                    self._tell()
                    self._stop.wait(BREATH)

    def _wanted(self) -> bool:
        """Whether anybody looks on; if not, the next one starts another thread."""
        with self._lock:
            wanted = bool(self._clients) and not self._stop.is_set()
            if not wanted:
                self._thread = None
            return wanted

    def _moved(self) -> bool:
        before = self._head.position if self._head else -1
        self._head = Head(*self._log.latest())
        return self._head.position > before

    def _tell(self) -> None:
        with self._lock:
            clients = [*self._clients]
        for client in clients:
            client.wake()
