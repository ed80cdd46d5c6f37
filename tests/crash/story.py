# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service lives through, whatever befalls it: three slices, failures, a lie, a re-tag.

What is built goes through Bodhi into the stable tag.

llvm goes first, then bash, whose first attempt fails, then zsh, which fails for good, and tree. One
build is told by nobody, one tagging is a phantom, and everything is tagged once more meanwhile.
"""

from collections.abc import Callable, Iterator, Sequence
from email.message import EmailMessage
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

from msgspec.structs import replace

from adapters.config.sections import Bodhi
from adapters.mail.message import written
from adapters.ports.notices import Channel, Outlet
from adapters.sandbox.hub import Ending, messages, tagging
from adapters.sandbox.hub.choices import Outcome
from adapters.sandbox.hub.model import Task
from adapters.service.operation import new_id
from adapters.service.work import Pass
from adapters.store.log import EventLog
from domain.envelope import Recorded
from domain.package.events import Published
from domain.policy import Policy
from domain.service.events import Notified
from projections.notices import Letter, letters
from tests.adapters.service.online import STABLE, TRIGGER, Rawhide

T = TypeVar("T")

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


class Post:
    """A mail server that keeps what it takes over."""

    def __init__(self, mails: list[EmailMessage]) -> None:
        self._mails = mails

    def deliver(self, letter: Letter, cause: Recorded) -> None:
        """Take a mail over."""
        mail = written(letter, cause, "ebs@fedora.example", ["eln@lists.example"])
        self._mails.append(mail)

    def check(self) -> str:
        """It is always there."""
        return "a mail server"


class Story(Rawhide):
    """Rawhide and the service, which something befalls; the same end is expected whatever it is."""

    def __init__(self, log: EventLog, **options: Any) -> None:
        self.mails: list[EmailMessage] = []
        bodhi = Bodhi(url="https://bodhi.example/")
        super().__init__(log, NAMES, outcome=Endings(), publishing=bodhi, **options)
        self.bodhi.tickets = True
        self.configured.offer = replace(self.configured.offer, policy=POLICY)

    def outlets(self) -> Sequence[Outlet[Any]]:
        """People are told by mail."""
        write = partial(letters.letters, web="https://koji.example/koji")
        return [Outlet("mail", letters.TOPICS, write, self.post(), Notified)]

    def post(self) -> Channel[Letter]:
        """Return what takes mails over."""
        return Post(self.mails)

    def live(self) -> "End":
        """Live through it, whatever befalls the service, and return what came of it."""
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
        self.work()

    def work(self) -> Pass:
        """Make a pass, and tell what came of it."""
        done = self.app.work.run(new_id())
        self.app.notifications.run(new_id())
        return done

    def _is_over(self) -> bool:
        with self.app.journal.look() as view:
            waiting = any(p.queued or p.hints for p in view.everything().values())
            return not waiting and view.batch is None

    def _surely(self, act: Callable[[], T]) -> T:
        """Do what the service does, and make sure that it is done."""
        return act()


class End(NamedTuple):
    """What came of a life: how each build ended, what was submitted, told, and is left in Koji.

    ``updates``: what each build in Bodhi is called, as often as it is there; ``published``: what is
    on record as stable; ``stable``: what is.
    """

    outcomes: Any
    submitted: Any
    left: Any
    told: list[tuple[str, str]]
    updates: list[str]
    published: list[str]
    stable: list[str]

    @classmethod
    def of(cls, life: Story) -> "End":
        """Look at it."""
        sources = sorted(life.built_sources())
        tags = (tag for tag in life.world.tags.values() if tag.config is not None)
        side_tags = [tag.name for tag in tags if "-side-" in tag.name]
        running = [task.id for task in life.world.tasks.values() if not task.state.over]
        world = life.world
        return cls(
            {name: life.outcomes(name) for name in NAMES},
            sources,
            (side_tags, running),
            told(life.mails),
            sorted(build.nvr for made in life.bodhi.updates.made for build in made.builds),
            sorted(event.downstream_nvr for event in life.events(Published.topic)),
            sorted(row.build.nvr for row in tagging.tagged(world, world.tag(STABLE))),
        )

    def differences(self, other: "End") -> list[str]:
        """Return how another life ended otherwise."""
        pairs = zip(self._fields, self, other, strict=True)
        return [f"{what}: {a} is not {b}" for what, a, b in pairs if a != b]


def told(mails: Sequence[EmailMessage]) -> list[tuple[str, str]]:
    """Return which builds people read of, under which subject: batches may be put together anyhow.

    A mail that came twice is the same in everything that people see.
    """
    texts: dict[str, str] = {}
    for mail in mails:
        text = texts.setdefault(str(mail["Message-ID"]), mail.get_content())
        assert text == mail.get_content(), f"two mails are {mail['Message-ID']}"
    read = {str(mail["Message-ID"]): str(mail["Subject"]) for mail in mails}
    builds = ((read[name], line) for name, text in texts.items() for line in text.splitlines())
    return sorted({(subject, line.split(":")[0]) for subject, line in builds if ".fc" in line})
