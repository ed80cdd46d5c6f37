# SPDX-License-Identifier: GPL-3.0-or-later
"""doctor: each thing is broken for real, and its line says what is wrong and what to do."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import pytest

from adapters.cli.checks import groups, machine
from adapters.cli.checks.groups import GROUPS
from adapters.store.connections import connect
from adapters.store.embedded import Database
from tests.adapters.cli.conftest import Ebs, Process, World
from tests.fixtures.fix_mail import certify
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


@dataclass
class Broken:
    """What may be broken: a database with its owner, the files of a policy, the configuration."""

    ebs: Ebs
    database: Database
    world: World
    monkeypatch: pytest.MonkeyPatch

    def sql(self, *commands: str) -> None:
        """Do something as the database's owner."""
        with connect(self.database.owner_conninfo) as owner:
            for command in commands:
                owner.execute(command)

    def configure(self, name: str, value: object) -> Self:
        """Set a variable."""
        self.monkeypatch.setenv(f"EBS_{name}", str(value))
        return self

    def file(self, name: str, text: str = "") -> Path:
        """Write a file."""
        return Path(self.world.file(name, text))


Break = Callable[[Broken], object]

UPDATE = "update events set recorded_at = now() - interval '1 day' where position = 7"
OFF = "alter table events disable trigger events_append_only"
ON = "alter table events enable always trigger events_append_only"
HOLLOW = """
    create or replace function events_refuse_change() returns trigger language plpgsql
    as $$ begin return null; end $$
"""
LATER = "insert into schema_version (version, name, digest, phase) values (9999, 'x', 'x', '{}')"
ISSUER = "http://127.0.0.1:1"


def oidc(broken: Broken, issuer: str = ISSUER, client: str = "a secret") -> Broken:
    """Let people sign in."""
    broken.configure("OIDC__ISSUER", issuer)
    broken.configure("OIDC__CLIENT_ID", "ebs")
    broken.configure("OIDC__CLIENT_SECRET_FILE", broken.file("client", client))
    return broken.configure("OIDC__ADMIN_GROUPS", '["eln"]')


def bus(broken: Broken, *lines: str) -> None:
    """Configure a bus that nobody answers for."""
    conf = ['amqp_url = "amqp://ada:secret@127.0.0.1:1/"', *lines]
    broken.configure("BUS__CONF", broken.world.file("bus.toml", *conf))
    broken.configure("BUS__PUBLISH_TIMEOUT", 1)


def tls(broken: Broken, ends: timedelta) -> None:
    """... that lets us in by a certificate."""
    file = certify(broken.world.folder / "bus.pem", ends)
    bus(broken, "[tls]", *(f'{name} = "{file}"' for name in ("ca_cert", "certfile", "keyfile")))


