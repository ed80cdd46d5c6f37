# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose turn it is to append, while somebody else does not come to an end."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event as Flag

import pytest
from structlog.testing import capture_logs

from adapters.errors import DependencyDown
from adapters.store import turn
from adapters.store.connections import Cursor
from adapters.store.log import EventLog
from domain.envelope import Envelope
from tests.adapters.store.examples import envelopes, tagged


@contextmanager
def stuck(log: EventLog) -> Iterator[None]:
    """Inside, an append stands still in the middle of its events."""
    began, end = Flag(), Flag()

    def made() -> Iterator[Envelope]:
        first, second = envelopes(tagged(1), tagged(2))
        yield first
        began.set()
        assert end.wait(30)
        yield second

    with ThreadPoolExecutor(max_workers=1) as other:
        appended = other.submit(log.append, made())
        try:
            assert began.wait(30)
            yield
        finally:
            end.set()
        appended.result()


def test_who_waits_for_ever_is_told_whom_for(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that stands still in the middle of an append keeps nobody waiting without end.

    The server ends no session that it awaits rows from, however long: so whoever waits gives up,
    and names the process, by which it can be ended.
    """
    monkeypatch.setattr(turn, "TOLD", 0.1)
    monkeypatch.setattr(turn, "PATIENCE", 0.3)
    with stuck(log), pytest.raises(DependencyDown) as caught:
        log.append(envelopes(tagged(3), stream="package:zsh"))

    [pid] = {word for word in caught.value.why.split() if word.isdigit()}
    assert f"pg_terminate_backend({pid})" in caught.value.do
    assert [event.envelope.originator_id for event in log.read()] == ["package:bash"] * 2


def test_who_waits_long_says_so(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """A verb that stands still says why; it goes on where the other comes to its end.

    The wait for the lock alone is bounded, not that for a table by what travels along.
    """
    bounds: list[str] = []

    def travel(cursor: Cursor, _: object) -> None:
        bounds.extend(*cursor.execute("show lock_timeout").fetchall())

    monkeypatch.setattr(turn, "TOLD", 0.1)
    waiting = envelopes(tagged(3), stream="package:zsh")
    with capture_logs() as told, ThreadPoolExecutor(max_workers=1) as other:
        with stuck(log):
            appended = other.submit(log.append, waiting, then=travel)
            while not told:
                assert not appended.done()
        assert [event.position for event in appended.result()] == [3]

    assert {line["event"] for line in told} == {"another appends"}
    assert all(line["by"].startswith("process ") for line in told)
    assert bounds == ["0"]
