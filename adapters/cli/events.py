# SPDX-License-Identifier: GPL-3.0-or-later
"""The verb that reads the log itself: events."""

import json
from collections.abc import Generator, Sequence
from contextlib import closing
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import click
import msgspec
from msgspec import Struct

from adapters.cli.options import as_csv, as_json, verb
from adapters.cli.output import print_csv, print_json, print_table, talk
from adapters.cli.session import opened
from adapters.tables import moment, number, one_line
from domain.catalogue import EVENTS

if TYPE_CHECKING:
    from adapters.app import App
    from domain.envelope import Recorded

SHOWN: Final = 100
"""Events that a person is shown where no limit is given."""

WIDTH: Final = 160
"""Characters that a person is shown of an event's data."""


FIRST: Final = ("plan", "outcome", "reason", "detail", "nvr", "tag")
"""What a person wants to see of an event's data, before the rest of it."""


class Line(Struct, frozen=True):
    """An event with its envelope, as it is printed."""

    position: int
    id: str
    stream: str
    version: int
    event: str
    recorded_at: datetime | None
    occurred_at: datetime
    via: str
    actor: str
    correlation: str
    causation: str
    koji_event: int | None
    data: dict[str, Any]


@verb(
    "events",
    ("ebs events --after 1200 --limit 50", "the log itself, from a position on"),
    ("ebs events --type queued --json", "JSON lines of one type of event"),
    ("ebs events --package bash --csv", "one package's stream"),
)
@click.option("--after", type=click.IntRange(0), default=0, metavar="N", help="Behind a position.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most so many.")
@click.option(
    "--type",
    "types",
    type=click.Choice(sorted(EVENTS)),
    multiple=True,
    metavar="TYPE",
    help="Of this type, like queued or paused; may be repeated.",
)
@click.option("--package", metavar="PKG", help="Of this package, by either name.")
@as_json
@as_csv
def events(
    after: int,
    limit: int | None,
    types: tuple[str, ...],
    package: str | None,
    *,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Read the log, each event whole and in order; --json prints a line of JSON an event."""
    whole = as_json or as_csv
    with opened() as app, closing(_found(app, package, after, types)) as found:
        lines = map(_line, islice(found, limit or (None if whole else SHOWN)))
        if as_json:
            for line in lines:
                print_json(line)
        elif as_csv:
            print_csv(Line.__struct_fields__, map(_fields, lines))
        else:
            _for_people(list(lines), limited=limit is not None)


def _found(
    app: "App", package: str | None, after: int, types: Sequence[str]
) -> Generator["Recorded", None, None]:
    """Yield them; to close it is to let go of the reading transaction."""
    if package is None:
        yield from app.log.read(after, topics=types)
        return
    from adapters.service import naming  # noqa: PLC0415 - see session
    from domain.package import stream  # noqa: PLC0415

    with app.journal.look() as view:
        name = naming.package(view, package)
    for recorded in app.log.stream(stream(name)):
        if recorded.position > after and (not types or recorded.envelope.event.topic in types):
            yield recorded


def _line(recorded: "Recorded") -> Line:
    envelope = recorded.envelope
    meta = envelope.meta
    return Line(
        position=recorded.position,
        id=envelope.id,
        stream=envelope.originator_id,
        version=envelope.originator_version,
        event=envelope.event.topic,
        recorded_at=recorded.recorded_at,
        occurred_at=meta.occurred_at,
        via=meta.via,
        actor=meta.actor,
        correlation=meta.correlation,
        causation=meta.causation,
        koji_event=meta.koji_event or None,
        data=msgspec.to_builtins(envelope.event),
    )


def _fields(line: Line) -> tuple[object, ...]:
    *rest, data = msgspec.structs.astuple(line)
    return *rest, json.dumps(data)


def _for_people(lines: Sequence[Line], *, limited: bool) -> None:
    print_table(
        (number("POSITION"), moment("AT"), "STREAM", one_line("EVENT"), "BY"),
        [
            (line.position, line.occurred_at, _stream(line), _told(line), line.actor or "-")
            for line in lines
        ],
    )
    if not lines:
        talk("no such event is on record")
    elif not limited and len(lines) == SHOWN:
        talk(f"there may be more: --after {lines[-1].position}, or --limit")


def _stream(line: Line) -> str:
    return line.stream.removeprefix("package:")


def _told(line: Line) -> str:
    """What tells most comes first, for the end may be cut off."""
    known = {name: line.data[name] for name in FIRST if name in line.data} | line.data
    said = (f"{name}={_value(value)}" for name, value in known.items() if name != "basis")
    text = " ".join((line.event, *said))
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}…"


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
