# SPDX-License-Identifier: GPL-3.0-or-later
"""The story with a database that is lost, and restored as it was before some of the last appends.

Koji and Bodhi go on from where they are: they know what the log does not know any more.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final, NamedTuple

from adapters.koji.client import KojiHub
from adapters.store.embedded import Database
from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from tests.crash.story import End, Story
from tests.fixtures.fix_store import Cluster, copy_events
from tests.sim.direct import direct

APPENDS = b"""
    select max(position) from events where position > %(after)s group by recorded_at order by 1
"""
"""The position at which each append ended, behind the baseline."""


SETTLING: Final = 2
"""Passes after which it has read in Koji what happened, and decided on it."""

WELL: Final = ("built", "superseded")
"""How builds end without anybody's fault."""


class Loss(NamedTuple):
    """After which pass the database is lost, and how many appends are not in the backup."""

    after: int
    appends: int


class Trial(NamedTuple):
    """What came of a life, the passes it took, and how many events were lost."""

    end: End
    passes: int
    lost: int


class Restored(Story):
    """A life in which the database is lost once."""

    def __init__(self, log: EventLog, restore: Callable[[int], EventLog], loss: Loss) -> None:
        super().__init__(log)
        self.lived = self.lost = 0
        self._restore = restore
        self._loss = loss
        self._beginning = 0

    def wrapped(self, koji: KojiHub) -> Any:
        """Return the hub as the service sees it: without a socket, there are so many losses."""
        return direct(self.server.hub, "ebs")

    def baseline(self) -> None:
        """Without it there would be nothing to restore."""
        super().baseline()
        self._beginning = self.log.head()

    def _pass(self) -> None:
        super()._pass()
        self.lived += 1
        if self.lived == self._loss.after:
            self._lose()

    def _is_over(self) -> bool:
        """Restored, it does not know before a pass or two what there is to do."""
        return self.lived >= self._loss.after + SETTLING and super()._is_over()

    def tidy(self) -> None:
        """``ebs cleanup NAME`` for each side tag that was made after the backup, and never used."""
        assert self.app.hub is not None
        orphans = self.app.hub.orphans
        if strange := [orphan.name for orphan in orphans.find() if orphan.batch is None]:
            orphans.remove(strange, self.by("person"))

    def _lose(self) -> None:
        """Lose the end of the log, with it the messages that were read, and start again."""
        head = self.log.head()
        rows = self.log.connections.fetch(APPENDS, after=self._beginning)
        ends = [self._beginning, *(position for (position,) in rows)]
        kept = ends[max(len(ends) - 1 - self._loss.appends, 0)]
        self.lost = head - kept
        self.log = self._restore(kept)
        self.start()


def live(cluster: Cluster, loss: Loss) -> Trial:
    """Live on a database of its own; it is lost once."""
    with lived(cluster, loss) as life:
        life.tidy()
        return Trial(End.of(life), life.lived, life.lost)


@contextmanager
def lived(cluster: Cluster, loss: Loss) -> Iterator[Restored]:
    """Live likewise, and yield what the world is then."""
    with ExitStack() as stack:

        def opened(database: Database) -> EventLog:
            stack.callback(database.close)
            return stack.enter_context(EventLog(database.conninfo, EVENTS))

        def restored(upto: int) -> EventLog:
            database = cluster.create(template=cluster.migrated)
            copy_events(first, database, upto)
            return opened(database)

        first = cluster.create(template=cluster.migrated)
        with Restored(opened(first), restored, loss) as life:
            life.live()
            yield life


def faults(undisturbed: End, restored: End) -> list[str]:
    """Return what went wrong in a life in which the database was lost.

    What was not decided on yet may be superseded meanwhile: then it is not built. What was
    published before the loss is not queued again. What failed for good, and has no side tag any
    more, is tried once more. Nothing else is built more often, no package ends otherwise, nothing
    is published twice or left behind.
    """
    usual, often = Counter(undisturbed.submitted), Counter(restored.submitted)
    for name, ends in undisturbed.outcomes.items():
        if ends[-1][1] == "failed":
            usual.update(source for source in undisturbed.submitted if f"/{name}#" in source)
    found = [
        f"{source} was submitted {n} times" for source, n in often.items() if n > usual[source]
    ]
    for name, ends in undisturbed.outcomes.items():
        last = restored.outcomes[name][-1:]
        without_blame = all(outcome in WELL for _, outcome in (*ends[-1:], *last))
        published = without_blame and _newest(name, restored) == _newest(name, undisturbed)
        if last != ends[-1:] and not published:
            found.append(f"{name} ended as {last}, not {ends[-1:]}")
    if restored.left != ([], []):
        found.append(f"left in Koji: {restored.left}")
    found += [f"{nvr} is in two updates" for nvr, n in Counter(restored.updates).items() if n > 1]
    if missing := {*restored.updates}.difference(restored.stable):
        found.append(f"not stable: {missing}")
    return found


def _newest(name: str, end: End) -> str:
    """The newest build of a package that people have."""
    return max((nvr for nvr in end.stable if nvr.startswith(f"{name}-")), default="")
