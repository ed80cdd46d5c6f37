# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients of the web side: how long it takes until each has its answers."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any, Final

from tests.bench.bounds import seconds

CLIENTS: Final = 20
REQUESTS: Final = 200
"""Requests of all clients together."""


def asker(port: int, path: str) -> Callable[[], bytes]:
    """Return what asks by one connection, as a browser does."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)

    def ask() -> bytes:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        assert response.status == 200, body[:200]
        return body

    return ask


def all_clients(client: Callable[[], Callable[[], Any]], requests: int = REQUESTS) -> float:
    """Return how long all clients together take; each asks one request after another."""

    def share(act: Callable[[], Any]) -> None:
        for _ in range(requests // CLIENTS):
            act()

    acts = [client() for _ in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        return seconds(lambda: [*pool.map(share, acts)])
