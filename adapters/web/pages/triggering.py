# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds that a person asks for: what would come of each is told before anything is recorded."""

import re
from typing import Annotated, Final

from fastapi import APIRouter, Response
from msgspec import Meta

from adapters.web.api.asking import Asked, ask, foretell
from adapters.web.api.writes import said
from adapters.web.bodies import Asking
from adapters.web.pages import operations
from adapters.web.pages.forms import Sent, Submitted, done
from adapters.web.pages.show import confirm
from adapters.words import counted
from domain.errors import Refused

_BETWEEN: Final = re.compile(r"[\s,]+")

router = APIRouter(include_in_schema=False)


class Triggering(Asking, frozen=True):
    """``packages``: names by blanks or commas; ``sure``: the person was told what comes of them."""

    packages: Annotated[str, Meta(max_length=50_000)] = ""
    reason: Annotated[str, Meta(max_length=1000)] = ""
    force: bool = False
    sure: bool = False


@router.post("/operations/trigger")
def trigger(sent: Submitted) -> Response:
    """Ask for the newest build of each package, once a person was told what comes of that."""

    def act() -> Response:
        asked = sent.form.read(Triggering)
        names = [name for name in _BETWEEN.split(asked.packages) if name]
        reason, app = said(asked.reason), sent.site.app
        if not asked.sure:
            return _tell(sent, asked, foretell(app, names, reason, sent.doing, force=asked.force))
        return _done(sent, ask(app, names, reason, sent.doing, force=asked.force))

    return sent.attempt(
        act, lambda refusal: operations.page(sent.site, sent.request, refusal=refusal)
    )


def _tell(sent: Sent, asked: Triggering, foretold: Asked) -> Response:
    wanted = [each.package for each in foretold.verdicts if each.verdict == "requested"]
    many = counted(len(wanted), "build")
    fields = {"packages": " ".join(wanted), "reason": asked.reason, "sure": "1"}
    return confirm(
        sent.site,
        sent.request,
        f"Ask for {many}?" if wanted else "None of these would be queued",
        template="triggering.html",
        button=f"Ask for {many}" if wanted else "",
        back="/operations",
        fields=fields | ({"force": "1"} if asked.force else {}),
        foretold=foretold,
        reason=asked.reason,
        force=asked.force,
    )


def _done(sent: Sent, asked: Asked) -> Response:
    """Lead to the plan. Raises Refused where nothing came of any."""
    ids = [each.event for each in asked.verdicts if each.event is not None]
    if not ids:
        raise Refused("nothing was requested", why="; ".join(each.why for each in asked.verdicts))
    recorded = sorted(sent.site.app.log.named(ids), key=lambda each: each.position)
    return done("/queue", recorded)
