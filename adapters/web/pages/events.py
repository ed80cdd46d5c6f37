# SPDX-License-Identifier: GPL-3.0-or-later
"""The log itself, from its newest event back."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from adapters.points import read
from adapters.service import naming, reports
from adapters.service.journal import View
from adapters.web.pages.address import Address
from adapters.web.pages.show import show
from adapters.web.pages.windows import LONGEST, number_of_batch, several, topics_of
from adapters.web.site import Here
from domain.batch import stream as batch_stream
from domain.catalogue import EVENTS
from domain.package import stream as package_stream
from projections.points import span
from projections.timeline import Names, sentence

SHOWN: Final = 100
"""Events on a page."""

WHOLE: Final = 1_500
"""Characters of an event's data that are shown; the API has all of it."""

NAMES: Final = ("from", "package", "batch", "actor", "topic", "before")

router = APIRouter(include_in_schema=False)


@router.get("/events")
def events(site: Here, request: Request) -> Response:
    """Show the last events of some packages, batches, types and of an actor, since a point."""
    query = request.query_params
    here = Address("/events", {name: query.get(name, "").strip()[:LONGEST] for name in NAMES})
    since = read(here.asked["from"], site.app.clock()) if here.asked["from"] else None

    def told(view: View) -> dict[str, Any]:
        after = span(view.cursor, since, None).after if since is not None else 0
        found = view.log.read_last(after, **_wanted(view, here.asked), limit=SHOWN + 1)
        shown = found[:SHOWN]
        names = Names()
        for each in shown:
            names.learn(each)
        older = here.to(before=shown[-1].position) if len(found) > SHOWN else None
        return {
            "lines": [(reports.event(each), sentence(each, names)) for each in shown],
            "older": older,
            "topics": sorted(EVENTS),
            "follows": not here.asked["before"],
            "data": data,
        }

    return show(site, request, "events.html", told, here=here)


def _wanted(view: View, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return what is asked of the log. Raises Invalid, NotFound."""
    before = asked["before"]
    upto = int(before) - 1 if before.isascii() and before.isdecimal() else view.position
    return {
        "upto": min(upto, view.position),
        "topics": topics_of(asked["topic"]),
        "streams": [*_streams(view, asked)],
        "actor": asked["actor"] or None,
    }


def _streams(view: View, asked: Mapping[str, str]) -> Iterator[str]:
    for name in several(asked["package"]):
        yield package_stream(naming.package(view, name))
    for text in several(asked["batch"]):
        yield batch_stream(naming.batch(view, number_of_batch(text)))


def data(line: reports.Event) -> str:
    """Return the data of an event as JSON, as much as a page should hold."""
    text = json.dumps(line.data, indent=1, ensure_ascii=False)
    return text if len(text) <= WHOLE else f"{text[:WHOLE]}…"
