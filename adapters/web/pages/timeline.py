# SPDX-License-Identifier: GPL-3.0-or-later
"""The timeline: what lasted, what was missing and what led to what, as a picture and a table."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from msgspec import Meta
from rich.console import Console

from adapters.points import time
from adapters.service import naming
from adapters.service.journal import View
from adapters.service.timelines import Pinned
from adapters.timeline import Asked, Source, chart, rendered, words
from adapters.web.answers import AGE
from adapters.web.api.reads import LARGEST
from adapters.web.api.timeline import MOST
from adapters.web.api.writes import said
from adapters.web.bodies import Asking
from adapters.web.pages import windows
from adapters.web.pages.forms import Refusal, Submitted, done
from adapters.web.pages.show import show
from adapters.web.pages.windows import Frame
from adapters.web.people import within
from adapters.web.site import Here, Site
from domain.catalogue import EVENTS
from domain.errors import Refused
from projections.points import as_of, span
from projections.timeline import Mark, Timeline

FOLLOWED: Final = 10_000
"""Events of a window that is drawn anew whenever the log has gone on."""

DRAWN: Final = 300
"""Marks of a picture: a page with more would be hard to read, and large."""

LISTED: Final = 300
"""Marks of the table."""

LATELY: Final = 1_000
"""Events, the last ones, which a window in which nothing happened leads to."""

TOPICS: Final = sorted(EVENTS)

TYPES: Final[Mapping[windows.Form, str]] = {
    "svg": "image/svg+xml",
    "md": "text/markdown; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}

router = APIRouter(include_in_schema=False)


class Noting(Asking, frozen=True):
    """``at``: a time, or how long ago; ``back``: which page of the timeline to show again."""

    text: Annotated[str, Meta(min_length=1, max_length=1000)]
    at: Annotated[str, Meta(max_length=64)] = ""
    package: Annotated[str, Meta(max_length=255)] | None = None
    batch: Annotated[int, Meta(ge=1, le=LARGEST)] | None = None
    back: str = "/timeline"


@router.get("/timeline")
def timeline(site: Here, request: Request) -> Response:
    """Show a window of the log; without a beginning it is the last day."""
    return _page(site, request, request.query_params)


@router.get("/timeline.{form}")
def download(site: Here, request: Request, form: windows.Form) -> Response:
    """Hand the same out as a file, whole."""
    frame = Frame.of(request.query_params, site.app.clock())

    def told(view: View) -> bytes:
        asked = frame.asked(view)
        pinned = _drawn(site, view, asked)
        source = Source(asked.command, pinned.head, pinned.digest)
        return "\n".join((*rendered(form, pinned.timeline, source, Console()), "")).encode()

    answer = site.answers.tell(request, told, media_type=TYPES[form], age=AGE)
    answer.headers["Content-Disposition"] = f'attachment; filename="timeline.{form}"'
    return answer


@router.post("/timeline/notes")
def note(sent: Submitted) -> Response:
    """Note something about a time, now or over, and show it on the timeline it was noted on."""
    [back] = sent.form.fields.get("back", ["/timeline"])[-1:]

    def act() -> Response:
        noted, doing = sent.form.read(Noting), sent.doing
        at = time(noted.at, doing.now) if noted.at else None
        recorded = sent.site.app.operators.note(
            said(noted.text), doing, at=at, package=noted.package, batch=noted.batch
        )
        return done(within(noted.back), recorded)

    query = dict(parse_qsl(within(back).partition("?")[2]))
    return sent.attempt(act, lambda refusal: _page(sent.site, sent.request, query, refusal))


def _page(
    site: Site, request: Request, query: Mapping[str, str], refusal: Refusal | None = None
) -> Response:
    frame = Frame.of(query, site.app.clock())

    def told(view: View) -> dict[str, Any]:
        asked = frame.asked(view)
        try:
            timeline = _drawn(site, view, asked).timeline
        except Refused as refused:
            links = frame.links(asked, *_times(view, asked))
            return {"topics": TOPICS, "links": links, "follows": False, "refused": refused}
        links = frame.links(asked, timeline.window.since, timeline.window.until)
        follows = frame.open and timeline.counts.total <= FOLLOWED
        return {"topics": TOPICS, "links": links, "follows": follows, **_told(timeline)}

    return show(site, request, "timeline.html", told, here=frame.here, refusal=refusal)


def _drawn(site: Site, view: View, asked: Asked) -> Pinned:
    """Read it. Raises NotFound, Invalid, Refused."""
    window = span(view.cursor, asked.start, asked.end)
    return site.app.timelines.draw(
        window,
        naming.known(view, asked.wanted),
        since=asked.since,
        until=asked.until,
        unfold=asked.unfold,
        most=MOST,
    )


def _times(view: View, asked: Asked) -> tuple[datetime, datetime]:
    """Return from when until when it is asked for, also where positions are named."""
    since, until = (as_of(view.cursor, point).at for point in (asked.start, asked.end))
    return since, until


def _told(timeline: Timeline) -> dict[str, Any]:
    placed = timeline.placed()
    return {
        "refused": None,
        "heading": words.heading(timeline),
        "coverage": words.coverage(timeline),
        "hidden": words.hidden(timeline),
        "figures": [(each.name, words.figure(each)) for each in timeline.figures],
        "picture": chart.within(timeline) if len(placed) <= DRAWN else None,
        "marks": placed[:LISTED],
        "found": len(placed),
        "lately": LATELY,
        "tones": words.TONES,
        "said": words.alone,
        "by": words.by,
        "clock": words.clock,
        "day": words.day,
        "package_of": package_of,
    }


def package_of(mark: Mark, subject: str) -> str:
    """Return the package of a thing that a mark is about: a build by its NVR, or a package."""
    name = subject.partition(" ")[0]
    return name if mark.thing == "package" or name != subject else name.rsplit("-", 2)[0]
