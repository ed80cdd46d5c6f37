# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request does is done whole or not at all; what is said of it, a multicall apart, too."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock, RLock

from adapters.sandbox.hub.messages import Bus, Message

Undo = Callable[[], object]


class Transactions:
    """A state that one request at a time changes; ``withheld`` are events not committed yet."""

    def __init__(self, bus: Bus | None) -> None:
        self.bus = bus
        self.lock = RLock()
        self.withheld: set[int] = set()
        self._held: Held | None = None
        self._undo: list[Undo] | None = None
        self._outgoing: list[Message] = []
        self._ready: deque[Message] = deque()
        self._delivering = Lock()

    @contextmanager
    def request(self) -> Iterator[None]:
        """Undo everything and say nothing if it fails, else send the messages after it.

        They are sent once the lock is free: who hears one may ask the hub at once.
        """
        with self.lock:
            if self._undo is not None:
                yield
                return
            self._undo = []
            try:
                yield
            except BaseException:
                self._roll_back_to(0)
                self._outgoing.clear()
                raise
            finally:
                self._undo = None
                self._ready.extend(self._outgoing)
                self._outgoing.clear()
        self._deliver()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what was done if it fails; its messages are sent all the same.

        So Koji does with a call of a multicall: that is where phantoms come from.
        """
        mark = len(self._undo or ())
        try:
            yield
        except BaseException:
            self._roll_back_to(mark)
            raise

    def undoable(self, undo: Undo) -> None:
        """Remember how to undo what was just done."""
        if self._undo is not None:
            self._undo.append(undo)

    def say(self, message: Callable[[], Message]) -> None:
        """Send a message when the request is through."""
        if self.bus is not None:
            (self._outgoing if self._held is None else self._held.messages).append(message())
            if self._undo is None:
                with self.request():
                    pass

    @contextmanager
    def hold(self) -> Iterator["Held"]:
        """Let what is done meanwhile take its event ids now and be seen only once committed.

        A long massTag of another session does so: 71 rows of lower ids were seen to appear after
        a higher one.
        """
        with self.lock:
            self._held = held = Held(self)
            try:
                yield held
            finally:
                self._held = None

    def withhold(self, event: int) -> None:
        """Let an event of a transaction that is held be seen by nobody yet."""
        if self._held is not None:
            self._held.events.add(event)
            self.withheld.add(event)

    def _roll_back_to(self, mark: int) -> None:
        while self._undo is not None and len(self._undo) > mark:
            self._undo.pop()()

    def _deliver(self) -> None:
        """Send what is ready, in order; whoever is at it sends what others have as well."""
        bus = self.bus
        while bus is not None and self._ready and self._delivering.acquire(blocking=False):
            try:
                while self._ready:
                    bus.send(self._ready.popleft())
            finally:
                self._delivering.release()


class Held:
    """A transaction that took its ids and is not committed yet."""

    def __init__(self, world: Transactions) -> None:
        self._world = world
        self.events: set[int] = set()
        self.messages: list[Message] = []

    def commit(self) -> None:
        """Let everybody see its rows, and send its messages."""
        with self._world.request():
            self._world.withheld -= self.events
            for message in self.messages:
                self._world.say(partial(dict, message))
            self.messages.clear()
