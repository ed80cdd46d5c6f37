# SPDX-License-Identifier: GPL-3.0-or-later
"""What is queued, and what the gate would decide now, or would were it not paused."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from msgspec import Struct

from adapters.service import naming, reports
from adapters.service.journal import View
from adapters.service.outlook import Outlook
from adapters.service.reports import Verdict, Waiting
from adapters.web.pages.address import PAGES, Address, cut, page_of
from adapters.web.pages.show import Then, show
from adapters.web.site import Here, Site
from domain.admission.judge import Judgement
from domain.admission.rules import Rules
from domain.batch.decide import order_of
from domain.policy import Policy
from projections.durations import Length
from projections.points import occurred

ROWS: Final = 100
"""Verdicts on a page: each is told from the events that it rests on."""

LISTED: Final = 200
"""Builds of the queue on a page."""

LONGEST: Final = 100
"""Characters of a filter that count."""

KINDS: Final = ("queued", "skipped-as-retag", "skipped")

router = APIRouter(include_in_schema=False)


class Queued(Struct, frozen=True):
    """A build of the queue: since when, in which slice it is built, how long that takes."""

    waiting: Waiting
    since: datetime | None
    order: int
    usual: Length | None


class Row(Struct, frozen=True):
    """A verdict of the plan, why it is so, and the plan that the guard holds it in."""

    verdict: Verdict
    why: str
    held: str | None


@router.get("/queue")
def queue(site: Here, request: Request, at: Then) -> Response:
    """Show the queue, and the plan: all of it, or what a name, a kind and a row ask for."""
    here = _here(request)

    def told(view: View) -> dict[str, Any]:
        outlook = site.app.gate.hindsight(view, resumed=True)
        waiting = reports.waiting(view)
        listed, at_page, of_pages = cut(waiting, here.asked, LISTED, "queued")
        return {
            "queued": [*_queued(site, view, listed)],
            "before": (at_page - 1) * LISTED,
            "length": len(waiting),
            "queue_page": at_page,
            "queue_pages": of_pages,
            "outlook": outlook,
            "plan": reports.plan(outlook),
            **_plan(site, view, outlook, here.asked),
        }

    return show(site, request, "queue.html", told, here=here, at=at)


def _here(request: Request) -> Address:
    query = request.query_params
    asked = {name: query.get(name, "")[:LONGEST] for name in ("name", "verdict", "reason", "at")}
    if asked["verdict"] not in KINDS:
        asked["verdict"] = ""
    return Address("/queue", {**asked, **{name: str(page_of(query, name)) for name in PAGES}})


def _queued(site: Site, view: View, queued: Sequence[Waiting]) -> Iterator[Queued]:
    since = occurred(view.cursor, [each.position for each in queued])
    durations, order = site.app.overviews.durations(view), _order(view)
    for each in queued:
        usual = durations.of(each.package) or durations.usual
        yield Queued(each, since.get(each.position), order(each.package), usual)


def _order(view: View) -> Callable[[str], int]:
    """Return who tells in which slice a package is built, by the policy in force."""
    policy, names = view.service.configured.policy or Policy(""), naming.names(view)
    return lambda package: order_of(policy, names.downstream(package))


def _plan(site: Site, view: View, outlook: Outlook, asked: Mapping[str, str]) -> dict[str, Any]:
    judged = [*outlook.plan.judgements]
    wanted = [each for each in judged if _wanted(each, asked, outlook.rules)]
    shown, page, pages = cut(wanted, asked, ROWS)
    return {
        "tallies": reports.tallies(map(reports.verdict, judged)),
        "rows": [*_rows(site, view, outlook, shown)],
        "found": len(wanted),
        "page": page,
        "pages": pages,
        "kinds": KINDS,
    }


def _wanted(judged: Judgement, asked: Mapping[str, str], rules: Rules | None) -> bool:
    name = asked["name"].lower()
    downstream = rules.names.downstream(judged.package) if rules else ""
    return (
        (name in judged.package.lower() or name in downstream.lower())
        and asked["verdict"] in ("", judged.row.kind)
        and asked["reason"] in ("", judged.finding.reason)
    )


def _rows(site: Site, view: View, outlook: Outlook, judged: Sequence[Judgement]) -> Iterator[Row]:
    held = outlook.held_builds
    for each in judged:
        why = site.app.inquiries.clause(view, each)
        yield Row(reports.verdict(each), why, held.get(each.build_id))
