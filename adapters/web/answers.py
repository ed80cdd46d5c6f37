# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that depend on the log alone: made once for each position, however many ask.

Their ETag names the position, so that who has asked before is told that nothing changed.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Final

from fastapi import Request, Response

from adapters.app import App
from adapters.service.journal import View
from domain.errors import Refused
from projections import runner
from projections.points import Point

KEPT: Final = 16
"""Answers that are kept; the largest is a few megabytes."""

AGE: Final = 10.0
"""Seconds for which an answer that depends on the time, too, is the same."""

JSON: Final = "application/json"

Make = Callable[[], bytes]
"""Makes an answer."""

Tell = Callable[[View], bytes]
"""Makes an answer of a view of the log."""


class Answers:
    """The answers of one service."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._making: defaultdict[str, Lock] = defaultdict(Lock)

    def give(
        self, request: Request, make: Make, *, media_type: str = JSON, age: float = 0
    ) -> Response:
        """Answer a request by its whole address; ``age``: seconds after which it is made anew.

        Where the answer depends on the time too, that is its bound.
        """
        epoch = int(self._app.clock().timestamp() // age) if age else 0
        asked = f"{request.url.path}?{request.url.query}"
        position = self._position()
        tag = f'W/"{position}.{epoch}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        key = (asked, media_type, position, epoch)
        body = self._kept.get(key) or self._made(request.scope["route"].path, key, make)
        return Response(body, headers=headers, media_type=media_type)

    def tell(
        self,
        request: Request,
        told: Tell,
        at: Point | None = None,
        *,
        media_type: str = JSON,
        age: float = 0,
    ) -> Response:
        """Answer likewise, from a view of the log, or of what it was at a point.

        A point may be so long ago, so that its answer depends on the time.
        """

        def make() -> bytes:
            with self._app.journal.look(at) as view:
                return told(view)

        bound = age if at is None else AGE
        return self.give(request, make, media_type=media_type, age=bound)

    def _position(self) -> int:
        with self._app.log.reading() as cursor:
            position = runner.position(cursor)
        if position is None:
            raise Refused(
                "the projections are of another release", do="run 'ebs projections rebuild'"
            )
        return position

    def _made(self, address: str, key: Hashable, make: Make) -> bytes:
        """Make an answer, one of an address at a time, or take what was made while we waited."""
        with self._making[address]:
            made = self._kept.get(key) or make()
            self._kept[key] = made
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return made
