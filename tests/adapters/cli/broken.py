# SPDX-License-Identifier: GPL-3.0-or-later
"""How each thing that doctor looks at is really broken, and what is said of it then."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

import pytest

from adapters.cli.checks import machine
from adapters.store.connections import connect
from adapters.store.embedded import Database
from tests.adapters.cli.conftest import Ebs, World
from tests.fixtures.fix_mail import certify


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
