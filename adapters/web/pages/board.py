# SPDX-License-Identifier: GPL-3.0-or-later
"""The board: every target of ELN, how it is, and why."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from msgspec import Struct

from adapters.service.journal import View
from adapters.service.kept import Overview
from adapters.web.pages.address import Address, cut, page_of
from adapters.web.pages.show import Then, show
from adapters.web.site import Here
from adapters.web.status import OVERRIDE, started
from domain.values import DAWN
from projections.board import STATES, Line, State

ROWS: Final = 200
"""Packages on a page."""

LONGEST: Final = 100
"""Characters of a filter that count."""

router = APIRouter(include_in_schema=False)


class Row(Struct, frozen=True, gc=False):
    """A line of the board with the view that lists it, and since when it is so."""

    line: Line
    view: str
    since: datetime | None


URGENT: Final[Sequence[State]] = ("held", "failed", "waiting", "queued", "building", "built")
"""What comes first where nobody says otherwise: what waits for a person, went wrong, or goes on."""

ORDER: Final = (*URGENT, *(state for state in STATES if state not in URGENT))

SORTS: Final[Mapping[str, Callable[[Row], Any]]] = {
    "state": lambda row: ORDER.index(row.line.state),
    "name": lambda row: row.line.downstream,
    "build": lambda row: row.line.nvr or "",
    "since": lambda row: row.since or DAWN,
}


@router.get("/")
def board(site: Here, request: Request, at: Then) -> Response:
    """Show every target, or those of a name, state and view, a page at a time."""
    here = _here(request)

    def told(view: View) -> dict[str, Any]:
        started(view)
        found = site.app.overviews.overview(view)
        return _told(found, here.asked, view.service.configured.trigger_tag)

    return show(site, request, "board.html", told, here=here, at=at)


def _here(request: Request) -> Address:
    """Return what is asked for; what makes no sense asks for nothing."""
    query = request.query_params
    asked = {key: query.get(key, "")[:LONGEST] for key in ("name", "state", "view", "sort", "at")}
    if asked["sort"].removeprefix("-") not in SORTS:
        asked["sort"] = ""
    if asked["state"] not in STATES:
        asked["state"] = ""
    return Address("/", {**asked, "page": str(page_of(query))})


def _told(found: Overview, asked: Mapping[str, str], trigger: str | None) -> dict[str, Any]:
    rows = [_row(line, found.views) for line in found.lines.values()]
    named = [row for row in rows if _named(row, asked)]
    counts = Counter(row.line.state for row in named)
    wanted = [row for row in named if asked["state"] in ("", row.line.state)]
    wanted.sort(key=SORTS["name"])
    down, key = asked["sort"].startswith("-"), asked["sort"].removeprefix("-")
    wanted.sort(key=SORTS[key or "state"], reverse=down)
    shown, page, pages = cut(wanted, asked, ROWS)
    return {
        "rows": shown,
        "found": len(wanted),
        "total": len(rows),
        "counted": [(state, counts[state]) for state in STATES if counts[state]],
        "named": len(named),
        "page": page,
        "pages": pages,
        "states": STATES,
        "views": _views(rows),
        "trigger": trigger,
    }


def _row(line: Line, views: Mapping[str, str]) -> Row:
    return Row(line, views.get(line.downstream, OVERRIDE), line.ended or line.tagged)


def _named(row: Row, asked: Mapping[str, str]) -> bool:
    """Whether a row is of the view and of the name, either one, that are asked for."""
    name = asked["name"].lower()
    known = name in row.line.downstream.lower() or name in row.line.package.lower()
    return known and asked["view"] in ("", row.view)


def _views(rows: Iterable[Row]) -> Sequence[str]:
    return sorted({row.view for row in rows})
