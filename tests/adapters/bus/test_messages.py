# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of the bus: what is read of them, and what is refused."""

import json
import lzma
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fedora_messaging import message as fedora_message
from hypothesis import given
from hypothesis import strategies as st

from adapters.bus import archive, messages
from adapters.bus.messages import read
from adapters.config.static import Config
from adapters.service.facts import Facts
from adapters.service.ingest import Ingest, Report
from adapters.service.journal import Journal
from adapters.store.inbox import Inbox
from adapters.store.log import EventLog
from domain.errors import Invalid
from domain.values import Moment

_FILE = Path(__file__).with_name("recorded.jsonl.xz")
RECORDED = lzma.decompress(_FILE.read_bytes()).splitlines(keepends=True)
"""Every kind of message, as a hub of kojihub 1.35.3 sent them."""


def message(headers: dict[str, Any] | None = None, **body: Any) -> bytes:
    """Return a tag message, with some of its body or headers replaced."""
    content = {"name": "bash", "version": "5.2", "release": "1.fc41", "tag": "f41", "build_id": 7}
    told = {
        "id": "6f9ce0f4-0d8e-4e0a-9c51-8e29a3d5bd1b",
        "topic": "org.fedoraproject.prod.buildsys.tag",
        "headers": headers or {"sent-at": "2024-08-13T15:00:00+00:00"},
        "body": {**content, "user": "bodhi", **body},
    }
    return json.dumps(told).encode()


def test_a_tagging_is_read() -> None:
    """The NVR is put together, the time is the sending's, the event number is not known yet."""
    seen = read(message()).tagging
    assert seen is not None
    assert (seen.package, seen.nvr, seen.tag) == ("bash", "bash-5.2-1.fc41", "f41")
    assert seen.moment == Moment(datetime(2024, 8, 13, 15, tzinfo=UTC))
    assert (seen.untag, seen.user) == (False, "bodhi")


@pytest.mark.parametrize("sent", ["2024-08-13T17:00:00+02:00", "2024-08-13T15:00:00"])
def test_times_are_in_utc(sent: str) -> None:
    """A time with an offset is converted; one without is UTC, as fedora-messaging sends it."""
    seen = read(message({"sent-at": sent})).tagging
    assert seen is not None
    assert seen.moment.at == datetime(2024, 8, 13, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [
        {"name": "<b>bash</b>"},
        {"name": "bash\0"},
        {"name": "../../etc/passwd"},
        {"name": ""},
        {"name": "b" * 300},
        {"version": "5.2; drop table events"},
        {"tag": "f41'--"},
        {"user": "bodhi\x1b[31m"},
        {"build_id": 0},
        {"build_id": -1},
        {"build_id": 2**63},
        {"build_id": "7"},
        {"build_id": None},
        {"tag_id": -1},
    ],
    ids=repr,
)
def test_what_no_hub_sends_is_refused(body: dict[str, Any]) -> None:
    """A name, version, tag, user or id that no hub has is no message; nothing of it goes on."""
    with pytest.raises(Invalid):
        read(message(**body))


@pytest.mark.parametrize(
    "sent",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1970-01-01T00:00:00Z",
        "2999-01-01T00:00:00Z",
        "yesterday",
        "",
    ],
)
def test_a_time_that_is_none_of_kojis_is_refused(sent: str) -> None:
    """A time that no hub can have lived to see is no message, whatever its offset."""
    with pytest.raises(Invalid):
        read(message({"sent-at": sent}))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b'{"id": "", "topic": "x.buildsys.tag"}',
        b'{"id": "a b", "topic": "x.buildsys.tag"}',
        b'{"id": "a", "topic": "x.buildsys.tag", "body": {}, "headers": {}}',
        message()[:-20],
        message().replace(b"bash", rb"ba\ud800sh"),
        message().replace(b"bash", b"ba\xffsh"),
    ],
)
def test_what_is_no_message_is_refused(raw: bytes) -> None:
    """A torn line, a lone surrogate, bytes that are no text: an error that says so."""
    with pytest.raises(Invalid, match="not a"):
        read(raw)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode()))
def test_anything_is_read_or_refused(raw: bytes) -> None:
    """Whatever bytes arrive, they are a message or Invalid."""
    try:
        read(raw)
    except Invalid:
        return


def test_the_recorded_bus_is_read() -> None:
    """Every recorded message is one to fedora-messaging and to us; 80 of them are taggings."""
    told = [read(raw).tagging for raw in RECORDED]
    theirs = [m for raw in RECORDED for m in fedora_message.loads(raw.decode())]

    assert [read(raw).id for raw in RECORDED] == [m.id for m in theirs]
    assert sum(seen is not None for seen in told) == 80
    assert sum(seen is not None and seen.untag for seen in told) == 20


def test_what_else_a_message_is_about() -> None:
    """Build and task messages name a task, repository messages a tag; taggings are no hints."""
    kinds = {kind: set[str]() for kind in ("build.state", "task.state", "repo", "tag", "package")}
    for raw in RECORDED:
        heard = read(raw)
        kind = next(k for k in kinds if f"buildsys.{k}" in heard.topic or "untag" in heard.topic)
        kinds[kind].add(str(heard.hint).partition(" ")[0])

    assert kinds["build.state"] == {"task", "None"}  # an import has no task
    assert kinds["task.state"] == {"task"}
    assert kinds["repo"] == {"tag"}
    assert kinds["tag"] == kinds["package"] == {"None"}


@pytest.mark.parametrize(
    "body", [b"1", b'{"tag": 7}', b'{"tag": "<b>"}', b'{"task_id": "7"}', b"{}"]
)
@pytest.mark.parametrize("topic", ["build.state.change", "task.state.change", "repo.done"])
def test_a_hint_that_is_ill_formed_is_none(topic: str, body: bytes) -> None:
    """Nothing rests on it, so it is no fault."""
    heard = read(b'{"id": "a", "topic": "org.x.buildsys.%b", "body": %b}' % (topic.encode(), body))

    assert (heard.hint, heard.tagging) == (None, None)


def test_the_recorded_bus_twice(log: EventLog, inbox: Inbox) -> None:
    """Ingested a second time, the whole recorded bus records nothing, and nothing is rejected."""
    settings = Config.model_construct(watched_tags=("",)).settings()
    facts = Facts(Journal(log), inbox, messages, settings, lambda: datetime.now(UTC))
    Journal(log).catch_up()

    def ingest() -> Report:
        *_, report = Ingest(facts, archive.parts).lines(RECORDED, "recorded")
        return report

    first, second = ingest(), ingest()
    assert (first.read, first.rejected, first.ignored) == (141, 0, 61)
    assert first.recorded > 60
    assert (second.recorded, second.duplicates) == (0, 80)
    assert log.head() == first.recorded
