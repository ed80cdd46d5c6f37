# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service lives through where it is killed: three slices, failures, a lie, a re-tag.

llvm goes first, then bash, whose first attempt fails, then zsh, which fails for good, and tree. The
answer to the first submission is lost; one build is told by nobody, one tagging is a phantom, and
everything is tagged once more meanwhile.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Self

from msgspec.structs import replace

from adapters.koji.client import KojiHub
from adapters.ports.koji import KojiAmbiguous, Submitted
from adapters.sandbox.hub import Ending, messages, tagging
from adapters.sandbox.hub.buildtask import Outcome
from adapters.sandbox.hub.model import Task
from adapters.service.operation import new_id
from adapters.store.log import EventLog
from domain.policy import Policy
from tests.adapters.service.online import TRIGGER, Rawhide
from tests.sim.direct import direct

NAMES: Final = ("bash", "llvm", "tree", "zsh")
POLICY: Final = Policy(TRIGGER, ordering=(("^llvm$", 10), ("^bash$", 20)))
MOST: Final = 60
"""Passes after which it should have come to an end."""


class Endings:
    """bash fails at first, zsh always."""

    def __init__(self) -> None:
        self._first: int | None = None

    def __call__(self, task: Task) -> Outcome:
        """Return what becomes of a task, the same however often it is asked."""
        source = str(task.request[0])
        if "/bash#" in source and self._first in (None, task.id):
            self._first = task.id
            return Outcome(Ending.FAILED)
        return Outcome(Ending.FAILED if "/zsh#" in source else Ending.COMPLETE)


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


class MortalHub:
    """A hub whose caller may die before a call and after it."""

    def __init__(self, koji: KojiHub, points: Points) -> None:
        self._koji = koji
        self._points = points

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._koji, name)
        if not callable(method):
            return method
        return lambda *args, **options: self._points.around(lambda: method(*args, **options))


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


class Life(Rawhide):
    """Rawhide and the service, which dies at one point and is started again."""

    def __init__(self, log: EventLog, points: Points) -> None:
        self.points = points
        self.deaths = 0
        self.forgot = False
        super().__init__(MortalLog(log, self.points), NAMES, outcome=Endings())  # type: ignore[arg-type] # as it is
        self.configured.offer = replace(self.configured.offer, policy=POLICY)

    def __enter__(self) -> Self:
        self._revive()
        return self

    def wrapped(self, koji: KojiHub) -> Any:
        """Return the hub as the service sees it."""
        forgetful = ForgetfulHub(direct(self.server.hub, "ebs"), self)
        return MortalHub(forgetful, self.points)  # type: ignore[arg-type] # as it is

    def live(self) -> "End":
        """Live through it, however often the process dies, and return what came of it."""
        for deed in self._deeds():
            deed()
            self._surely(self._pass)
        for _ in range(MOST):
            if self._surely(self._is_over):
                return End.of(self)
            self._surely(self._pass)
        raise AssertionError("it does not come to an end")

    def _deeds(self) -> Iterator[Callable[[], object]]:
        """What happens in Rawhide, a pass after each."""
        old = [self.build(name) for name in NAMES]
        for build in old[:2]:
            self.rebuilt(build)
        yield lambda: self._surely(self.baseline)
        yield self._told
        yield self._untold
        yield self._lie
        yield self._again

    def _told(self) -> None:
        for name in ("llvm", "bash", "zsh"):
            self.build(name)
        self.listen()

    def _untold(self) -> None:
        self.build("tree")
        self.listen(lost=True)

    def _lie(self) -> None:
        phantom, tag = self.build("tree", None), self.world.tag(TRIGGER)
        said = messages.tagging("tag", phantom, tag, phantom.owner, self.hub_clock())
        self.world.say(lambda: said)
        self.listen()

    def _again(self) -> None:
        held = [row.build for row in tagging.tagged(self.world, self.world.tag(TRIGGER))]
        tagging.mass_tag(self.world, self.world.tag(TRIGGER), held, self.world.user("releng"))
        self.listen()

    def _pass(self) -> None:
        self.later(minutes=6)
        self.server.hub.tick()
        self.app.work.run(new_id())

    def _is_over(self) -> bool:
        with self.app.journal.look() as view:
            waiting = any(p.queued or p.hints for p in view.everything().values())
            return not waiting and view.batch is None

    def _surely(self, act: Callable[[], Any]) -> Any:
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


class End:
    """What came of a life: how each build ended, what was submitted, what is left in Koji."""

    def __init__(self, outcomes: Any, submitted: Any, left: Any) -> None:
        self.outcomes, self.submitted, self.left = outcomes, submitted, left

    @classmethod
    def of(cls, life: Life) -> "End":
        """Look at it."""
        sources = sorted(life.built_sources())
        tags = (tag for tag in life.world.tags.values() if tag.config is not None)
        side_tags = [tag.name for tag in tags if "-side-" in tag.name]
        running = [task.id for task in life.world.tasks.values() if not task.state.over]
        return cls({name: life.outcomes(name) for name in NAMES}, sources, (side_tags, running))

    def differences(self, other: "End") -> list[str]:
        """Return how another life ended otherwise."""
        pairs = {
            "outcomes": (self.outcomes, other.outcomes),
            "submitted": (self.submitted, other.submitted),
            "left in Koji": (self.left, other.left),
        }
        return [f"{what}: {a} is not {b}" for what, (a, b) in pairs.items() if a != b]
