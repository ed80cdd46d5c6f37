# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts from messages: each once, whoever is said to have done it, and none from the future."""

import json
from datetime import datetime, timedelta

import pytest

from adapters.ports import InboxMessage
from adapters.service import facts, ingest
from adapters.service.ingest import Report
from tests.adapters.service.given import World
from tests.domain.given import time

CHUNKS = pytest.mark.parametrize("chunk", [1, 2, 100], ids=["apart", "partly", "together"])


def message(
    name: str, *, user: str = "bodhi", tag_id: int | None = None, sent: datetime | None = None
) -> bytes:
    """Return a message about build 1 of bash; ``name`` is the message's."""
    body = {"name": "bash", "version": "1", "release": "1", "tag": "f41", "build_id": 1}
    told = {
        "id": name,
        "topic": "org.fedoraproject.prod.buildsys.tag",
        "headers": {"sent-at": (sent or time(10)).isoformat()},
        "body": {**body, "user": user, "tag_id": tag_id},
    }
    return json.dumps(told).encode() + b"\n"


TELLINGS = [
    message("a"),
    message("b", user="ada"),
    message("c", tag_id=7),
    message("a", user="eve"),
    message("d", user="bob", tag_id=8),
]
"""One tagging told five times, one of them under another's id."""


def read(world: World, *lines: bytes, rehearse: bool = False) -> Report:
    """Ingest these lines."""
    *_, report = world.app.ingest.lines(lines, "a file", rehearse=rehearse)
    return report


@CHUNKS
def test_of_a_file_one_tagging_is_one_fact(
    world: World, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    """Within a chunk as across chunks: neither user nor tag id makes another fact."""
    monkeypatch.setattr(ingest, "CHUNK", chunk)
    report = read(world, *TELLINGS)

    assert (report.recorded, report.duplicates) == (1, 4)
    assert len(world.events("tagged")) == 1
    assert read(world, *reversed(TELLINGS)).recorded == 0


@CHUNKS
def test_a_rehearsal_tells_what_would_become_of_a_file(
    world: World, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    """Of what is known, waits, comes again, matters to nobody or is faulty; and records nothing."""
    monkeypatch.setattr(ingest, "CHUNK", chunk)
    read(world, message("x", sent=time(5)))
    world.app.inbox.put([InboxMessage("w", "", message("w", sent=time(6)), "bus")])
    faulty, foreign = b"{\n", message("e").replace(b'"f41"', b'"epel9"')
    known = [message("x", sent=time(5)), message("w", sent=time(6))]
    lines = [*TELLINGS, faulty, *known, foreign, message("f", sent=time(20)), *TELLINGS, faulty]
    before = world.log.head()
    rehearsed = read(world, *lines, rehearse=True)

    assert (rehearsed.recorded, rehearsed.rejected, rehearsed.ignored) == (2, 2, 1)
    assert (world.log.head(), world.app.inbox.count()) == (before, 1)
    assert read(world, *lines) == rehearsed


@CHUNKS
def test_of_the_bus_one_tagging_is_one_fact(
    world: World, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    """What waits in the inbox is turned into facts by the same rule."""
    monkeypatch.setattr(facts, "CHUNK", chunk)
    world.app.inbox.put([InboxMessage(f"{n}", "", raw, "bus") for n, raw in enumerate(TELLINGS)])
    outcomes = world.app.facts.drain()

    assert outcomes == {"recorded": 1, "duplicate": 4}
    assert (len(world.events("tagged")), world.app.inbox.count()) == (1, 0)


@pytest.mark.parametrize(
    ("ahead", "recorded"), [(timedelta(days=1), 1), (timedelta(days=1, seconds=1), 0)]
)
def test_what_was_sent_in_the_future_is_rejected(
    world: World, ahead: timedelta, recorded: int
) -> None:
    """Koji's clock may be ahead by a day; a later one would be the newest until that day comes."""
    report = read(world, message("a", sent=world.clock() + ahead))

    assert (report.recorded, report.rejected) == (recorded, 1 - recorded)
    assert len(world.events("tagged")) == recorded
    assert ["in the future" in event.reason for event in world.events("message-rejected")] == [
        True
    ] * (1 - recorded)


def test_a_message_too_early_is_taken_when_its_day_has_come(world: World) -> None:
    """A file is read again once the clock is right: what was rejected then is recorded now."""
    sent = world.clock() + timedelta(days=3)
    assert read(world, message("a", sent=sent)).rejected == 1
    world.at(sent)

    assert read(world, message("a", sent=sent)).recorded == 1


def test_the_future_of_a_tag_nobody_watches_is_ignored(world: World) -> None:
    """What tells nothing is not looked at any further."""
    raw = message("a", sent=time(10**9)).replace(b'"f41"', b'"epel9"')
    assert (read(world, raw).ignored, world.events("message-rejected")) == (1, [])
