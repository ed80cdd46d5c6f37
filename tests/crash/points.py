# SPDX-License-Identifier: GPL-3.0-or-later
"""The story with a service that dies at one point: before or after an append, a call, a mail.

The answer to the first submission is lost as well.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, NamedTuple, Self, TypeVar

from adapters.bodhi.client import BodhiServer
from adapters.koji.client import KojiHub
from adapters.ports.koji import KojiAmbiguous, Submitted
from adapters.ports.notices import Channel
from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from domain.envelope import Recorded
from projections.notices import Letter
from tests.crash.story import End, Story
from tests.fixtures.fix_store import Cluster
from tests.sim.direct import direct

T = TypeVar("T")


class Killed(BaseException):
    """The end of the process: nothing of ours may catch it."""


class Points:
    """Counts what happens, and kills at one point; a point is before or after something."""

    def __init__(self, last: int = 0) -> None:
        self.seen = 0
        self._last = last

    def passed(self) -> None:
        """Pass a point, or die there, once."""
        self.seen += 1
        if self.seen == self._last:
            raise Killed

    def around(self, act: Callable[[], Any]) -> Any:
        """Do something between two points."""
        self.passed()
        done = act()
        self.passed()
        return done


class MortalLog:
    """A log whose process may die before an append and after it."""

    def __init__(self, log: EventLog, points: Points) -> None:
        self._log = log
        self._points = points

    def append(self, *args: Any, **options: Any) -> Any:
        """Append, if we live."""
        return self._points.around(lambda: self._log.append(*args, **options))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


class Mortal:
    """A hub, or Bodhi, whose caller may die before a call and after it."""

    def __init__(self, asked: object, points: Points) -> None:
        self._asked = asked
        self._points = points

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._asked, name)
        if not callable(method):
            return method
        return lambda *args, **options: self._points.around(lambda: method(*args, **options))


class MortalPost:
    """A mail server whose client may die before a mail is taken over and after it."""

    def __init__(self, post: Channel[Letter], points: Points) -> None:
        self._post = post
        self._points = points

    def deliver(self, letter: Letter, cause: Recorded) -> None:
        """Have a mail taken over, if we live."""
        self._points.around(lambda: self._post.deliver(letter, cause))

    def check(self) -> str:
        """It is always there."""
        return self._post.check()


class ForgetfulHub:
    """A hub that loses its answer to the first submission, which it carried out."""

    def __init__(self, koji: KojiHub, life: "Life") -> None:
        self._koji = koji
        self._life = life

    def submit(self, sources: Sequence[str], *args: Any, **options: Any) -> list[Submitted]:
        """Submit; the first time nobody learns what came of it."""
        answers = self._koji.submit(sources, *args, **options)
        if self._life.forgot:
            return answers
        self._life.forgot = True
        lost = KojiAmbiguous("the answer was lost", why="the scenario wills it")
        return [Submitted(source, error=lost) for source in sources]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._koji, name)


class Life(Story):
    """The service dies at one point and is started again."""

    def __init__(self, log: EventLog, points: Points) -> None:
        self.points = points
        self.deaths = 0
        self.forgot = False
        super().__init__(MortalLog(log, self.points))  # type: ignore[arg-type] # as it is

    def __enter__(self) -> Self:
        self._revive()
        return self

    def wrapped(self, koji: KojiHub) -> Any:
        """Return the hub as the service sees it."""
        forgetful = ForgetfulHub(direct(self.server.hub, "ebs"), self)
        return Mortal(forgetful, self.points)

    def wrapped_bodhi(self, bodhi: BodhiServer) -> Any:
        """Return Bodhi as the service sees it."""
        return Mortal(bodhi, self.points)

    def post(self) -> Channel[Letter]:
        """Return what takes mails over."""
        return MortalPost(super().post(), self.points)

    def _surely(self, act: Callable[[], T]) -> T:
        """Do it; where the process dies, start it again and do it once more."""
        try:
            return act()
        except Killed:
            self.deaths += 1
            self._revive()
            return act()

    def _revive(self) -> None:
        try:
            self.start()
        except Killed:
            self.deaths += 1
            self.start()


class Trial(NamedTuple):
    """What came of a life, how many points it passed, and how often it died."""

    end: End
    points: int
    deaths: int


def live(cluster: Cluster, last: int = 0) -> Trial:
    """Live, killed at one point; at none where that is 0."""
    with (
        closing(cluster.create(template=cluster.migrated)) as database,
        EventLog(database.conninfo, EVENTS) as log,
    ):
        points = Points(last)
        with Life(log, points) as life:
            return Trial(life.live(), points.seen, life.deaths)
