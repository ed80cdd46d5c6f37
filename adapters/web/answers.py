# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that depend on the log alone: made once for each state of it, however many ask.

Their ETag names the release that made them and the log up to there, by its position and digest, so
that who has asked before is told that nothing changed.
"""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import version
from threading import Lock
from typing import Final

from fastapi import Request, Response

from adapters.app import App
from adapters.service.journal import View
from adapters.web.problems import TooMany
from domain.errors import Refused
from projections import runner
from projections.points import Point

KEPT: Final = 64 * 2**20
"""Bytes of answers that are kept; the largest is a few megabytes."""

BESIDE: Final = 400
"""Bytes that it takes to keep an answer, however short it is."""

AGE: Final = 10.0
"""Seconds for which an answer that depends on the time, too, is the same."""

AT_ONCE: Final = 20
"""Answers of one address that are made or waited for: each takes one of the forty threads that all
requests share."""

RELEASE: Final = version("elnsync")

JSON: Final = "application/json"

Make = Callable[[], bytes]
"""Makes an answer."""

Tell = Callable[[View], bytes]
"""Makes an answer of a view of the log."""


class Making:
    """What is being made of one address: one answer at a time, the others wait for their turn."""

    def __init__(self) -> None:
        self.turn = Lock()
        self._asked: Counter[bytes] = Counter()
        self._counting = Lock()

    @contextmanager
    def asking(self, key: bytes, most: int) -> Iterator[None]:
        """Ask for an answer. Raises TooMany where so many others are asked for already.

        Whoever asks for one of these waits with the others: it is made but once.
        """
        with self._counting:
            if key not in self._asked and len(self._asked) >= most:
                raise TooMany(
                    "too much is asked of this address at once",
                    why=f"{most} other answers are made first",
                    do="ask again in a while, and for one after the other",
                )
            self._asked[key] += 1
        try:
            yield
        finally:
            with self._counting:
                self._asked -= Counter((key,))  # which forgets what nobody asks for any longer


class Answers:
    """The answers of one service; of each address ``at_once`` are made or waited for."""

    def __init__(self, app: App, *, at_once: int = AT_ONCE) -> None:
        self._app = app
        self._at_once = at_once
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._size = 0
        self._keeping = Lock()
        self._making: defaultdict[str, Making] = defaultdict(Making)

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
        not the same for all. Raises TooMany where too much is asked for at once.
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
        """Return what names release and log: a restored log has other events at a position."""
        with self._app.log.reading() as cursor:
            position = runner.position(cursor)
            if position is None:
                raise Refused(
                    "the projections are of another release", do="run 'ebs projections rebuild'"
                )
            digest = self._app.log.within(cursor).digest(position)
        return f"{RELEASE}.{position}-{digest[:8].hex()}"

    def _made(self, address: str, key: bytes, make: Make) -> bytes:
        """Make an answer, one of an address at a time, or take what was made while we waited."""
        making = self._making[address]
        with making.asking(key, self._at_once), making.turn:
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