BREAKS: dict[str, tuple[Break, str, str, str]] = {
    "a database that is down": (
        lambda b: b.configure("DATABASE_URL", "postgresql://me:secret@127.0.0.1:1/ebs"),
        *("database", "fail", "PostgreSQL"),
    ),
    "a newer schema": (lambda b: b.sql(LATER.format("post")), "database", "fail", "release"),
    "a newer schema that only adds": (
        lambda b: b.sql(LATER.format("pre")),
        *("schema", "warn", "later release"),
    ),
    "a login that owns the events": (
        lambda b: b.configure("DATABASE_URL", b.database.owner_conninfo),
        *("roles", "warn", "a login of its own"),
    ),
    "a right too many": (
        lambda b: b.sql("grant update, truncate on events to ebs_service"),
        *("append-only", "fail", "revoke UPDATE, TRUNCATE on events"),
    ),
    "a trigger that is off": (lambda b: b.sql(OFF), "append-only", "fail", "enable always"),
    "a trigger that is gone": (
        lambda b: b.sql("drop trigger events_append_only on events"),
        *("append-only", "fail", "ebs verify"),
    ),
    "a trigger that refuses nothing": (lambda b: b.sql(HOLLOW), "append-only", "fail", "verify"),
    "a forged event": (lambda b: b.sql(OFF, UPDATE, ON), "digest chain", "fail", "--expect"),
    "an event that is gone": (
        lambda b: b.sql(OFF, "delete from events where position = 7", ON),
        *("digest chain", "fail", "--expect"),
    ),
    "a log that was cut off": (
        lambda b: b.sql(
            OFF, "delete from events where position = (select max(position) from events)", ON
        ),
        *("projections", "fail", "rebuild"),
    ),
    "a policy that is gone": (lambda b: b.world.policy.unlink(), "policy", "fail", "config check"),
    "another policy": (lambda b: b.world.write_policy(tag="f42"), "policy", "warn", "adopt"),
    "no policy": (lambda b: b.configure("POLICY", b.file("none")), "policy", "fail", "mend it"),
    "another package list": (
        lambda b: b.file("lists/view-source-package-name-list--view-eln.txt", "vim"),
        *("package list", "warn", "ebs config adopt"),
    ),
    "a pause": (lambda b: b.ebs("pause", "--reason", "x"), "pause", "warn", "ebs resume"),
    "a message that waits": (
        lambda b: b.sql(
            "insert into inbox (message_id, topic, body, origin) values ('1', 'x', '', 'bus')"
        ),
        *("inbox", "warn", "ebs work"),
    ),
    "a setting that nobody reads": (
        lambda b: b.configure("KOJI__URRL", "x"),
        *("settings", "warn", "config reference"),
    ),
    "a key that nobody reads": (
        lambda b: b.configure("CONFIG", b.file("ebs.toml", "[koji]\nurrl = 1")),
        *("settings", "warn", "config reference"),
    ),
    "a disk that is almost full": (
        lambda b: b.monkeypatch.setattr(machine, "WORTH_A_WARNING", 10**20),
        *("disk", "warn", "--state-dir"),
    ),
    "a disk that is full": (
        lambda b: b.monkeypatch.setattr(machine, "LEAST", 10**20),
        *("disk", "fail", "--state-dir"),
    ),
    "a bus without a file": (
        lambda b: b.configure("BUS__CONF", "nosuch.toml"),
        *("bus", "fail", "bus.conf"),
    ),
    "a broker that is away": (bus, "broker", "fail", "amqp_url"),
    "a bus that nobody reads": (bus, "bus unread", "warn", "ebs consume"),
    "a certificate that ends soon": (
        lambda b: tls(b, timedelta(days=7)),
        *("bus certificate", "warn", "renew"),
    ),
    "a certificate that has ended": (
        lambda b: tls(b, -timedelta(minutes=1)),
        *("bus certificate", "fail", "renew"),
    ),
    "a hub that is away": (
        lambda b: b.configure("KOJI__URL", "http://127.0.0.1:1/kojihub"),
        *("koji", "fail", "ebs doctor"),
    ),
    "a password file that is gone": (
        lambda b: (
            b.configure("KOJI__URL", "http://127.0.0.1:1/kojihub")
            .configure("KOJI__USER", "ebs")
            .configure("KOJI__PASSWORD_FILE", "nosuch")
        ),
        *("koji", "fail", "check the path"),
    ),
    "a short key for sessions": (
        lambda b: b.configure("WEB__SESSION_KEY_FILE", b.file("key", "short")),
        *("web", "fail", "openssl rand"),
    ),
    "a sign-in without a secret": (lambda b: oidc(b, client=""), "web", "fail", "the secret"),
    "a sign-in without TLS": (
        lambda b: oidc(b).configure("WEB__URL", "http://ebs.example"),
        *("web", "warn", "web.url"),
    ),
    "a sign-in that ends with the process": (oidc, "web", "warn", "session_key_file"),
    "a provider that is away": (oidc, "sign-in", "fail", "oidc.issuer"),
}
"""What is broken, how, and what doctor says: of which check, how it is, and what to do."""


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


@contextmanager
def silent() -> Iterator[int]:
    """A server that takes connections and says nothing, at this port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.usefixtures("led")
@pytest.mark.parametrize("name", ["koji", "bodhi", "database"])
def test_what_hangs_is_told(broken: Broken, name: str) -> None:
    """It is given up after a while; what else there is was looked at meanwhile."""
    broken.monkeypatch.setattr(groups, "PATIENCE", 2.0)
    broken.monkeypatch.setattr(groups, "HURRY", 4)
    with silent() as port:
        broken.configure("KOJI__URL", f"http://127.0.0.1:{port if name == 'koji' else 1}/kojihub")
        if name == "bodhi":
            broken.configure("BODHI__URL", f"http://127.0.0.1:{port}/")
        if name == "database":
            broken.configure("DATABASE_URL", f"postgresql://me@127.0.0.1:{port}/ebs")
        found = told(broken.ebs)

    assert found[name]["health"] == "fail"
    assert "nothing came of it within 2 s" in found[name]["found"]
    assert found["sign-in"]["health"] == "ok"


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
