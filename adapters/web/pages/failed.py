# SPDX-License-Identifier: GPL-3.0-or-later
"""What failed and is not tried again, and how a person lets it be tried again."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, Response
from msgspec import Meta, Struct, field

from adapters.service import naming, reports
from adapters.service.journal import View
from adapters.web.api.writes import said
from adapters.web.bodies import Asking
from adapters.web.pages.address import Address, cut, page_of
from adapters.web.pages.forms import Refusal, Submitted, done
from adapters.web.pages.show import Then, show
from adapters.web.site import Here, Site
from domain.batch import Batch
from domain.errors import Invalid
from domain.package import Package
from domain.package.state import NO_BUILD
from domain.policy import Names
from domain.values import DAWN
from projections import batches
from projections.failures import Failure
from projections.points import Point

ROWS: Final = 200
"""Failures on a page."""

LONGEST: Final = 100
"""Characters of a filter that count."""

router = APIRouter(include_in_schema=False)


class Row(Struct, frozen=True):
    """A failure: its task in Koji, and how often builds of the package ended without success."""

    failure: Failure
    downstream: str
    task: int | None
    times: int


class Clearing(Asking, frozen=True):
    """``package``: each of those that were chosen, by Koji's name."""

    reason: Annotated[str, Meta(max_length=1000)] = ""
    package: list[str] = field(default_factory=list)


SORTS: Final[Mapping[str, Callable[[Failure], Any]]] = {
    "package": lambda failure: failure.package,
    "outcome": lambda failure: failure.outcome,
    "since": lambda failure: failure.at or DAWN,
    "batch": lambda failure: failure.batch or 0,
}


@router.get("/failed")
def failed(site: Here, request: Request, at: Then) -> Response:
    """Show what failed, the latest first, or that of a name and an outcome."""
    return _page(site, request, at=at)


@router.post("/failed/clear")
def clear(sent: Submitted) -> Response:
    """Let what failed of the packages that were chosen be tried again; all of them or none."""

    def act() -> Response:
        asked = sent.form.read(Clearing)
        reason = said(asked.reason)
        if not asked.package:
            raise Invalid("no package is chosen", do="tick those that are to be tried again")
        operators = sent.site.app.operators
        return done("/failed", operators.clear_failures(asked.package, reason, sent.doing))

    return sent.attempt(act, lambda refusal: _page(sent.site, sent.request, refusal=refusal))


def _page(
    site: Site, request: Request, *, at: Point | None = None, refusal: Refusal | None = None
) -> Response:
    here = _here(request)

    def told(view: View) -> dict[str, Any]:
        found = reports.failed(view, view.at or site.app.clock())
        return _told(view, found, here.asked)

    return show(site, request, "failed.html", told, here=here, at=at, refusal=refusal)


def _here(request: Request) -> Address:
    query = request.query_params
    asked = {key: query.get(key, "")[:LONGEST] for key in ("name", "outcome", "sort", "at")}
    if asked["sort"].removeprefix("-") not in SORTS:
        asked["sort"] = ""
    return Address("/failed", {**asked, "page": str(page_of(query))})


def _told(view: View, found: Sequence[Failure], asked: Mapping[str, str]) -> dict[str, Any]:
    names = naming.names(view)
    named = [each for each in found if _named(each, names, asked["name"].lower())]
    wanted = [each for each in named if asked["outcome"] in ("", each.outcome)]
    if asked["sort"]:
        descending = asked["sort"].startswith("-")
        wanted.sort(key=SORTS[asked["sort"].removeprefix("-")], reverse=descending)
    shown, page, pages = cut(wanted, asked, ROWS)
    return {
        "rows": [*_rows(view, shown, names)],
        "found": len(wanted),
        "total": len(found),
        "counted": sorted(Counter(each.outcome for each in named).items()),
        "named": len(named),
        "page": page,
        "pages": pages,
    }


def _named(failure: Failure, names: Names, name: str) -> bool:
    return name in failure.package.lower() or name in names.downstream(failure.package).lower()


def _rows(view: View, failures: Sequence[Failure], names: Names) -> Iterator[Row]:
    known = batches.load(view.cursor, {each.batch for each in failures if each.batch})
    packages = view.packages(each.package for each in failures)
    for each in failures:
        yield Row(
            each,
            names.downstream(each.package),
            task=_task(known, each),
            times=_times(packages[each.package]),
        )


def _task(known: Mapping[int, Batch], failure: Failure) -> int | None:
    """Return the task that failed last; none where the build never got as far."""
    batch = known.get(failure.batch or 0)
    item = batch.items.get(failure.build_id or NO_BUILD) if batch else None
    return item.task_id if item else None


def _times(package: Package) -> int:
    return sum(not attempt.handled for attempt in package.ledger)
