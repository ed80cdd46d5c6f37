# SPDX-License-Identifier: GPL-3.0-or-later
"""consume: what the bus delivers is kept before it is acknowledged, whatever dies meanwhile."""

import json
import lzma
import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from adapters.store.connections import Connection
from adapters.store.embedded import Database
from tests.adapters.cli.conftest import Ebs, World
from tests.adapters.cli.consuming import Consume, Kept, before, behind, through, until
from tests.fixtures.bus import PREFIX, Bus
from tests.fixtures.ports import free_port

RECORDED = Path(__file__).parents[1] / "bus" / "recorded.jsonl.xz"
TAG = f"{PREFIX}.buildsys.tag"


def messages(world: World, count: int) -> list[str]:
    """So many messages of the watched tag."""
    return [world.message("bash", 100 + number) for number in range(count)]


def test_the_recorded_bus_goes_through(
    ebs: Ebs, bus: Bus, consume: Consume, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a real hub said is consumed whole, and nothing is rejected; ingest finds nothing new."""
    monkeypatch.setenv("EBS_WATCHED_TAGS", '[""]')
    recorded = lzma.decompress(RECORDED.read_bytes())
    bus.publish(line for line in recorded.splitlines() if b"package.list" not in line)
    consumer = consume()
    until(lambda: len(kept()) == 80)
    consumer.stop()
    done = ebs("work", "--once", "--json").json

    assert bus.left() == 0
    assert done["facts"] == {"recorded": 78, "duplicate": 2}
    assert "message-rejected" not in done["recorded"]
    again = ebs("ingest", "-", "--json", stdin=recorded).json
    assert (again["recorded"], again["rejected"], again["duplicates"]) == (0, 0, 80)


def test_only_watched_tags_are_kept(bus: Bus, consume: Consume, world: World, kept: Kept) -> None:
    """A message of another tag is acknowledged and forgotten, as ingest does it."""
    bus.publish([world.message("bash", 1, tag="epel9"), world.message("bash", 2)])
    consume()
    until(kept)

    assert kept() == ["f41-2"]


def test_consumers_share_a_queue(bus: Bus, consume: Consume, world: World, kept: Kept) -> None:
    """Two on one queue take each message once between them."""
    bus.configure(prefetch=1)
    consumers = [consume(), consume()]
    for consumer in consumers:
        consumer.ready()
    bus.publish(sent := messages(world, 50))
    until(lambda: len(kept()) == len(sent))

    assert sorted(kept()) == sorted(json.loads(line)["id"] for line in sent)


def test_it_says_that_it_lives(bus: Bus, consume: Consume) -> None:
    """fedora-messaging's own /live and /ready answer where its configuration names a port."""
    port = free_port()
    bus.configure(monitoring=port)
    consume().ready()
    live, ready = (
        json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5))
        for path in ("live", "ready")
    )

    assert live == {"status": "OK"}
    assert ready["consuming"] is True


# --- what dies ----------------------------------------------------------------------------------


def test_killed_before_the_commit(
    bus: Bus, consume: Consume, world: World, owner: Connection, kept: Kept
) -> None:
    """What was not committed was not acknowledged: the next consumer gets it."""
    consumer = consume().ready()
    with owner.transaction():
        owner.execute("lock table inbox in share mode")
        bus.publish(messages(world, 1))
        until(lambda: owner.execute("select 1 from pg_locks where not granted").fetchone())
        consumer.kill()
        # The server would go on for a client that it does not know to be dead.
        owner.execute("select pg_terminate_backend(pid) from pg_locks where not granted")
    assert kept() == []
    consume()
    until(kept)

    assert len(kept()) == 1


