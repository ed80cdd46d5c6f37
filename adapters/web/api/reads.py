# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be asked by everybody."""

from datetime import datetime
from itertools import islice
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from msgspec import Struct

from adapters.errors import DependencyDown
from adapters.points import read
from adapters.service import reports
from adapters.service.inquiries import Story, Why
from adapters.service.journal import View
from adapters.web.answers import AGE
from adapters.web.api import examples
from adapters.web.api.openapi import reads
from adapters.web.site import Here
from domain.catalogue import EVENTS
from domain.errors import Invalid, NotFound, Refused
from projections.batch_story import BatchStory
from projections.board import Line, State
from projections.failures import Failure
from projections.points import Point

LARGEST: Final = 2**63 - 1
"""Above what PostgreSQL numbers."""

MOST: Final = 1_000
"""Events or batches in one answer."""

router = APIRouter(prefix="/api/v1", default_response_class=Response)

encode = msgspec.json.Encoder().encode

Number = Annotated[int, Path(ge=1, le=LARGEST)]
Name = Annotated[str, Path(max_length=255)]
Limit = Annotated[int, Query(ge=1, le=MOST, description="At most so many.")]
After = Annotated[int, Query(ge=0, le=LARGEST, description="Behind this position.")]


class Events(Struct, frozen=True):
    """Events in the order of the log; ``next``: ask ``after`` this for what follows."""

    events: tuple[reports.Event, ...]
    next: int


class Queue(Struct, frozen=True):
    """What is queued and not ended, as of ``position``."""

    position: int
    queue: tuple[reports.Waiting, ...]


class Failed(Struct, frozen=True):
    """What failed and is not tried again, the latest first, as of ``position``."""

    position: int
    failed: tuple[Failure, ...]


class Batches(Struct, frozen=True):
    """The newest batches, the last one first, as of ``position``."""

    position: int
    batches: tuple[reports.BatchLine, ...]


class Packages(Struct, frozen=True):
    """Every target, as of ``position``; ``at`` is the time that was asked for."""

    position: int
    at: datetime | None
    targets: tuple[Line, ...]


async def _then(
    at: Annotated[
        str | None,
        Query(
            max_length=64,
            description="As of then, by what was on record.",
            openapi_examples=examples.THEN,
        ),
    ] = None,
) -> Point | None:
    return None if at is None else read(at)


Then = Annotated[Point | None, Depends(_then)]
"""As of when."""


@router.get(
    "/packages",
    responses=reads(Packages, examples.PACKAGES, Invalid, NotFound, Refused, DependencyDown),
)
def packages(
    site: Here,
    request: Request,
    at: Then,
    state: Annotated[list[State], Query(description="Of these states.")] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """List every target of ELN, with its newest build in the trigger tag and how that is."""

    def make() -> bytes:
        found = site.app.overviews.board(at)
        lines = (line for line in found.lines if not state or line.state in state)
        return encode(Packages(found.position, found.at, tuple(lines)))

    return site.answers.give(request, make, age=AGE)


@router.get(
    "/packages/{name}/history",
    responses=reads(Story, examples.STORY, Invalid, NotFound, Refused, DependencyDown),
)
def history(site: Here, request: Request, name: Name, at: Then) -> Response:
    """Tell all that is on record of a package by either name, of a build, or of a tag."""

    def make() -> bytes:
        return encode(site.app.inquiries.history(name, at))

    return site.answers.give(request, make, age=AGE)


@router.get(
    "/packages/{name}/why",
    responses=reads(Why, examples.WHY, Invalid, NotFound, Refused, DependencyDown),
)
def why(
    site: Here,
    request: Request,
    name: Name,
    at: Then,
    build: Annotated[
        str | None, Query(max_length=255, description="This build, by number or NVR.")
    ] = None,
) -> Response:
    """Say why a package was, or was not, rebuilt: the answer, and what led to it."""

    def make() -> bytes:
        return encode(site.app.inquiries.why(name, build, at))

    return site.answers.give(request, make, age=AGE)


@router.get(
    "/queue", responses=reads(Queue, examples.QUEUE, Invalid, NotFound, Refused, DependencyDown)
)
def queue(site: Here, request: Request, at: Then) -> Response:
    """List the builds that are queued and not ended, the oldest verdict first."""
    return site.answers.tell(
        request, lambda view: encode(Queue(view.position, tuple(reports.waiting(view)))), at
    )


@router.get(
    "/plan",
    responses=reads(reports.Plan, examples.PLAN, Invalid, NotFound, Refused, DependencyDown),
)
def plan(site: Here, request: Request, at: Then) -> Response:
    """Show every verdict that the gate would record now, by the configuration in force."""

    def told(view: View) -> bytes:
        return encode(reports.plan(site.app.gate.hindsight(view)))

    return site.answers.tell(request, told, at, age=AGE)


@router.get(
    "/failed", responses=reads(Failed, examples.FAILED, Invalid, NotFound, Refused, DependencyDown)
)
def failed(
    site: Here,
    request: Request,
    at: Then,
    package: Annotated[list[str], Query(description="Of these, by either name.")] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """List what failed and is not tried again."""

    def told(view: View) -> bytes:
        now = view.at or site.app.clock()
        return encode(Failed(view.position, tuple(reports.failed(view, now, package))))

    return site.answers.tell(request, told, at, age=AGE)


@router.get(
    "/batches",
    responses=reads(Batches, examples.BATCHES, Invalid, NotFound, Refused, DependencyDown),
)
def batches(site: Here, request: Request, at: Then, limit: Limit = 20) -> Response:
    """List the newest batches."""

    def told(view: View) -> bytes:
        return encode(Batches(view.position, tuple(reports.last_batches(view, limit))))

    return site.answers.tell(request, told, at)


@router.get(
    "/batches/{number}",
    responses=reads(BatchStory, examples.BATCH, Invalid, NotFound, Refused, DependencyDown),
)
def batch(site: Here, request: Request, number: Number, at: Then) -> Response:
    """Tell a batch: its slices, their attempts and tasks, and what came of each."""
    return site.answers.tell(request, lambda view: encode(reports.batch_story(view, number)), at)


@router.get(
    "/events",
    responses=reads(Events, examples.EVENTS, Invalid, NotFound, Refused, DependencyDown),
)
def events(
    site: Here,
    request: Request,
    after: After = 0,
    limit: Limit = 100,
    topic: Annotated[list[str], Query(description="Of these topics.")] = [],  # noqa: B006 - likewise
) -> Response:
    """Read the log itself, from a position on; a position never changes what it holds.

    Only a log that was restored from a backup may end before a position that was seen already.
    """
    unknown = set(topic).difference(EVENTS)
    if unknown:
        raise Invalid(f"no event has the topic {min(unknown)[:60]!r}", do="see 'topic' in events")

    def told(view: View) -> bytes:
        if after > view.position:
            raise NotFound(
                f"there is no position {after}: the log ends at {view.position}",
                why="it was restored from a backup, or this is a copy that lags behind",
                do="ask again; if it stays so, read on from that one",
            )
        found = site.app.log.read(after, upto=view.position, topics=topic, limit=limit)
        told = tuple(map(reports.event, islice(found, limit)))
        whole = len(told) < limit
        return encode(Events(told, view.position if whole else told[-1].position))

    return site.answers.tell(request, told)
