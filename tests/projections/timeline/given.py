# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs to draw: by hand, and of any events in any order."""

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from hypothesis import strategies as st

import tests.domain
from domain.batch import BatchEvent
from domain.batch import stream as batch_stream
from domain.batch.events import BuildSubmitted, Planned, PlannedBuild
from domain.catalogue import EVENTS
from domain.envelope import Envelope, Event, Meta, Recorded
from domain.package import PackageEvent
from domain.package import stream as package_stream
from domain.package.events import Built, Tagged
from domain.service import STREAM
from domain.service.events import NoteAdded, Paused, Resumed
from domain.values import Via
from projections.timeline import Mark, Timeline, Wanted, Window, draw
from tests.domain.given import MIDNIGHT

GOLDEN: Final = json.loads(
    Path(next(iter(tests.domain.__path__)), "golden", "events.json").read_text()
)
CASES: Final[dict[str, Event]] = {
    f"{topic}-{number}": msgspec.convert(case["stored"], kind)
    for topic, kind in EVENTS.items()
    for number, case in enumerate(GOLDEN[topic])
}
"""Every event there is, in every form that was ever stored, by a name."""

EXAMPLES: Final = tuple(CASES.values())


def at(minutes: float) -> Any:
    """Return so many minutes after midnight."""
    return MIDNIGHT + timedelta(minutes=minutes)


def recorded(
    position: int,
    event: Event,
    minutes: float,
    *,
    stream: str | None = None,
    actor: str = "",
    causation: str = "",
    via: Via = "service",
) -> Recorded:
    """Return an event at a position, which happened so many minutes after midnight."""
    meta = Meta(at(minutes), via, "operation", causation, actor)
    return Recorded(position, Envelope(stream or stream_of(event), position, meta, event))


def stream_of(event: Event) -> str:
    """Return a stream that an event may be in."""
    if isinstance(event, PackageEvent):
        return package_stream("bash")
    return batch_stream(7) if isinstance(event, BatchEvent) else STREAM


def drawn(
    *log: Recorded,
    before: Iterable[Recorded] = (),
    wanted: Wanted | None = None,
    minutes: int = 60,
    unfold: bool = False,
) -> Timeline:
    """Return the timeline of the first hour, or of so many minutes."""
    window = Window(0, len(log), at(0), at(minutes))
    return draw(window, log, before, wanted or Wanted(), unfold=unfold)


def marks(timeline: Timeline) -> list[Mark]:
    """Return the marks in the order of time."""
    return [mark for _, _, mark in timeline.placed()]


def only(timeline: Timeline) -> Mark:
    """Return the one mark there is."""
    [mark] = marks(timeline)
    return mark


STREAMS: Final = {
    "package:bash": ("package:bash", "package:zsh"),
    "batch:7": ("batch:7", "batch:8"),
}
"""Of what may be in one, it may be in the others."""


@st.composite
def logs(draw: st.DrawFn) -> list[Recorded]:
    """Return any events, in any order, of a few streams, around the first hour."""
    events = draw(st.lists(st.sampled_from(EXAMPLES), max_size=40))
    log = []
    for position, event in enumerate(events, 1):
        log.append(
            recorded(
                position,
                event,
                draw(st.integers(-30, 90)),
                stream=draw(st.sampled_from(STREAMS.get(stream_of(event), (STREAM,)))),
                actor=draw(st.sampled_from(("", "ada", "ebs"))),
                causation=draw(st.sampled_from(("", "message-1", "service@1", "package:bash@2"))),
            )
        )
    return log


wanteds = st.builds(
    Wanted,
    packages=st.sets(st.sampled_from(("bash", "zsh")), max_size=1).map(frozenset),
    batches=st.sets(st.sampled_from((7, 8)), max_size=1).map(frozenset),
    actors=st.sets(st.sampled_from(("ada", "ebs")), max_size=1).map(frozenset),
    topics=st.sets(st.sampled_from(sorted(EVENTS)), max_size=3).map(frozenset),
)

BUILDS = (
    PlannedBuild("bash", 1, "bash-1-1.fc41", "git+https://src.example/bash#1"),
    PlannedBuild("zsh", 2, "zsh-2-1.fc41", "git+https://src.example/zsh#2"),
)


def numbered(*events: tuple[Event, float]) -> list[Recorded]:
    """Return events as the log has them, each so many minutes after midnight."""
    return [recorded(n, event, minutes) for n, (event, minutes) in enumerate(events, 1)]


def tagged(count: int, *, start: int = 1, minutes: float = 10) -> list[Recorded]:
    """Return so many builds of as many packages that are tagged in one minute."""
    return [
        recorded(
            start + n,
            Tagged(n, f"package-{n}-1-1", "f42"),
            minutes + n / count,
            stream=f"package:package-{n}",
        )
        for n in range(count)
    ]


LIFE = [
    recorded(1, Paused("x"), 1, actor="ada"),
    recorded(2, Tagged(1, "bash-1-1", "f41"), 2, actor="bodhi"),
    recorded(3, Tagged(2, "zsh-2-1", "f41"), 3, stream="package:zsh", actor="bodhi"),
    recorded(4, Planned(BUILDS[:1], "eln", "live"), 4, actor="ebs"),
    recorded(5, Built(1, "live", 0, batch=7), 5, actor="ebs"),
    recorded(6, BuildSubmitted(1, 11), 6, actor="ebs"),
    recorded(7, NoteAdded("slow", batch=7), 7, actor="ada"),
    recorded(8, Resumed(), 8, actor="bob"),
]
