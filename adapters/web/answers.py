# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that depend on the log alone: made once for each state of it, however many ask.

Their ETag names the log up to there, by its position and digest, so that who has asked before is
told that nothing changed.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable
from hashlib import sha256
from threading import Lock
from typing import Final

from fastapi import Request, Response

from adapters.app import App
from adapters.service.journal import View
from domain.errors import Refused
from projections import runner
from projections.points import Point

KEPT: Final = 64 * 2**20
"""Bytes of answers that are kept; the largest is a few megabytes."""

BESIDE: Final = 400
"""Bytes that it takes to keep an answer, however short it is."""

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
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._size = 0
        self._keeping = Lock()
        self._making: defaultdict[str, Lock] = defaultdict(Lock)

    def give(
        self,
        request: Request,
        make: Make,
        *,
        media_type: str = JSON,
        age: float = 0,
        who: str | None = None,
    ) -> Response:
        """Answer a request by its whole address; ``age``: seconds after which it is made anew.

        Where the answer depends on the time too, that is its bound. ``who``: to whom, where it is
        not the same for all.
        """
        epoch = int(self._app.clock().timestamp() // age) if age else 0
        asked = f"{request.url.path}?{request.url.query}"
        head = self._head()
        headers = _headers(f"{head}.{epoch}", who)
        tag = headers["ETag"]
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        key = _key(asked, media_type, head, epoch, who)
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
        who: str | None = None,
    ) -> Response:
        """Answer likewise, from a view of the log, or of what it was at a point.

        A point may be so long ago, so that its answer depends on the time.
        """

        def make() -> bytes:
            with self._app.journal.look(at) as view:
                return told(view)

        bound = age if at is None else AGE
        return self.give(request, make, media_type=media_type, age=bound, who=who)

    def _head(self) -> str:
        """Return what names the log up to here: a restored one has other events at a position."""
        with self._app.log.reading() as cursor:
            position = runner.position(cursor)
            if position is None:
                raise Refused(
                    "the projections are of another release", do="run 'ebs projections rebuild'"
                )
            digest = self._app.log.within(cursor).digest(position)
        return f"{position}-{digest[:8].hex()}"

    def _made(self, address: str, key: bytes, make: Make) -> bytes:
        """Make an answer, one of an address at a time, or take what was made while we waited."""
        with self._making[address]:
            made = self._kept.get(key) or make()
            self._keep(key, made)
        return made

    def _keep(self, key: bytes, made: bytes) -> None:
        with self._keeping:
            self._size += 0 if key in self._kept else BESIDE + len(made)
            self._kept[key] = made
            while self._size > KEPT:
                _, gone = self._kept.popitem(last=False)
                self._size -= BESIDE + len(gone)


def _key(*asked: Hashable) -> bytes:
    """Return what an answer is kept by: whoever asks makes the address as long as they like."""
    return sha256(repr(asked).encode()).digest()


def _headers(version: str, who: str | None) -> dict[str, str]:
    """Return what names a version of an answer, and who may keep it."""
    if who is None:
        return {"ETag": f'W/"{version}"', "Cache-Control": "no-cache"}
    whose = sha256(who.encode()).hexdigest()[:12]
    tag = f'W/"{version}.{whose}"'
    return {"ETag": tag, "Cache-Control": "private, no-cache"}
