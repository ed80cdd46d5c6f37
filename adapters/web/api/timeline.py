# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened when, and what people noted about it."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from msgspec import Meta

from adapters.errors import DependencyDown
from adapters.points import read
from adapters.service import naming
from adapters.service.journal import View
from adapters.service.timelines import Pinned
from adapters.web.api import examples
from adapters.web.api.openapi import reads, takes
from adapters.web.api.reads import LARGEST, encode
from adapters.web.api.writes import DONE, Until, done, said
from adapters.web.bodies import Asking, Body
from adapters.web.people import Admin, operation
from adapters.web.site import Here
from domain.errors import Invalid, NotFound, Refused
from projections.points import Point, span
from projections.timeline import Wanted

MOST: Final = 250_000
"""Events of a window that is drawn for whoever asks on the web; `ebs timeline` takes more."""

LATELY: Final = timedelta(days=1)
"""What is shown where no beginning is given."""

Number = Annotated[int, Query(ge=1, le=LARGEST)]
Point_ = Annotated[
    str | None, Query(max_length=64, description="2024-08-20T12:00Z, a position, or -6h.")
]

router = APIRouter(prefix="/api/v1", default_response_class=Response)


class Noting(Asking, frozen=True):
    """``at``: what it is about, if not now; a note is on the service, a package or a batch."""

    text: Annotated[str, Meta(min_length=1, max_length=1000)]
    at: Until | None = None
    package: Annotated[str, Meta(max_length=255)] | None = None
    batch: Annotated[int, Meta(ge=1, le=LARGEST)] | None = None


async def _wanted(
    package: Annotated[list[str], Query(description="Of these packages.")] = [],  # noqa: B006 - FastAPI copies it
    batch: Annotated[list[Number], Query(description="Of these batches.")] = [],  # noqa: B006 - likewise
    actor: Annotated[list[str], Query(description="What these did.")] = [],  # noqa: B006 - likewise
    topic: Annotated[list[str], Query(description="Of these topics.")] = [],  # noqa: B006 - likewise
) -> Wanted:
    return Wanted(
        packages=frozenset(package),
        batches=frozenset(batch),
        actors=frozenset(actor),
        topics=frozenset(topic),
    )


@router.get(
    "/timeline",
    responses=reads(Pinned, examples.TIMELINE, Invalid, NotFound, Refused, DependencyDown),
)
def timeline(
    site: Here,
    request: Request,
    *,
    wanted: Annotated[Wanted, Depends(_wanted)],
    start: Annotated[Point_, Query(alias="from")] = None,
    end: Annotated[Point_, Query(alias="to")] = None,
    unfold: bool = False,
) -> Response:
    """Show what happened when: what lasted, what was missing, how it came out, what led to what."""
    begin = site.app.clock() - LATELY if start is None else read(start)
    until = None if end is None else read(end)

    def told(view: View) -> bytes:
        window = span(view.cursor, begin, until)
        drawn = site.app.timelines.draw(
            window,
            naming.known(view, wanted),
            since=_time(begin),
            until=_time(until),
            unfold=unfold,
            most=MOST,
        )
        return encode(drawn)

    return site.answers.tell(request, told, age=10.0)


@router.post("/notes", responses=DONE, openapi_extra=takes(Noting, examples.NOTING))
def note(site: Here, person: Admin, request: Request, body: Body) -> Response:
    """Note something about now or a time that is over: it stands on the timeline."""
    asked, doing = body.read(Noting), operation(request, person, site)
    recorded = site.app.operators.note(
        said(asked.text), doing, at=asked.at, package=asked.package, batch=asked.batch
    )
    return done(request, recorded)


def _time(point: Point | None) -> datetime | None:
    return point if isinstance(point, datetime) else None
