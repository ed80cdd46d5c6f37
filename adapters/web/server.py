# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs an application on a port, beside whatever else the process does, until it is left."""

import socket
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from adapters.errors import DependencyDown, NotPermitted
from adapters.web.doorway import PATIENCE

CONNECTIONS: Final = 500
"""At the same time; beyond, the one that asks for nothing for longest is closed."""

AT_ONCE: Final = 100
"""Connections that are taken before one of them is looked at: with CONNECTIONS, fewer than the 1024
files that a process may have open."""

GRACE: Final = 10
"""Seconds that requests under way are given at the end."""


class Patient(H11Protocol):
    """Closes a connection on which no whole request head came in time; uvicorn waits for ever."""

    def connection_made(self, transport: Any) -> None:
        """Make room for it, and begin to count."""
        super().connection_made(transport)
        self.since = self.loop.time()
        _make_room(self.connections)
        self._expect(None)

    @property
    def at_work(self) -> bool:
        """Whether a request is being answered."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _expect(self, answered: object) -> None:
        self.loop.call_later(PATIENCE, self._look, answered)

    def _look(self, answered: object) -> None:
        if self.transport.is_closing():
            return
        if self.cycle is answered and not self.at_work:
            self.transport.close()
        else:
            self._expect(self.cycle)


def _make_room(connections: Iterable[Any]) -> None:
    """Close a connection where there are too many: the oldest without a request, else the newest.

    So those that ask nothing keep out nobody who does, and files do not run out.
    """
    held: list[Patient] = [each for each in connections if not each.transport.is_closing()]
    if len(held) > CONNECTIONS:
        in_turn = sorted(held, key=lambda each: each.since)
        idle = (each for each in in_turn if not each.at_work)
        next(idle, in_turn[-1]).transport.close()


@contextmanager
def serving(app: Any, host: str, port: int, *, proxies: Sequence[str] = ()) -> Iterator[int]:
    """Serve inside; yields the port, which the system chooses for 0.

    Raises DependencyDown or NotPermitted where the address cannot be had.
    """
    listener = _listen(host, port)
    config = uvicorn.Config(
        app,
        http=Patient,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        backlog=AT_ONCE,
        timeout_graceful_shutdown=GRACE,
    )
    server = uvicorn.Server(config)
    with closing(listener):
        thread = threading.Thread(target=server.run, args=([listener],), name=f"web-{port}")
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=AT_ONCE)
    except PermissionError as error:
        raise NotPermitted(f"port {port} cannot be had", why=str(error.strerror)) from None
    except OSError as error:
        raise DependencyDown(
            f"{host}:{port} cannot be listened on",
            why=error.strerror or str(error),
            do="give another --host or --port",
        ) from None
