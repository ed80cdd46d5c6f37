# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of the demo; what should have come of it is the story's word, not the service's."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from adapters.sandbox.bodhi.server import STABLE
from adapters.sandbox.incident import Story
from adapters.sandbox.scenario import Key
from adapters.store.log import EventLog
from domain.batch.update_events import UpdateSubmitted
from domain.envelope import Recorded
from domain.package import name_of
from domain.package.events import Built, Published, Queued, Skipped, SkippedAsRetag


class DemoResult(Struct, frozen=True):
    """What came of it, as ``ebs demo --json`` prints it.

    ``queued``: after the pause; ``built``: how many of these Koji has built for ELN, by the record;
    ``published``: how many are in its stable tag, by the hub too; ``updates``: those Bodhi has.
    ``needless``: builds queued that were done already or never due; ``missed``: due and not queued;
    both are counted from the scenario. ``without_the_log``: what EBS would have queued.
    """

    packages: int
    retagged: int
    queued: int
    built: int
    needless: int
    missed: int
    without_the_log: int
    seconds: float
    published: int
    updates: int

    @property
    def ok(self) -> bool:
        """Whether exactly what was due is queued, and all of it built and published."""
        done = self.built == self.published == self.queued
        return done and not self.needless and not self.missed


def judge(log: EventLog, story: Story, pause: int, without: int, seconds: float) -> DemoResult:
    """Compare what is on record with what the scenario says is due.

    ``pause``: the position at which it ended; ``without``: what EBS would have queued then.
    """
    early = list(map(_key, log.read(upto=pause, topics=[Queued.topic])))
    late = list(map(_key, log.read(pause, topics=[Queued.topic])))
    built = set(map(_key, log.read(pause, topics=[Built.topic])))
    return DemoResult(
        packages=story.packages,
        retagged=story.retagged,
        queued=len(late),
        built=len(built.intersection(late)),
        needless=_more(early, story.due_before) + _more(late, story.due),
        missed=len(story.due_before.difference(early)) + len(story.due.difference(late)),
        without_the_log=without,
        seconds=round(seconds, 1),
        published=len(_published(log, story, pause).intersection(late)),
        updates=sum(1 for _ in log.read(pause, topics=[UpdateSubmitted.topic])),
    )


def _published(log: EventLog, story: Story, since: int) -> set[Key]:
    """Return what is on record as published, and in the hub's stable tag indeed."""
    world = story.world
    stable = world.tag(STABLE).id
    return {
        _key(recorded)
        for recorded in log.read(since, topics=[Published.topic])
        if (recorded.envelope.event.downstream_build_id, stable) in world.listings.active
    }


def verdicts(log: EventLog, since: int) -> Counter[tuple[str, str]]:
    """Count the verdicts on record behind a position, by kind and reason."""
    topics = (Queued.topic, SkippedAsRetag.topic, Skipped.topic)
    events = (recorded.envelope.event for recorded in log.read(since, topics=topics))
    return Counter((event.topic, event.reason) for event in events)


def _key(recorded: Recorded) -> Key:
    envelope = recorded.envelope
    return name_of(envelope.originator_id) or "", envelope.event.build_id


def _more(queued: Sequence[Key], due: frozenset[Key]) -> int:
    """Count what was queued and not due, and what was queued again."""
    return len(queued) - len(due.intersection(queued))
