# SPDX-License-Identifier: GPL-3.0-or-later
"""The inbox: each message once, whole and raw, until its facts are on record."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters.ports import InboxMessage
from adapters.store.inbox import Inbox
from adapters.store.log import EventLog
from domain.errors import Conflict, Invalid
from tests.adapters.store.examples import envelopes, tagged


def messages(*ids: str, body: bytes = b"{}") -> Sequence[InboxMessage]:
    """Messages of these ids."""
    return [InboxMessage(message_id, "buildsys.tag", body, "bus") for message_id in ids]


def test_a_message_is_kept_once(inbox: Inbox) -> None:
    """What came before, and what comes twice in one put, is not new and changes nothing."""
    assert inbox.put(messages("b", "a", "a", body=b"1")) == {"a", "b"}
    assert inbox.put(messages("a", "c", body=b"2")) == {"c"}

    assert [(m.message_id, m.body) for m in inbox.pending(9)] == [
        ("b", b"1"),
        ("a", b"1"),
        ("c", b"2"),
    ]


def test_the_oldest_comes_first(inbox: Inbox) -> None:
    """Messages wait in the order they came, also those that came together."""
    inbox.put(messages("z", "m", "a"))
    inbox.put(messages("b"))

    assert [message.message_id for message in inbox.pending(3)] == ["z", "m", "a"]
    assert inbox.count() == 4


@pytest.mark.parametrize("body", [b"", b"\0\xff", '"\ud800"'.encode(errors="surrogatepass")])
def test_a_body_is_kept_raw(inbox: Inbox, body: bytes) -> None:
    """A body may be anything: what jsonb and text refuse blocks no other message."""
    inbox.put([*messages("hostile", body=body), *messages("good")])

    assert [message.body for message in inbox.pending(9)] == [body, b"{}"]


@pytest.mark.parametrize("message_id", ["a\0", "a\ud800"], ids=["NUL", "surrogate"])
def test_an_id_is_text(inbox: Inbox, message_id: str) -> None:
    """An id that is no text is refused, and nothing of the put is kept."""
    with pytest.raises(Invalid):
        inbox.put(messages("good", message_id))
    assert inbox.count() == 0


def known(log: EventLog, inbox: Inbox, *ids: str) -> set[str]:
    """Return which of these messages the inbox holds."""
    with log.reading() as cursor:
        return inbox.known(cursor, ids)


def test_done_with_the_facts(log: EventLog, inbox: Inbox) -> None:
    """A message is done in the very transaction that records what it led to."""
    inbox.put(messages("a", "b"))
    log.append(envelopes(tagged()), then=lambda cursor, _: inbox.settle(cursor, {"a": "recorded"}))

    assert [message.message_id for message in inbox.pending(9)] == ["b"]
    assert inbox.count() == 1
    assert known(log, inbox, "a", "b", "c") == {"a", "b"}


@pytest.mark.parametrize("second", ["a", "unknown"])
def test_done_once(log: EventLog, inbox: Inbox, second: str) -> None:
    """Who settles what is done already, or never came, gets a Conflict: all is rolled back."""
    inbox.put(messages("a", "b"))
    log.append([], then=lambda cursor, _: inbox.settle(cursor, {"a": "recorded"}))

    with pytest.raises(Conflict, match="1 of 2 messages are done already"):
        log.append(
            envelopes(tagged()),
            then=lambda cursor, _: inbox.settle(cursor, {"b": "recorded", second: "again"}),
        )
    assert log.head() == 0
    assert [message.message_id for message in inbox.pending(9)] == ["b"]


def test_kept_with_the_facts(log: EventLog, inbox: Inbox) -> None:
    """Messages that are read from a file are kept, done, in the transaction of their facts."""
    new = messages("b", "a")
    outcomes = {"a": "recorded", "b": "duplicate"}
    log.append(envelopes(tagged()), then=lambda cursor, _: inbox.keep(cursor, new, outcomes))

    assert known(log, inbox, "a", "b") == {"a", "b"}
    assert inbox.count() == 0


def test_kept_once(log: EventLog, inbox: Inbox) -> None:
    """Who keeps what is in the inbox by now gets a Conflict, and the facts are rolled back."""
    inbox.put(messages("a"))
    outcomes = {"a": "recorded", "b": "recorded"}

    with pytest.raises(Conflict, match="The message was taken in already"):
        log.append(
            envelopes(tagged()),
            then=lambda cursor, _: inbox.keep(cursor, messages("a", "b"), outcomes),
        )
    assert log.head() == 0
    assert known(log, inbox, "a", "b") == {"a"}


def test_two_consumers_do_not_block_each_other(inbox: Inbox) -> None:
    """The same messages put in opposite orders at once: no deadlock, and each is new once."""
    ids = [f"m-{number:04}" for number in range(500)]

    with ThreadPoolExecutor() as pool:
        puts = [pool.submit(inbox.put, messages(*order)) for order in (ids, ids[::-1]) * 4]
        new = [message_id for put in puts for message_id in put.result()]

    assert sorted(new) == ids


def test_nothing_is_put_by_nothing(log: EventLog, inbox: Inbox) -> None:
    """No messages, no new ids."""
    assert inbox.put([]) == set()
    assert known(log, inbox) == set()