def test_killed_between_commit_and_acknowledgement(
    ebs: Ebs, bus: Bus, consume: Consume, world: World, kept: Kept
) -> None:
    """What is delivered again is the same message, and counts once."""
    with before(bus) as proxy:
        bus.configure(url=through(bus, proxy))
        consumer = consume().ready()
        proxy.mute()
        bus.publish(messages(world, 1))
        until(kept)
        consumer.kill()
    until(bus.left)
    bus.configure()
    bus.publish(messages(world, 2)[1:])
    consumer = consume()
    until(lambda: "f41-101" in kept())
    consumer.stop()

    assert (kept(), bus.left()) == (["f41-100", "f41-101"], 0)
    assert ebs("work", "--once", "--json").json["facts"] == {"recorded": 2}


def test_the_database_is_down_for_a_while(
    bus: Bus, consume: Consume, world: World, database: Database, kept: Kept
) -> None:
    """The consumer waits, and goes on by itself."""
    with behind(database) as (proxy, environment):
        consumer = consume(env=environment).ready()
        proxy.refuse()
        bus.publish(messages(world, 1))
        until(lambda: consumer.said("retry_scheduled"))
        proxy.admit()
        until(kept)


def test_the_database_stays_down(
    bus: Bus, consume: Consume, world: World, database: Database
) -> None:
    """Out of patience it ends with 6 and says why; the message is the broker's still, once."""
    with behind(database) as (proxy, environment):
        consumer = consume(env={**environment, "EBS_BUS__PATIENCE": "1"}).ready()
        proxy.refuse()
        bus.publish(messages(world, 1))

        assert consumer.end() == 6
        assert consumer.said("error: ")
    until(lambda: bus.left() == 1)


def test_stopped_while_the_database_is_down(
    bus: Bus, consume: Consume, world: World, database: Database
) -> None:
    """Who is told to stop does not wait for the database; nothing was acknowledged."""
    with behind(database) as (proxy, environment):
        consumer = consume(env=environment).ready()
        proxy.refuse()
        bus.publish(messages(world, 1))
        until(lambda: consumer.said("retry_scheduled"))
        consumer.stop()
    until(lambda: bus.left() == 1)


def test_the_broker_is_away(bus: Bus, consume: Consume, world: World, kept: Kept) -> None:
    """At the start and later it is tried again until it is there; nothing is lost."""
    with before(bus) as proxy:
        proxy.refuse()
        bus.configure(url=through(bus, proxy))
        consumer = consume()
        proxy.admit()
        consumer.ready()
        proxy.refuse()
        bus.publish(messages(world, 2))
        proxy.admit()
        until(lambda: len(kept()) == 2)


def test_the_queue_is_deleted(bus: Bus, consume: Consume) -> None:
    """A consumer without a queue ends with 12, as fedora-messaging's does."""
    consumer = consume().ready()
    bus.delete_queue()

    assert consumer.end() == 12


def test_the_handshake_fails(bus: Bus, consume: Consume) -> None:
    """Wrong credentials end in 14."""
    bus.configure(url=bus.url.replace("guest:guest", "guest:wrong"))

    assert consume().end() == 14


def test_a_port_that_is_taken(bus: Bus, consume: Consume) -> None:
    """Where /live cannot be served nothing is consumed: a conflict, 5."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bus.configure(monitoring=taken.getsockname()[1])

        assert consume().end() == 5


def test_an_address_that_is_none(bus: Bus, consume: Consume) -> None:
    """What is no broker's address is told, with what to correct."""
    bus.configure(url="amqp://host:port/")
    consumer = consume()

    assert consumer.end() == 1
    assert consumer.said("correct amqp_url")


def test_what_cannot_be_declared(bus: Bus, consume: Consume) -> None:
    """A queue that exists otherwise ends in 10."""
    bus.configure(durable="false")

    assert consume().end() == 10


def test_a_database_of_another_release(bus: Bus, consume: Consume, owner: Connection) -> None:
    """With a schema that is not ours nothing is consumed: refused, 4."""
    owner.execute("insert into schema_version values (9999, 'newer', '', now(), 'post')")

    assert consume().end() == 4


# --- what is no message -------------------------------------------------------------------------

