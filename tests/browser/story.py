# SPDX-License-Identifier: GPL-3.0-or-later
"""Two days of Rawhide that leave something to see on every page, played to a moment ago.

One batch is over, with failures; a plan is held; another batch is being built; it is paused.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from time import time
from typing import Final

from msgspec.structs import replace

from adapters.config.sections import Bodhi
from adapters.sandbox import vendored
from adapters.sandbox.hub import Ending, VirtualClock
from adapters.sandbox.hub.choices import Outcome
from adapters.sandbox.hub.model import Task
from adapters.service.operation import Operation
from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from domain.policy import GuardLimits, Policy
from tests.adapters.service.online import TRIGGER, Rawhide
from tests.fixtures.fix_store import Cluster

AGO: Final = timedelta(days=2)
EXCLUDED: Final = "^kernel$"
FAILING: Final = ("zsh", "vim")
FINISHED: Final = ("bash", "make", "tree", *FAILING)
HELD: Final = 30
BUILDING: Final = ("curl", "llvm", "openssl")
PAUSED: Final = "mass re-tag for branching"
NOTED: Final = "Koji was restarted, builds wait"


def ending(task: Task) -> Outcome:
    """Some packages fail whenever they are built."""
    name = str(task.request[0]).rpartition("/")[2].partition("#")[0]
    return Outcome(Ending.FAILED if name in FAILING else Ending.COMPLETE)


class Story(Rawhide):
    """Rawhide with every package of ELN."""

    def __init__(self, log: EventLog) -> None:
        self.names = vendored.eln()
        publishing = Bodhi(url="https://bodhi.example/")
        super().__init__(log, self.names, outcome=ending, publishing=publishing)
        self.bodhi.tickets = True
        offer = self.configured.offer
        settings = replace(offer.settings, guard=GuardLimits(max_builds=HELD - 1))
        policy = Policy(TRIGGER, exclude=(EXCLUDED,), ordering=(("^llvm$", 10),))
        self.configured.offer = replace(offer, settings=settings, policy=policy)

    def clock(self) -> Callable[[], float]:
        """Begin some days ago."""
        return VirtualClock(time() - AGO.total_seconds())

    def live(self) -> None:
        """Live through it all."""
        self._past()
        self._batch()
        self._held()
        self._building()
        self.app.operators.pause(PAUSED, None, self._by("releng"))
        self.app.operators.note(NOTED, self._by("releng"), package="curl")

    def _past(self) -> None:
        """ELN has a build of all but a few, each of the source that Rawhide has."""
        for name in self.names:
            build = self.build(name)
            if name != "tree":
                self.rebuilt(build)
        self.baseline()

    def _batch(self) -> None:
        for name in FINISHED:
            self.build(name)
        self.listen()
        self.settle()

    def _held(self) -> None:
        self.later(hours=2)
        for name in self.names[:HELD]:
            self.build(name)
        self.listen()
        self.passes()

    def _building(self) -> None:
        left = time() - self.hub_clock() - timedelta(minutes=26).total_seconds()
        self.later(seconds=left)
        for name in BUILDING:
            self.build(name)
        self.listen()
        self.passes(4)

    def _by(self, name: str) -> Operation:
        return Operation(name, "person", self.now())


@contextmanager
def played(cluster: Cluster) -> Iterator[str]:
    """Play it on a database; yields its name, by which others are made of it."""
    with closing(cluster.create(template=cluster.migrated)) as database:
        with EventLog(database.conninfo, EVENTS) as log, Story(log) as story:
            story.live()
            [(name,)] = log.connections.fetch(b"SELECT current_database()")
        yield name
