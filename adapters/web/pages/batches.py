# SPDX-License-Identifier: GPL-3.0-or-later
"""The batches, and one of them: what was tried, what came of it, and what it waits for."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, Response
from msgspec import Meta, Struct

from adapters.service import reports
from adapters.service.journal import View
from adapters.service.reports import BatchLine
from adapters.web.api.reads import Number
from adapters.web.api.writes import said
from adapters.web.bodies import Asking
from adapters.web.pages.address import Address, cut, number_of, page_of
from adapters.web.pages.forms import Refusal, Sent, Submitted, done
from adapters.web.pages.show import Then, confirm, show
from adapters.web.site import Here, Site
from adapters.words import counted
from domain.batch import Batch
from projections.batch_story import BatchStory, BatchTask
from projections.durations import HOUR, Durations, Length
from projections.points import Point
from projections.standing import Act, acts

LISTED: Final = 50
"""Batches on a page: one of 2,000 builds is half a megabyte to read."""

ROWS: Final = 200
"""Builds of a batch on a page."""

SLOW: Final = 1.5
"""Times as long as usual is worth a word."""

router = APIRouter(include_in_schema=False)


class Came(Struct, frozen=True):
    """How a batch is, or what came of it: a word, and the tone in which it is said."""

    word: str
    tone: str

    @classmethod
    def of(cls, line: BatchLine) -> "Came":
        """Return what is said of a batch: of one that is finished what came of its builds."""
        if line.state != "finished":
            return cls(line.state, line.state)
        if line.failed == 0:
            return cls("all built", "good")
        return cls("some failed" if line.built else "none built", "bad")


class Listed(Struct, frozen=True):
    """A batch as it is listed, and how many of its builds wait for the stable tag."""

    line: BatchLine
    came: Came
    side_tag: str
    waiting: int
    lasted: timedelta | None


class Row(Struct, frozen=True):
    """A build in an attempt at a slice: how long its task took, or takes, against the usual."""

    order: int
    attempt: int
    task: BatchTask
    took: timedelta | None
    usual: Length | None

    @property
    def slow(self) -> bool:
        """Whether it takes much longer than usual."""
        hours = self.took.total_seconds() / HOUR if self.took else 0
        return self.usual is not None and hours > SLOW * self.usual.hours


class Open(Struct, frozen=True):
    """Acts of a batch that are alike and not over, since the oldest; of what, where known."""

    act: Act
    count: int
    names: Sequence[str]


class Abandoning(Asking, frozen=True):
    """``sure``: the person was asked once more."""

    reason: Annotated[str, Meta(max_length=1000)] = ""
    requeue: bool = False
    sure: bool = False


@router.get("/batches")
def batches(site: Here, request: Request, at: Then) -> Response:
    """List the batches, the newest first."""
    query = request.query_params
    last = number_of(query.get("last", ""))
    here = Address("/batches", {"last": str(last or ""), "at": query.get("at", "")})

    def told(view: View) -> dict[str, Any]:
        found = view.last_batches(LISTED, last)
        now = view.at or site.app.clock()
        return {"batches": [_listed(batch, now) for batch in reversed(found)]}

    return show(site, request, "batches.html", told, here=here, at=at)


@router.get("/batches/{number}")
def batch(site: Here, request: Request, number: Number, at: Then) -> Response:
    """Show a batch."""
    return _page(site, request, number, at=at)


@router.post("/batches/{number}/abandon")
def abandon(sent: Submitted, number: Number) -> Response:
    """Give a batch up, once a person was asked again."""

    def act() -> Response:
        asked = sent.form.read(Abandoning)
        reason = said(asked.reason)
        if not asked.sure:
            return _ask(sent, number, reason, requeue=asked.requeue)
        recorded = sent.site.app.operators.abandon(
            number, reason, sent.doing, requeue=asked.requeue
        )
        return done(f"/batches/{number}", recorded)

    return sent.attempt(
        act, lambda refusal: _page(sent.site, sent.request, number, refusal=refusal)
    )


def _ask(sent: Sent, number: int, reason: str, *, requeue: bool) -> Response:
    with sent.site.app.journal.look() as view:
        [batch] = view.last_batches(1, number) or [Batch(number)]
    left = sum(not (item.succeeded or item.final) for item in batch.items.values())
    again = "is due again" if requeue else "ends as abandoned"
    return confirm(
        sent.site,
        sent.request,
        f"Abandon batch {number}? What is not built, {counted(left, 'build')}, {again}.",
        button=f"Abandon batch {number}",
        back=f"/batches/{number}",
        fields={"reason": reason, "sure": "1", **({"requeue": "1"} if requeue else {})},
    )


def _page(
    site: Site,
    request: Request,
    number: int,
    *,
    at: Point | None = None,
    refusal: Refusal | None = None,
) -> Response:
    query = request.query_params
    asked = {name: query.get(name, "")[:100] for name in ("name", "state", "at")}
    here = Address(f"/batches/{number}", {**asked, "page": str(page_of(query))})

    def told(view: View) -> dict[str, Any]:
        story = reports.batch_story(view, number)
        [batch] = view.last_batches(1, number)
        now, durations = view.at or site.app.clock(), site.app.overviews.durations(view)
        rows = [*_rows(story, durations, now)]
        return {
            "story": story,
            "state": batch,
            "came": Came.of(reports.batch_line(batch)),
            "lasted": (story.ended or now) - story.started if story.started else None,
            "open_acts": [*_open(batch)],
            **_chosen(rows, here.asked),
        }

    return show(site, request, "batch.html", told, here=here, at=at, refusal=refusal)


def _listed(batch: Batch, now: datetime) -> Listed:
    line = reports.batch_line(batch)
    return Listed(
        line,
        Came.of(line),
        side_tag=batch.side.name if batch.side else "",
        waiting=len(batch.unstable),
        lasted=(batch.ended_at or now) - batch.started_at if batch.started_at else None,
    )


def _chosen(rows: Sequence[Row], asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the rows that are asked for, a page of them."""
    name = asked["name"].lower()
    named = [row for row in rows if name in row.task.package.lower()]
    wanted = [row for row in named if asked["state"] in ("", row.task.state)]
    shown, page, pages = cut(wanted, asked, ROWS)
    return {
        "rows": shown,
        "found": len(wanted),
        "total": len(rows),
        "counted": sorted(Counter(row.task.state for row in named).items()),
        "named": len(named),
        "page": page,
        "pages": pages,
    }


def _rows(story: BatchStory, durations: Durations, now: datetime) -> Iterator[Row]:
    for part in story.slices:
        for attempt in part.attempts:
            for task in attempt.tasks:
                took = (task.ended or now) - task.started if task.started else None
                usual = durations.of(task.package) or durations.usual
                yield Row(part.order, attempt.attempt, task, took, usual)


def _open(batch: Batch) -> Iterator[Open]:
    """Yield what of an open batch was asked or is under way, the oldest of what is alike."""
    found: dict[tuple[str, str], list[Act]] = {}
    for act in acts(batch):
        found.setdefault((act.name, act.state), []).append(act)
    unanswered = [item.planned.package for item in batch.unanswered]
    for (name, state), alike in found.items():
        names = unanswered if (name, state) == ("build", "unanswered") else []
        yield Open(min(alike, key=lambda act: act.since), len(alike), sorted(names))