ILL: list[tuple[bytes, dict[str, Any]]] = [
    (b"{", {"id": "no-json"}),
    (b'{"name": "\xff"}', {"id": "no-text"}),
    (b"[]", {"id": "no-object"}),
    (b"{}", {"id": "empty"}),
    (b'{"id": "another", "topic": "another"}', {"id": "disguised"}),
    (b"{}", {}),
    (b"{}", {"id": "compressed", "encoding": "gzip"}),
    (b'{"a":' * 100_000, {"id": "deep"}),
    (b'{"name": "' + b"x" * 3_000_000 + b'"}', {"id": "long"}),
    (b"{}", {"id": "odd", "headers": {"fedora_messaging_schema": ["a", "list"]}}),
    (
        b"{}",
        {"id": "schema", "headers": {"fedora_messaging_schema": "koji_fedoramessaging.tag.TagV1"}},
    ),
    (b"{}", {"id": "severe", "headers": {"fedora_messaging_severity": "very"}}),
]


def test_what_is_ill_formed_is_told_and_stops_nothing(
    ebs: Ebs, bus: Bus, consume: Consume, world: World, kept: Kept
) -> None:
    """Whatever arrives is acknowledged once, recorded as rejected, and the next one is taken."""
    with bus.channel() as channel:
        for body, properties in ILL:
            bus.put(channel, TAG, body, properties)
        channel.basic_publish(bus.name, TAG, b"naked")
    bus.publish(messages(world, 1))
    consumer = consume()
    until(lambda: "f41-100" in kept())
    consumer.stop()
    done = ebs("work", "--once", "--json").json

    assert bus.left() == 0
    assert done["facts"] == {"recorded": 1, "rejected": len(ILL) + 1}
    assert ebs("work", "--once", "--json").json["facts"] == {}


def test_an_id_that_comes_again_with_another_body(
    ebs: Ebs, bus: Bus, consume: Consume, world: World, kept: Kept
) -> None:
    """The first counts: what else is true, Koji's history tells. A twin of another class is one."""
    twin = json.loads(world.message("bash", 100))
    twin["headers"]["fedora_messaging_schema"] = "base.message"
    other = {**twin, "body": {**twin["body"], "build_id": 199}}
    first, last = messages(world, 2)
    bus.publish([first, json.dumps(twin), json.dumps(other), last])
    consumer = consume()
    until(lambda: "f41-101" in kept())
    consumer.stop()

    assert (kept(), bus.left()) == (["f41-100", "f41-101"], 0)
    assert ebs("work", "--once", "--json").json["facts"] == {"recorded": 2}


# --- how it is told what to consume -------------------------------------------------------------


def test_without_a_bus_there_is_nothing_to_consume(ebs: Ebs) -> None:
    """Where none is configured it is refused: the library's own default would lose messages."""
    ran = ebs("consume")

    assert ran.code == 4
    assert "FEDORA_MESSAGING_CONF" in ran.err


@pytest.mark.parametrize(
    ("text", "code"),
    [(None, 3), ("amqp_url = ", 1), ("unknown = 1", 1), ("queues = 1", 1), ("\udcff", 1)],
)
def test_a_configuration_that_is_none(
    ebs: Ebs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, code: int
) -> None:
    """The file is named, with what is wrong with it, however we were told of it."""
    conf = tmp_path / "bus.toml"
    if text is not None:
        conf.write_text(text, errors="surrogateescape")
    option = ebs("consume", "--fedora-messaging-conf", str(conf))
    monkeypatch.setenv("EBS_BUS__CONF", str(conf))
    ours = ebs("consume")
    monkeypatch.delenv("EBS_BUS__CONF")
    monkeypatch.setenv("FEDORA_MESSAGING_CONF", str(conf))
    theirs = ebs("consume")

    assert {ran.code for ran in (option, ours, theirs)} == {code}
    assert all(str(conf) in ran.err for ran in (option, ours, theirs))
