# SPDX-License-Identifier: GPL-3.0-or-later
"""Events to write, as small as they may be."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.store.archive.read import Archive
from adapters.store.codec import Codec
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from domain.envelope import Envelope, Event, Meta
from domain.package.events import Basis, Queued, Tagged
from domain.values import Mode, Moment, Place

INCIDENT = Path(__file__).parents[2] / "replay/golden/0.1.0-incident.zip"
AUGUST = datetime(2024, 8, 13, 12, tzinfo=UTC)
META = Meta(AUGUST, "message", "c-1")
SOURCE = "git+https://src.fedoraproject.org/rpms/bash#0123abc"


def tagged(build_id: int = 1, **fields: Any) -> Tagged:
    """A tagging of bash."""
    given: dict[str, Any] = {"nvr": f"bash-{build_id}-1", "tag": "f41"} | fields
    return Tagged(build_id=build_id, **given)


def queued(
    build_id: int = 1,
    source: str | None = SOURCE,
    *,
    mode: Mode = "live",
    generation: int = 1,
    round: int = 0,  # noqa: A002 - the field's name
) -> Queued:
    """A decision to rebuild bash."""
    moment = Moment(AUGUST)
    place = Place(True, AUGUST, 0, build_id)
    basis = Basis(1, 9, 0, moment, place, generation, mode, "p", "l", "s", round=round)
    return Queued(build_id, f"bash-{build_id}-1", "f41", source, "due", basis)


def envelopes(*events: Event, stream: str = "package:bash", version: int = 1) -> Sequence[Envelope]:
    """These events as the next of a stream, from ``version`` on."""
    return [Envelope(stream, number, META, event) for number, event in enumerate(events, version)]


def record_incident(database: Database) -> None:
    """Fill a log with that of the incident, as a release recorded it."""
    with (
        EventLog(database.conninfo, EVENTS) as log,
        INCIDENT.open("rb") as file,
        Archive(file, "incident") as archive,
    ):
        log.append([recorded.envelope for recorded in archive.events(Codec(EVENTS))])
