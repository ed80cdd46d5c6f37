# SPDX-License-Identifier: GPL-3.0-or-later
"""The hub over HTTP on loopback, for the real client; every thread of it ends with it."""

import socket
import sys
import time
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self, assert_never

import koji
from koji import xmlrpcplus

from adapters.sandbox.hub.dispatch import Hub, answered
from adapters.sandbox.hub.trouble import Mishap, Trouble

_TICK = 0.05


class Server:
    """Serves a hub. Stopped and started again it has the same address, and refuses in between.

    By default its port is one that is free. ``start`` raises OSError if it cannot have its port.
    """

    def __init__(
        self, hub: Hub, trouble: Trouble | None = None, *, port: int = 0, tick: float = _TICK
    ) -> None:
        self.hub = hub
        self.trouble = trouble or Trouble()
        self.port = port
        self._tick = tick
        self._http: _Http | None = None
        self._threads: list[Thread] = []
        self._over = Event()

    @property
    def url(self) -> str:
        """The address to give to a ClientSession."""
        return f"http://127.0.0.1:{self.port}/kojihub"

    def start(self) -> None:
        _let_garbage_rest()
        self._over.clear()
        self._http = _Http(("127.0.0.1", self.port), self)
        self.port = self._http.server_port
        serve = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._threads = [serve, Thread(target=self._keep_ticking)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        if self._http is None:
            return
        self._over.set()
        self._http.shutdown()
        self._http.hang_up()
        self._http.server_close()
        for thread in self._threads:
            thread.join()
        self._http = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _keep_ticking(self) -> None:
        """Let the builders go on although nobody asks."""
        while not self._over.wait(self._tick):
            self.hub.tick()


class _Http(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close waits for them
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], server: Server) -> None:
        super().__init__(address, _Request)
        self.owner = server
        self._connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Break every connection: their threads wait for requests that never come."""
        for connection in tuple(self._connections):
            cut(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that hung up; whatever else it is, a test should see it."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Request(BaseHTTPRequestHandler):
    server: _Http
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # with it the real client makes 22 calls a second
    wbufsize = -1  # headers and body in one packet

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        hub, trouble = self.server.owner.hub, self.server.owner.trouble
        headers = dict(self.headers.items())
        params, method = xmlrpcplus.loads(body)
        answer = partial(hub.answer, method, params, headers)
        fate = trouble.of(method)
        time.sleep(fate.seconds)
        match fate.mishap:
            case Mishap.LOST_BEFORE:
                self._cut()
            case Mishap.LOST_AFTER:
                answer()
                self._cut()
            case Mishap.OFFLINE:
                self._reply(200, answered(_planned_outage))
            case Mishap.BROKEN:
                self._reply(503, b"Service Unavailable")
            case Mishap.EXPIRED:
                hub.sessions.expire()
                self._reply(200, answer())
            case None:
                self._reply(200, answer())
            case never:
                assert_never(never)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Date an answer by the world's clock, which is the only one that the hub has."""
        world = self.server.owner.hub.world
        with world.lock:
            return super().date_time_string(world.now() if timestamp is None else timestamp)

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Koji-Version", "1.35.3")
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _cut(self) -> None:
        self.close_connection = True
        cut(self.connection)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing: tests and demos read what is printed."""


def cut(connection: socket.socket) -> None:
    with suppress(OSError):  # the other side was faster
        connection.shutdown(socket.SHUT_RDWR)


def _let_garbage_rest() -> None:
    """Keep a session that is collected as garbage from logging out.

    The collector runs in whatever thread allocates. In one of the server's own, the logout would
    wait for that very thread; a real hub lives in another process.
    """
    koji.ClientSession.__del__ = lambda session: None  # noqa: ARG005 - what Python calls it with


def _planned_outage() -> None:
    raise koji.ServerOffline("planned outage")
