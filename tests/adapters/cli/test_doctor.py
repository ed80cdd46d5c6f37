# SPDX-License-Identifier: GPL-3.0-or-later
"""doctor: each thing is broken for real, and its line says what is wrong and what to do."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from adapters.cli.checks import groups
from adapters.cli.checks.groups import GROUPS
from adapters.store.embedded import Database
from tests.adapters.cli.broken import BREAKS, Broken, oidc
from tests.adapters.cli.conftest import Ebs, Process, World
from tests.fixtures.needed import needed

Told = dict[str, dict[str, str]]


def told(ebs: Ebs) -> Told:
    """What doctor says, by the name of the check; it exits 8 where something is not ok."""
    ran = ebs("doctor", "--json")
    found = {check["name"]: check for check in ran.json["checks"]}
    well = all(check["health"] == "ok" for check in found.values())

    assert (ran.code, ran.json["ok"]) == (0 if well else 8, well)
    return found


def wrong(found: Told) -> dict[str, str]:
    """What is not ok, and how it is."""
    return {name: check["health"] for name, check in found.items() if check["health"] != "ok"}


def test_where_nothing_is_wrong(ready: Ebs, led: None) -> None:
    """Every check is ok and says what it found; nothing is left to do."""
    found = told(ready)

    assert wrong(found) == {}, found
    assert not any(check["do"] for check in found.values())
    assert all(check["found"] for check in found.values())
    assert "append-only" in ready("doctor").out


@pytest.fixture
def broken(ready: Ebs, database: Database, world: World, monkeypatch: pytest.MonkeyPatch) -> Broken:
    """What may be broken; a server that does not answer is not waited for."""
    monkeypatch.setattr(groups, "HURRY", 1)
    return Broken(ready, database, world, monkeypatch)


@pytest.mark.usefixtures("led", "reactor")
@pytest.mark.parametrize("what", BREAKS)
def test_what_is_broken_is_told(broken: Broken, what: str) -> None:
    """With how bad it is and what to do; no secret is told, and the rest is looked at."""
    breaks, check, health, do = BREAKS[what]
    breaks(broken)
    found = told(broken.ebs)

    assert wrong(found).get(check) == health, found
    assert do in found[check]["do"]
    assert "secret" not in found[check]["found"]
    assert {"python", "channels"} <= found.keys()


def test_without_a_worker_nothing_is_decided(ready: Ebs) -> None:
    """It is told, with what to start."""
    found = told(ready)

    assert wrong(found) == {"worker": "warn"}
    assert "ebs work" in found["worker"]["do"]


def test_an_empty_log(ebs: Ebs, led: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing was recorded yet, policy and baseline are what is missing, with the remedy."""
    monkeypatch.delenv("EBS_POLICY")
    found = told(ebs)

    assert wrong(found) == {"policy": "warn", "baseline": "warn"}
    assert found["baseline"]["do"] == "ebs baseline --from FILE"


def test_a_held_plan(held: str, ebs: Ebs) -> None:
    """A plan that waits for a person is a degraded service."""
    found = told(ebs)

    assert held in found["held plans"]["found"]
    assert "approve" in found["held plans"]["do"]


@pytest.mark.usefixtures("led")
def test_a_policy_that_cannot_be_fetched(broken: Broken) -> None:
    """What git says of it is told, and neither a user nor a password of its address."""
    broken.configure("POLICY", "http://me:secret@127.0.0.1:1/policy.git#main")
    found = told(broken.ebs)

    assert found["policy"]["health"] == "fail"
    assert "http://127.0.0.1:1/policy.git#main cannot be fetched" in found["policy"]["found"]
    assert "Failed to connect to 127.0.0.1 port 1" in found["policy"]["found"]
    assert "secret" not in str(found)


@contextmanager
def silent() -> Iterator[int]:
    """A server that takes connections and says nothing, at this port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.usefixtures("led")
@pytest.mark.parametrize("name", ["koji", "bodhi", "database"])
def test_what_hangs_is_told(broken: Broken, name: str) -> None:
    """It is given up after a while; what else there is was looked at meanwhile."""
    broken.monkeypatch.setattr(groups, "PATIENCE", 1.0)
    broken.monkeypatch.setattr(groups, "HURRY", 2)
    before = {*threading.enumerate()}
    with silent() as port:
        broken.configure("KOJI__URL", f"http://127.0.0.1:{port if name == 'koji' else 1}/kojihub")
        if name == "bodhi":
            broken.configure("BODHI__URL", f"http://127.0.0.1:{port}/")
        if name == "database":
            broken.configure("DATABASE_URL", f"postgresql://me@127.0.0.1:{port}/ebs")
        found = told(broken.ebs)

    # A process would be over now; here they would go on, and log into the tests that follow.
    for looking in {*threading.enumerate()} - before:
        looking.join(5)
    assert found[name]["health"] == "fail"
    assert "nothing came of it within 1 s" in found[name]["found"]
    assert found["sign-in"]["health"] == "ok"


@pytest.mark.usefixtures("led")
def test_what_does_not_answer_is_told_once(broken: Broken) -> None:
    """In the table; that it was asked again and again is said only where everything is."""
    for name in ("KOJI__URL", "BODHI__URL"):
        broken.configure(name, "http://127.0.0.1:1/")
    brief, long = broken.ebs("doctor"), broken.ebs("doctor", "--debug")

    assert (brief.code, brief.err) == (8, "")
    assert brief.out.startswith("CHECK")
    assert "retry_scheduled" in long.err


def test_a_check_with_a_bug(broken: Broken, led: None) -> None:
    """It is told as one, and hides nothing of what the others found."""

    def buggy(_: object) -> Iterator[Any]:
        raise ZeroDivisionError("oops")

    broken.monkeypatch.setattr(groups, "GROUPS", {**GROUPS, "machine": buggy})
    found = told(broken.ebs)

    assert wrong(found) == {"machine": "fail"}
    assert "ZeroDivisionError: oops" in found["machine"]["found"]


class _Provider(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"issuer": "https://another.example"}')

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""


def test_a_provider_of_another_name(broken: Broken) -> None:
    """Nobody could sign in: its word would not be taken."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Provider) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        oidc(broken, f"http://127.0.0.1:{server.server_port}")
        found = told(broken.ebs)
        server.shutdown()
        thread.join()

    assert found["sign-in"]["health"] == "fail"
    assert "calls itself https://another.example" in found["sign-in"]["found"]


def test_a_broker_that_answers(broken: Broken, reactor: None, amqp_url: str) -> None:
    """It lets us in; the password is not told."""
    broken.configure("BUS__CONF", broken.file("bus.toml", f'amqp_url = "{amqp_url}"'))
    found = told(broken.ebs)

    assert found["broker"]["health"] == "ok"
    assert "guest:guest" not in str(found)


def test_a_clock_that_is_off(process: Process, ready: Ebs, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the database's, which is of another machine as a rule."""
    needed("kerberos", "faketime")
    monkeypatch.setenv("DONT_FAKE_MONOTONIC", "1")
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    monkeypatch.setenv("LD_PRELOAD", str(library))
    monkeypatch.setenv("FAKETIME", "+3600s")
    out, _ = process("doctor", "--json").communicate(timeout=60)

    assert "s fast by the database's" in out
    assert "NTP" in out
