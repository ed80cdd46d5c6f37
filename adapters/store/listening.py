# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for new events. A notification only makes us look sooner: what is true is polled."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any, Final

from eventsourcing.persistence import ApplicationRecorder, Notification, Subscription
from psycopg import OperationalError
from psycopg.errors import ReadOnlySqlTransaction

from adapters.store.connections import ROLE, Connection, connect
from adapters.store.faults import translated

CHANNEL: Final = "ebs_events"
HINTS: Final = "ebs_hints"
"""Here goes what is worth a look and kept nowhere."""

_POLL_SECONDS: Final = 1.0


class Listener:
    """Listens on a connection of its own, made at the first wait. For one thread at a time."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._connection: Connection | None = None
        self._hints: set[str] = set()

    def wait(self, arrived: Callable[[], bool], timeout: float) -> bool:
        """Wait at most ``timeout`` seconds until ``arrived()``, and return whether it did.

        It is asked after each notification and each second: a notification sent before we listened,
        or while the connection was lost, delays nothing for longer.
        """
        deadline = monotonic() + timeout
        while True:
            connection = self._listening()
            if arrived():
                return True
            left = deadline - monotonic()
            if left <= 0:
                return False
            self._doze(connection, min(left, _POLL_SECONDS))

    def hints(self) -> set[str]:
        """Return, once, the hints that came in while we waited."""
        hints, self._hints = self._hints, set()
        return hints

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _listening(self) -> Connection:
        if self._connection is None:
            with translated():
                self._connection = connect(self._conninfo, role=ROLE)
                # Nobody can listen to a copy: there it is polled alone.
                with suppress(ReadOnlySqlTransaction):
                    for channel in (HINTS, CHANNEL):
                        self._connection.execute(f"listen {channel}")
        return self._connection

    def _doze(self, connection: Connection, seconds: float) -> None:
        try:
            for told in connection.notifies(timeout=seconds, stop_after=1):
                if told.channel == HINTS:
                    self._hints.add(told.payload)
        except OperationalError:
            # Somebody ended the connection: the next round makes another.
            self.close()


class LogSubscription(Subscription[ApplicationRecorder]):
    """The library's endless iterator over the log, on top of a wait."""

    def __init__(
        self,
        recorder: ApplicationRecorder,
        gt: int | None,
        topics: Sequence[str],
        listener: Listener,
    ) -> None:
        super().__init__(recorder, gt, topics)
        self._listener = listener
        self._found: list[Notification] = []

    def __next__(self) -> Notification:
        while not (self._has_been_stopped or self._found):
            self._listener.wait(self._pull, _POLL_SECONDS)
        if self._has_been_stopped:
            self._listener.close()
            raise StopIteration
        found = self._found.pop(0)
        self._last_notification_id = found.id
        return found

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        super().__exit__(*args, **kwargs)
        self._listener.close()

    def _pull(self) -> bool:
        self._found = list(
            self._recorder.select_notifications(
                self._last_notification_id, 100, topics=self._topics, inclusive_of_start=False
            )
        )
        return bool(self._found)
