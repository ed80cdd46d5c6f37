# SPDX-License-Identifier: GPL-3.0-or-later
"""One package: how it is and why, its builds, what people noted, all that is on record of it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from msgspec import Struct

from adapters import steps
from adapters.service import naming
from adapters.service.inquiries import Why
from adapters.service.journal import View
from adapters.web.api.reads import Name
from adapters.web.pages.address import Address
from adapters.web.pages.show import Then, show
from adapters.web.site import Here, Site
from domain.envelope import Recorded
from domain.errors import Refused
from domain.package import Package, stream
from domain.package.events import Built
from domain.package.state import Attempt, Build
from domain.service.events import NoteAdded
from domain.values import DAWN
from projections.board import Line
from projections.story import Step

NOTES: Final = 1_000
"""Of the last notes on anything, so many are looked through for those on the package."""

SHOWN: Final = 500
"""Events of a package that a page lists, the newest."""

router = APIRouter(include_in_schema=False)


class Known(Struct, frozen=True):
    """A build of the package: in which tags it is, since when, what was tried, what ELN made."""

    build_id: int
    build: Build
    tags: tuple[str, ...]
    since: datetime | None
    attempts: tuple[Attempt, ...]
    made: Built | None


class Told(Struct, frozen=True):
    """A step as it is told: what happened to which build, and where to look it up."""

    step: Step
    text: str


@router.get("/packages/{name}")
def package(
    site: Here,
    request: Request,
    name: Name,
    at: Then,
    build: Annotated[str, Query(max_length=255)] = "",
) -> Response:
    """Show a package by either name, and why its newest build is so, or another one of it."""
    pinned = {"build": build, "at": request.query_params.get("at", "")}
    here = Address(f"/packages/{quote(name, safe='')}", pinned)
    return show(
        site, request, "package.html", lambda view: _told(site, view, name, build), here=here, at=at
    )


def _told(site: Site, view: View, name: str, build: str) -> dict[str, Any]:
    why = site.app.inquiries.answered(view, name, build or None)
    story = site.app.inquiries.told(view, why.package)
    builds = [*_builds(view, why.package)]
    return {
        "name": why.package,
        "downstream": naming.names(view).downstream(why.package),
        "line": _line(site, view, why.package),
        "why": why,
        "chain": [_of_chain(why, step) for step in why.steps],
        "builds": sorted(builds, key=lambda known: known.since or DAWN, reverse=True),
        "batches": sorted({a.batch for known in builds for a in known.attempts if a.batch}),
        "notes": [*_notes(view, why.package)],
        "history": [_of_story(why, step) for step in reversed(story.steps[-SHOWN:])],
        "events": len(story.steps),
    }


def _line(site: Site, view: View, package: str) -> Line | None:
    try:
        return site.app.overviews.line(view, package)
    except Refused:
        return None


def _of_chain(why: Why, step: Step) -> Told:
    """Tell a step of what led to one build, which is not named again, or of all there is."""
    if why.build_id is None:
        return _of_story(why, step)
    return Told(step, str(steps.chain_row(why.package, why.nvr, step)[3]))


def _of_story(why: Why, step: Step) -> Told:
    return Told(step, str(steps.story_row(why.package, step)[3]))


def _builds(view: View, name: str) -> Iterator[Known]:
    package, made = view.package(name), _made(view, name)
    for build_id, build in package.builds.items():
        yield _known(package, build_id, build, made)


def _known(package: Package, build_id: int, build: Build, made: Mapping[int, Built]) -> Known:
    seen = [presence.latest for presence in build.tags.values() if presence.latest]
    return Known(
        build_id,
        build,
        tags=tuple(sorted(tag for tag, presence in build.tags.items() if presence.present)),
        since=min((sighting.moment.at for sighting in seen), default=None),
        attempts=tuple(each for each in package.ledger if each.build_id == build_id),
        made=made.get(build_id),
    )


def _made(view: View, name: str) -> dict[int, Built]:
    """Return what ELN made of which build, last."""
    told = (each.envelope.event for each in view.log.stream(stream(name), upto=view.position))
    return {event.build_id: event for event in told if isinstance(event, Built)}


def _notes(view: View, name: str) -> Iterator[Recorded]:
    for recorded in view.log.last_of_each([NoteAdded.topic], view.position, NOTES):
        if recorded.envelope.event.package == name:
            yield recorded
