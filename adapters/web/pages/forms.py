# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes of a form: an act on record, shown where its effect shows, or the form once more."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, Request, Response
from msgspec import Struct
from starlette.responses import RedirectResponse

from adapters.errors import meaning_of
from adapters.service.journal import View
from adapters.service.operation import Operation
from adapters.web.bodies import Form, FormBody
from adapters.web.pages.address import number_of
from adapters.web.people import Admin, operation
from adapters.web.site import Here, Site
from domain.envelope import Recorded
from domain.errors import Conflict, EbsError, Invalid, NotFound, Refused

RECORDED: Final = "recorded"
"""The parameter that names the first and the last position of what was recorded."""

MOST: Final = 10_000
"""Events that are counted of what was recorded."""


class Refusal(Struct, frozen=True):
    """A form that was refused: where it was sent to, why, and what was typed."""

    address: str
    error: EbsError
    typed: Mapping[str, Sequence[str]]

    @property
    def status(self) -> int:
        """The status of the answer."""
        return meaning_of(self.error).status


class Done(Struct, frozen=True):
    """What somebody recorded, by topic; ``reason`` is the first event's."""

    by: str
    at: datetime
    first: int
    last: int
    counts: Mapping[str, int]
    reason: str


@dataclass(frozen=True)
class Sent:
    """A form that an administrator sent, and the operation that it asks for."""

    site: Site
    request: Request
    doing: Operation
    form: FormBody

    def attempt(
        self, act: Callable[[], Response], again: Callable[[Refusal], Response]
    ) -> Response:
        """Return what comes of an act, or show its form ``again`` where that is refused."""
        try:
            return act()
        except (Invalid, NotFound, Refused, Conflict) as error:
            return again(Refusal(self.request.url.path, error, self.form.fields))


def _sent(site: Here, person: Admin, request: Request, form: Form) -> Sent:
    return Sent(site, request, operation(request, person, site), form)


Submitted = Annotated[Sent, Depends(_sent)]
"""Who may send it is known before it is read. Raises as ``Admin`` and ``Form`` do."""


def done(path: str, events: Sequence[Recorded]) -> Response:
    """Lead to the page where the effect shows, which says what was recorded."""
    if events:
        span = f"{events[0].position}-{events[-1].position}"
        path += f"{'&' if '?' in path else '?'}{urlencode({RECORDED: span})}"
    return RedirectResponse(path, status_code=303)


def recorded(view: View, span: str) -> Done | None:
    """Return what an address says was recorded; None where it names nothing."""
    first, last = (number_of(part) for part in span.partition("-")[::2])
    if first is None or last is None:
        return None
    upto = min(last, first + MOST, view.position)
    found = [*view.log.read(first - 1, upto=upto)] if first <= upto else []
    return _done(found) if found else None


def _done(events: Sequence[Recorded]) -> Done:
    """Return what was done by the first of these, and by those that belong to it."""
    envelope = events[0].envelope
    same = [r for r in events if r.envelope.meta.correlation == envelope.meta.correlation]
    return Done(
        by=envelope.meta.actor,
        at=envelope.meta.occurred_at,
        first=events[0].position,
        last=same[-1].position,
        counts=Counter(each.envelope.event.topic for each in same),
        reason=getattr(envelope.event, "reason", ""),
    )
