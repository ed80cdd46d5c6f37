# SPDX-License-Identifier: GPL-3.0-or-later
"""What pages hear: where the log is, soon, and at no cost for who takes nothing."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import httpx2
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from structlog.testing import capture_logs

from adapters.store.embedded import Database
from adapters.store.log import EventLog
from adapters.web import live
from domain.catalogue import EVENTS
from tests.adapters.service.given import World
from tests.adapters.web.conftest import Asker, asking
from tests.fixtures.proxy import Proxy
from tests.fixtures.until import until


@contextmanager
def looking(web: Asker) -> Iterator[Iterator[str]]:
    """Look on; yields what is said, a line each."""
    with web.client.stream("GET", "/live") as told:
        assert told.headers["content-type"].startswith("text/event-stream")
        yield told.iter_lines()


def position(lines: Iterator[str]) -> int:
    """The next position that is told."""
    data = next(line for line in lines if line.startswith("data: "))
    return int(json.loads(data.removeprefix("data: "))["position"])


def followers() -> list[threading.Thread]:
    """The threads that follow a log."""
    return [thread for thread in threading.enumerate() if thread.name == "live"]


def test_everybody_hears_where_the_log_is(web: Asker, world: World) -> None:
    """At once, and within two seconds when it has gone on; one thread tells all."""
    with looking(web) as one, looking(web) as other:
        assert position(one) == position(other) == world.log.head()
        world.app.operators.pause("x", None, world.by())
        began = monotonic()
        assert position(one) == position(other) == world.log.head()
        assert monotonic() - began < 2
        assert len(followers()) == 1


def test_nobody_looks_on_and_nothing_runs(web: Asker) -> None:
    """The thread ends when the last one has left, and the next one starts another."""
    for _ in range(2):
        with looking(web) as lines:
            assert position(lines) > 0
        until(lambda: not followers())


def test_a_storm_is_a_message_a_second(web: Asker, world: World) -> None:
    """Whoever looks on is told where the log is by then, not of every event."""
    with looking(web) as lines:
        position(lines)
        for number in range(20):
            world.app.operators.note(f"note {number}", world.by())
        head = world.log.head()
        heard = [position(lines)]
        while heard[-1] < head:
            heard.append(position(lines))
    assert len(heard) <= 3


def test_who_takes_nothing_holds_nobody_up(web: Asker, world: World) -> None:
    """One that asks and never reads costs the others nothing."""
    host, _, port = web.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as stalled, looking(web) as lines:
        stalled.sendall(b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n")
        position(lines)
        world.app.operators.pause("x", None, world.by())
        assert position(lines) == world.log.head()


def test_so_many_and_no_more(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes beyond is told so, and when to ask again; when one has left another may come."""
    monkeypatch.setattr(live.Live.__init__, "__kwdefaults__", {"most": 1})
    with asking(world, tmp_path) as web:
        with looking(web) as lines:
            position(lines)
            refused = web.get("/live")
            assert (refused.status_code, json.loads(refused.text)["code"]) == (429, "too-many")
            assert int(refused.headers["retry-after"]) > 0
        until(lambda: not followers())
        with looking(web) as lines:
            assert position(lines) == world.log.head()


def test_so_many_who_come_at_the_same_moment(world: World) -> None:
    """Who was admitted together with others finds no place where they were faster."""

    async def come(count: int) -> list[bytes | None]:
        onlookers = live.Live(world.log, world.clock, most=2)
        for _ in range(count):
            onlookers.admit()
        streams = [onlookers.messages() for _ in range(count)]
        try:
            return [await anext(stream, None) for stream in streams]
        finally:
            for stream in streams:
                await stream.aclose()  # type: ignore[attr-defined] # it is a generator
            await asyncio.to_thread(onlookers.close)

    told = asyncio.run(come(4))
    assert [line is not None for line in told] == [True, True, False, False]


def test_it_ends_with_the_service_at_once(world: World, tmp_path: Path) -> None:
    """Who looks on does not keep the server from ending."""
    with httpx2.Client(timeout=20) as client:
        with asking(world, tmp_path) as web:
            told = client.send(client.build_request("GET", f"{web.address}/live"), stream=True)
            lines = told.iter_lines()
            position(lines)
            began = monotonic()
        assert monotonic() - began < 5
        assert [*lines][-1] == ""


def test_a_lost_database_is_survived(world: World, database: Database, tmp_path: Path) -> None:
    """It is asked again until it answers; who looks on stays, and hears what happened meanwhile."""
    told = conninfo_to_dict(database.conninfo)
    with Proxy(f"{told['host']}/.s.PGSQL.{told['port']}") as proxy:
        url = make_conninfo(database.conninfo, host="127.0.0.1", port=proxy.port)
        with (
            EventLog(url, EVENTS) as log,
            asking(World(log), tmp_path) as web,
            looking(web) as lines,
        ):
            position(lines)
            with capture_logs() as logged:
                proxy.refuse()
                until(lambda: any("cannot be followed" in each["event"] for each in logged), 30)
            world.app.operators.pause("x", None, world.by())
            proxy.admit()
            assert position(lines) == world.log.head()
