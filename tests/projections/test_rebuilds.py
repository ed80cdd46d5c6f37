# SPDX-License-Identifier: GPL-3.0-or-later
"""Rebuilds: the newest live rebuild of each package, kept as it goes and rebuilt alike."""

from adapters.service.journal import Journal
from adapters.store.log import EventLog
from domain.batch import stream
from domain.batch.events import (
    AttemptStarted,
    BatchEvent,
    BuildFinished,
    BuildSubmitted,
    Finished,
    Planned,
    PlannedBuild,
    Promoted,
    SliceStarted,
)
from domain.batch.update_events import StableReached
from domain.values import Mode
from projections import rebuilds
from projections.rebuilds import Rebuild
from tests.domain.given import Fact, commit, time
from tests.projections.writing import record

BUILDS = (
    PlannedBuild("bash", 1, "bash-1-1.fc42", commit(1)),
    PlannedBuild("zsh", 2, "zsh-1-1.fc42", commit(2)),
)


def begun(number: int, mode: Mode = "live") -> list[Fact]:
    """A batch of bash and zsh that were both submitted."""
    planned = Planned(BUILDS, "eln", mode, base="eln-build")
    first: tuple[BatchEvent, ...] = (planned, SliceStarted(1000), AttemptStarted(1, (1, 2)))
    submitted = [BuildSubmitted(n, 10 * number + n) for n in (1, 2)]
    return [of(number, event) for event in (*first, *submitted)]


def of(number: int, event: BatchEvent, at: float = 0) -> Fact:
    """An event of a batch."""
    return Fact(stream(number), event, at)


def kept(log: EventLog) -> dict[str, Rebuild]:
    """What the projection holds."""
    with log.reading() as cursor:
        return rebuilds.load(cursor, ["bash", "zsh", "never"])


def test_the_newest_of_each_package_is_kept(journal: Journal, log: EventLog) -> None:
    """A task, how it ended and what was made; another batch begins anew."""
    record(journal, begun(1))
    record(journal, [of(1, BuildFinished(1, "built", 11, 501, "bash-1-1.eln142,draft"), 5)])
    record(journal, [of(1, BuildFinished(2, "failed", 12, detail="no"), 6)])
    draft = kept(log)["bash"]
    record(journal, [of(1, Promoted(1, 501, "bash-1-1.eln142"), 7), of(1, Finished(1, 1), 8)])

    assert (draft.draft, draft.nvr) == (True, "bash-1-1.eln142,draft")
    bash, zsh = kept(log).values()
    assert (bash.task_id, bash.outcome, bash.draft, bash.nvr) == (
        11,
        "built",
        False,
        "bash-1-1.eln142",
    )
    assert (bash.ended, zsh.outcome, zsh.detail) == (time(5), "failed", "no")
    record(journal, begun(2))
    assert kept(log)["bash"] == Rebuild("bash", 2, log.head() - 1, 21, started=time(0))


def test_the_stable_tag_tells_late(journal: Journal, log: EventLog) -> None:
    """What reached it is published; of a batch before the newest nothing is told any more."""
    record(journal, begun(1))
    record(journal, [of(1, StableReached((1, 2)))])
    published = kept(log)
    record(journal, [of(1, Finished(2, 0)), *begun(2)[:4], of(1, StableReached((1, 2)))])

    assert [each.published for each in published.values()] == [True, True]
    bash, zsh = kept(log).values()
    assert (bash.batch, bash.published, zsh.batch, zsh.published) == (2, False, 1, True)


def test_a_scratch_build_is_none(journal: Journal, log: EventLog) -> None:
    """What is no real build in Koji is not told as one."""
    record(journal, begun(1, "scratch"))

    assert kept(log) == {}


def test_rebuilt_it_is_the_same(journal: Journal, log: EventLog) -> None:
    """What was kept equals what is read from the log anew, also of a further attempt."""
    record(journal, begun(1))
    record(journal, [of(1, BuildFinished(n, "failed", 10 + n), 5) for n in (1, 2)])
    record(journal, [of(1, AttemptStarted(2, (1, 2))), of(1, BuildSubmitted(1, 13), 6)])
    before = kept(log)
    journal.rebuild()

    assert kept(log) == before
    assert (before["bash"].outcome, before["zsh"].outcome) == (None, "failed")
