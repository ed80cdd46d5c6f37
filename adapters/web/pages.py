# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages: plain, whole without a script."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec import Struct

from adapters.service.journal import View
from adapters.web import status
from adapters.web.people import Person
from adapters.web.site import Site

ROWS: Final = 200
"""Packages on a page."""

LONGEST: Final = 100
"""Characters of a filter that count."""

UNBUILT: Final = "never built"
"""The status of what Koji never built, on the page."""

# Nothing that came from outside is markup, and a misspelt name is no empty text.
_templates = Environment(
    loader=PackageLoader("adapters.web"), autoescape=True, undefined=StrictUndefined
)


class Page(Struct, frozen=True):
    """What is to be shown: packages whose name holds a text, of one status and view; from where."""

    name: str = ""
    status: str = ""
    view: str = ""
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Page":
        """Read it from an address; what makes no sense filters nothing."""
        told = {key: query.get(key, "")[:LONGEST] for key in ("name", "status", "view")}
        number = query.get("page", "")
        page = int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 1  # noqa: PLR2004
        return cls(**told, page=max(1, page))

    def to(self, page: int) -> str:
        """Return the address of another page of the same."""
        kept = {key: getattr(self, key) for key in ("name", "status", "view")}
        told = {key: value for key, value in kept.items() if value}
        return f"/status.html?{urlencode({**told, 'page': page})}"


class Line(Struct, frozen=True):
    """One row of the table."""

    name: str
    view: str
    status: str
    detail: str
    nvr: str
    tagged: str
    built: str
    task: int | None
    build_url: str


def render(site: Site, view: View, wanted: Page, person: Person | None) -> Response:
    """Return the page; it differs by who looks at it, so it is made for each."""
    lines = [*_lines(view, site.koji_pages)]
    found = [line for line in lines if _fits(line, wanted)]
    pages = max(1, -(-len(found) // ROWS))
    page = min(wanted.page, pages)
    text = _templates.get_template("status.html").render(
        wanted=wanted,
        lines=found[(page - 1) * ROWS : page * ROWS],
        found=len(found),
        total=len(lines),
        page=page,
        pages=pages,
        statuses=(*status.STATUSES, UNBUILT),
        views=sorted({line.view for line in lines if line.view}),
        person=person,
        writable=site.writable,
        now=site.app.clock(),
        **_of_service(view),
    )
    headers = {"Cache-Control": "private, no-cache"}
    return Response(text, headers=headers, media_type="text/html")


def confirm(question: str, address: str, person: Person) -> Response:
    """Return a page that asks a person, and whose button posts to the address."""
    text = _templates.get_template("confirm.html").render(
        question=question, address=address, person=person
    )
    headers = {"Cache-Control": "private, no-store"}
    return Response(text, headers=headers, media_type="text/html")


def _of_service(view: View) -> dict[str, Any]:
    service = view.service
    return {
        "pause": service.pause,
        "held": service.held,
        "trigger": service.configured.trigger_tag,
        "position": view.position,
    }


def _lines(view: View, koji: str) -> Iterator[Line]:
    views = view.service.configured.packages.views
    for name, entry in status.entries(view, koji).items():
        if entry is None:
            listed = views.get(name, status.OVERRIDE)
            yield Line(name, listed, UNBUILT, "Not known to Koji", "", "", "", None, "")
        else:
            yield Line(
                name=name,
                view=entry.view,
                status=entry.status,
                detail=entry.status_detail,
                nvr=entry.nvr,
                tagged=entry.tagged,
                built=(entry.start_time or "")[:16],
                task=entry.task_id,
                build_url=entry.build_url,
            )


def _fits(line: Line, wanted: Page) -> bool:
    tests: tuple[Callable[[], bool], ...] = (
        lambda: wanted.name.lower() in line.name.lower(),
        lambda: wanted.status in ("", line.status),
        lambda: wanted.view in ("", line.view),
    )
    return all(test() for test in tests)
