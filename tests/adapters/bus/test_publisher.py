# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages on a real broker: confirmed or told as not, through every outage of it."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from fedora_messaging import config

from adapters.bus.publisher import Publisher
from adapters.errors import DependencyDown
from domain.envelope import Recorded
from domain.service.events import Paused
from projections.notices import Announcement
from tests.domain.service.given import said
from tests.fixtures.bus import Bus
from tests.fixtures.proxy import Proxy
from tests.fixtures.until import until

PREFIX = "org.fedoraproject.test"
NOTICE = Announcement("paused", {"by": "ada", "reason": "branching", "until": None})


@pytest.fixture
def proxy(bus: Bus, reactor: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The way to the broker, by which fedora-messaging is configured, and a queue that listens."""
    with bus.channel() as channel:
        channel.queue_bind(bus.name, bus.name, f"{PREFIX}.#")
    host, _, port = bus.url.rpartition("@")[2].partition("/")[0].partition(":")
    assert config.conf["amqp_url"]
    with Proxy((host, int(port))) as way:
        url = bus.url.replace(f"{host}:{port}", f"127.0.0.1:{way.port}")
        monkeypatch.setitem(config.conf, "amqp_url", url)
        monkeypatch.setitem(config.conf, "publish_exchange", bus.name)
        monkeypatch.setitem(config.conf, "topic_prefix", PREFIX)
        yield way


@pytest.fixture
def publisher(proxy: Proxy) -> Iterator[Publisher]:
    """A client that is not patient."""
    with closing(Publisher(timeout=1)) as publisher:
        yield publisher


def cause(version: int = 1) -> Recorded:
    """Return the event that is announced."""
    return said(Paused("branching"), 60).recorded(version, version)


def heard(bus: Bus) -> list[Any]:
    """Return what arrived: topic, id, body."""
    found: list[Any] = []
    with bus.channel() as channel:
        while True:
            method, properties, body = channel.basic_get(bus.name, auto_ack=True)
            if method is None:
                return found
            found.append((method.routing_key, properties.message_id, json.loads(body)))


def delivers(publisher: Publisher, number: int) -> bool:
    """Whether a message is confirmed."""
    try:
        publisher.deliver(NOTICE, cause(number))
    except DependencyDown:
        return False
    return True


def test_a_message_is_confirmed(bus: Bus, publisher: Publisher) -> None:
    """It is in the queue when deliver returns: topic with prefix, the event's id, the body."""
    for number in (1, 2, 2):
        publisher.deliver(NOTICE, cause(number))

    topic = f"{PREFIX}.elnbuildsync.paused"
    ids = ["service@1", "service@2", "service@2"]
    assert heard(bus) == [(topic, event_id, NOTICE.body) for event_id in ids]


def test_who_answers(proxy: Proxy, bus: Bus, publisher: Publisher) -> None:
    """Asked, it says which broker, without the login, and which exchange; nothing is sent."""
    assert publisher.check() == f"127.0.0.1:{proxy.port}, exchange {bus.name}"
    assert heard(bus) == []


def test_the_broker_is_away_from_the_start(bus: Bus, proxy: Proxy, publisher: Publisher) -> None:
    """It is told as down within the patience, and used as soon as it is there."""
    proxy.refuse()
    began = time.monotonic()
    with pytest.raises(DependencyDown, match=f"{proxy.port} takes no messages"):
        publisher.deliver(NOTICE, cause(1))
    assert time.monotonic() - began < 5
    proxy.admit()
    until(lambda: delivers(publisher, 2))

    assert heard(bus)[-1][1] == "service@2"


def test_nobody_listens(proxy: Proxy, publisher: Publisher) -> None:
    """It is waited for, and then told as down."""
    proxy.close()
    with pytest.raises(DependencyDown, match="no answer within 1 s"):
        publisher.check()


def test_the_connection_is_cut(bus: Bus, proxy: Proxy, publisher: Publisher) -> None:
    """The client connects again by itself; every message that was confirmed has arrived."""
    confirmed = []
    for number in range(1, 7):
        if number % 2 == 0:
            proxy.cut()
        until(lambda at=number: delivers(publisher, at))  # type: ignore[misc]
        confirmed.append(f"service@{number}")

    assert list(dict.fromkeys(event_id for _, event_id, _ in heard(bus))) == confirmed


def test_a_broker_that_says_nothing(bus: Bus, proxy: Proxy, publisher: Publisher) -> None:
    """Without a confirmation it is not published, as far as we know."""
    publisher.deliver(NOTICE, cause(1))
    proxy.mute()
    with pytest.raises(DependencyDown, match="no answer within 1 s"):
        publisher.deliver(NOTICE, cause(2))

    assert [event_id for _, event_id, _ in heard(bus)] == ["service@1"]


def test_a_login_that_is_refused(bus: Bus, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told as down, and the password with nobody."""
    url = f"amqp://ebs:hunter2@127.0.0.1:{proxy.port}/%2F"
    monkeypatch.setitem(config.conf, "amqp_url", url)
    with closing(Publisher(timeout=1)) as publisher, pytest.raises(DependencyDown) as error:
        publisher.deliver(NOTICE, cause())

    assert "hunter2" not in f"{error.value}{error.value.do}"


def test_an_exchange_that_is_not_there(
    bus: Bus, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can be published, and afterwards it can."""
    with monkeypatch.context() as patch:
        patch.setitem(config.conf, "publish_exchange", "nowhere")
        with pytest.raises(DependencyDown):
            publisher.deliver(NOTICE, cause(1))
    until(lambda: delivers(publisher, 2))

    assert heard(bus)[-1][1] == "service@2"


def test_a_body_that_breaks_its_promise(publisher: Publisher) -> None:
    """It is never sent: a bug of ours is not to become others'."""
    with pytest.raises(Exception, match="'until' is a required property"):
        publisher.deliver(Announcement("paused", {"by": "a", "reason": "b"}), cause())


def test_closed_before_it_was_used() -> None:
    """Who needs no broker starts nothing."""
    Publisher().close()
