# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that the guard holds: the frozen list, what of it is still due, and what a person says."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, Response
from msgspec import Meta, Struct

from adapters.service.holds import held
from adapters.service.journal import View
from adapters.service.outlook import still_due
from adapters.web.api.writes import PlanName, said
from adapters.web.bodies import Asking
from adapters.web.pages.address import Address, cut, page_of
from adapters.web.pages.forms import Refusal, Sent, Submitted, done
from adapters.web.pages.show import Then, confirm, show
from adapters.web.site import Here, Site
from adapters.words import counted
from domain.admission.plan import Due
from domain.envelope import Recorded
from domain.service.events import HeldBuild
from projections.points import Point

ROWS: Final = 100
"""Builds on a page: each is told from the events that it rests on."""

router = APIRouter(include_in_schema=False)


class Deciding(Asking, frozen=True):
    """``shown``: the list that the person saw, by its name; empty where none was shown yet."""

    reason: Annotated[str, Meta(max_length=1000)] = ""
    shown: Annotated[str, Meta(max_length=64)] = ""


class Row(Struct, frozen=True):
    """A build of the frozen list: whether it is still due, and why it is or is not."""

    build: HeldBuild
    nvr: str
    due: bool
    why: str


Decide = Callable[..., list[Recorded]]
"""Decides on a plan: of its name, an operation, a reason, and the list that was shown."""


@router.get("/plans/{plan}")
def plan(site: Here, request: Request, plan: PlanName, at: Then) -> Response:
    """Show a plan that is, or was, held."""
    return _page(site, request, plan, at=at)


@router.post("/plans/{plan}/approve")
def approve(sent: Submitted, plan: PlanName) -> Response:
    """Queue what of a plan is due, once a person was shown how much that is."""
    return _decide(sent, plan, "Queue", sent.site.app.gate.approve)


@router.post("/plans/{plan}/reject")
def reject(sent: Submitted, plan: PlanName) -> Response:
    """End what of a plan is due as rejected, likewise."""
    return _decide(sent, plan, "Reject", sent.site.app.gate.reject)


def _decide(sent: Sent, plan: str, verb: str, decide: Decide) -> Response:
    def act() -> Response:
        asked = sent.form.read(Deciding)
        reason = said(asked.reason)
        if not asked.shown:
            return _ask(sent, plan, reason, verb)
        recorded = decide(plan, operation=sent.doing, reason=reason, shown=asked.shown)
        return done("/queue", recorded)

    return sent.attempt(act, lambda refusal: _page(sent.site, sent.request, plan, refusal=refusal))


def _ask(sent: Sent, plan: str, reason: str, verb: str) -> Response:
    """Ask once more, with the number of builds, and bind the answer to their list."""
    with sent.site.app.journal.look() as view:
        hold, outlook = held(view, plan), sent.site.app.gate.hindsight(view)
    due = still_due(outlook.plan, hold.builds)
    button = f"{verb} {counted(len(due), 'build')}"
    return confirm(
        sent.site,
        sent.request,
        f"{button} of plan {plan}?",
        template="deciding.html",
        button=button,
        back=f"/plans/{plan}",
        fields={"reason": reason, "shown": outlook.plan.only(due).name},
        names=sorted(each.judgement.package for each in due),
        others=len(hold.builds) - len(due),
        reason=reason,
    )


def _page(
    site: Site,
    request: Request,
    plan: str,
    *,
    at: Point | None = None,
    refusal: Refusal | None = None,
) -> Response:
    query = request.query_params
    asked = {"at": query.get("at", ""), "page": str(page_of(query))}

    def told(view: View) -> dict[str, Any]:
        hold, outlook = held(view, plan), site.app.gate.hindsight(view, resumed=True)
        due = {each.key: each for each in still_due(outlook.plan, hold.builds)}
        shown, page, pages = cut(hold.builds, asked, ROWS)
        return {
            "hold": hold,
            "due": len(due),
            "rows": [*_rows(site, view, shown, due)],
            "page": page,
            "pages": pages,
        }

    here = Address(f"/plans/{plan}", asked)
    return show(site, request, "plan.html", told, here=here, at=at, refusal=refusal)


def _rows(
    site: Site, view: View, builds: Sequence[HeldBuild], due: Mapping[HeldBuild, Due]
) -> Iterator[Row]:
    inquiries = site.app.inquiries
    for build in builds:
        known = view.package(build.package).builds[build.build_id]
        why = (
            inquiries.clause(view, due[build].judgement)
            if build in due
            else inquiries.sentence(view, build.package, build.build_id)
        )
        yield Row(build, known.nvr, build in due, why)
