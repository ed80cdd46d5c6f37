# SPDX-License-Identifier: GPL-3.0-or-later
"""What people ask of the past, each against the bare statements that read the same rows.

A question is asked once with an ear at the connection; what it sends is then sent again, rows are
fetched and nothing is made of them. Both logs begin alike, and the question is as of a position
that both have: whatever lies behind it must not cost anything.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple
from unittest.mock import patch

import psycopg

from adapters.service.inquiries import Inquiries
from adapters.service.journal import Journal
from adapters.service.overviews import Overviews
from adapters.service.timelines import Timelines
from adapters.store.codec import Codec
from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from domain.package.state import PREFIX
from domain.service import STREAM
from projections import control, eligibility, runner
from projections.links import Sites
from projections.news import divide
from projections.points import Span
from projections.timeline import Wanted
from tests.bench.audit.past import BEGINNING
from tests.bench.bounds import Bound, seconds

HOUR: Final = 123
"""Events of an hour, about."""

OF_A_TYPE: Final = 1_000
"""Events of one type that are read."""

ROUNDS: Final = 31
EVENT: Final = 6
"""Columns of a row that is an event."""

Ask = Callable[[], object]
Sent = tuple[Any, Any]
"""A statement and its parameters."""


class Times(NamedTuple):
    """Seconds for a question, and for its bare statements; medians of several, in turns."""

    asked: float
    bare: float


def of_one_package(log: EventLog, at: int) -> dict[str, Ask]:
    """What is asked of a package, an hour or a type; the package is the one rebuilt most."""
    package = busiest(log, at)
    journal = Journal(log)
    inquiries = Inquiries(journal, _clock, Sites())
    window = Span(at - HOUR, at)
    return {
        "why": partial(inquiries.why, package, None, at),
        "history": partial(inquiries.history, package, at),
        "as of": partial(_as_of, journal, package, at),
        "an hour's timeline": partial(Timelines(log).draw, window, Wanted()),
        "events of a type": partial(_of_a_type, log, at),
    }


def board(log: EventLog, at: int) -> Times:
    """Ask how every target was, and scan what that reads in order, decoded into events."""
    ask = partial(Overviews(Journal(log), _clock).board, at)
    sent: list[Sent] = []
    with _listening(sent):
        ask()
    scan = partial(_decode, log, sent)
    pairs = sorted((seconds(ask), seconds(scan)) for _ in range(3))
    return Times(*pairs[1])


def timed(asked: Sequence[tuple[EventLog, Ask]], rounds: int = ROUNDS) -> list[Times]:
    """Ask each log the same, and read the same rows, all in turns."""
    acts = [act for log, ask in asked for act in (ask, _bare(log, ask))]
    taken = [[seconds(act) for act in acts] for _ in range(rounds)]
    medians = [sorted(times)[rounds // 2] for times in zip(*taken, strict=True)]
    return [Times(*pair) for pair in zip(medians[::2], medians[1::2], strict=True)]


def _bare(log: EventLog, ask: Ask) -> Ask:
    """Return what sends the statements of a question again, once it was asked."""
    sent: list[Sent] = []
    with _listening(sent):
        ask()
    return partial(_send, log, sent)


def against_bare(log: str, what: str, times: Times) -> Bound:
    """Print the times, and return their ratio."""
    print(f"      {log}, {what}: {1e3 * times.asked:.1f} ms, bare {1e3 * times.bare:.1f} ms")
    return Bound(f"{what}, {log}, against bare SQL", times.asked / times.bare, 3, at_least=False)


def project(log: EventLog, packages: Sequence[str]) -> None:
    """Bring the projections to the head, of these packages only: the others are not asked for."""
    streams = [STREAM, *(f"{PREFIX}{name}" for name in packages)]
    with log.connections.transaction() as cursor:
        runner.clear(cursor)
        found = divide(recorded for stream in streams for recorded in log.stream(stream))
        eligibility.store(cursor, [*eligibility.fold({}, found).values()])
        control.store(cursor, control.fold(control.load(cursor), found))
        runner._move(cursor, log.head())


def _clock() -> datetime:
    return BEGINNING


def busiest(log: EventLog, at: int) -> str:
    """Return the package that was rebuilt most often."""
    query = (
        b"select stream from events where topic = 'queued' and position <= %(at)s"
        b" group by stream order by count(*) desc, stream limit 1"
    )
    [(stream,)] = log.connections.fetch(query, at=at)
    return str(stream).removeprefix(PREFIX)


def _as_of(journal: Journal, package: str, at: int) -> None:
    with journal.look(at) as view:
        assert view.package(package).version
        assert view.service.baseline


def _of_a_type(log: EventLog, at: int) -> None:
    found = list(log.read(at // 2, upto=at, topics=["queued"], limit=OF_A_TYPE))
    assert found


@contextmanager
def _listening(sent: list[Sent]) -> Iterator[None]:
    """Note every statement that asks for rows."""
    execute, server = psycopg.Cursor.execute, psycopg.ServerCursor.execute

    def note(original: Any) -> Any:
        def noting(self: Any, query: Any, params: Any = None, **options: Any) -> Any:
            text = query if isinstance(query, str) else bytes(query).decode()
            if "select" in text.lower():
                sent.append((query, params))
            return original(self, query, params, **options)

        return noting

    with (
        patch.object(psycopg.Cursor, "execute", note(execute)),
        patch.object(psycopg.ServerCursor, "execute", note(server)),
    ):
        yield


def _send(log: EventLog, sent: Sequence[Sent]) -> list[Any]:
    with log.connections.reading() as cursor:
        return [cursor.execute(*each, binary=True).fetchall() for each in sent]


def _decode(log: EventLog, sent: Sequence[Sent]) -> None:
    """Read what is sent for, and make events and packages of it, and nothing more."""
    codec = Codec(EVENTS)
    for (query, _), rows in zip(sent, _send(log, sent), strict=True):
        if "FROM eligibility" in str(query):
            for row in rows:
                eligibility._package(row)
        elif rows and len(rows[0]) == EVENT:
            for row in rows:
                codec.envelope(*row[1:5])
