# SPDX-License-Identifier: GPL-3.0-or-later
"""Years of a log, made up: every package of Fedora, an hour after the other, the same each time.

An hour brings builds into the trigger tag, told by a message and confirmed by Koji's history; a
pass skips what is no target and queues what is; a batch builds that; what was replaced is untagged.
Twice a year Rawhide branches, and everything is tagged into the next tag. All of it is as the
service records it, so that a replay gives these very verdicts.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final, NamedTuple

from adapters.sandbox import vendored
from adapters.sandbox.vendored import SourcePackage
from adapters.store.codec import Codec
from domain.batch import events as batches
from domain.catalogue import EVENTS
from domain.envelope import Envelope, Event, Meta
from domain.policy import PackageList, Policy, Settings, revision
from domain.service import STREAM
from domain.service import events as service
from tests.bench.audit import text
from tests.bench.audit.text import SOURCE, Said, Verdict, moment

BEGINNING: Final = datetime(2016, 1, 1, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
BUILDS: Final = 20
"""Builds in an hour, as Rawhide has them."""

BRANCHING: Final = 4_380
"""Hours between two branchings."""

QUIET: Final = 26
"""Hours behind a branching without a target: what is due by a change alone is another matter."""

FIRST: Final = 24
"""The release whose tag is the trigger at first."""

DAWN: Final = "0001-01-01T00:00:00Z"


class Row(NamedTuple):
    """An event to be stored; positions and digests follow from the order."""

    stream: str
    version: int
    topic: str
    state: bytes
    recorded_at: datetime


class Old(NamedTuple):
    """A build that is about to be replaced, as `Known` has it."""

    build_id: int
    nvr: str
    source: str | None
    place: str
    tagging: str
    row: int


@dataclass(slots=True)
class Known:
    """What of a package's past the next event depends on: its newest build, and how it stands.

    ``row`` is by which the build was skipped in the trigger tag, 0 where it was queued there;
    ``evidence`` what a skip of it would rest on; ``told_at`` the position of its tagging.
    """

    name: str
    version: str
    target: bool
    stream: str
    events: int = 0
    builds: int = 0
    build_id: int = 0
    nvr: str = ""
    source: str | None = None
    place: str = ""
    tagging: str = ""
    told_at: int = 0
    row: int = 0
    evidence: str = ""


class Past:
    """Makes the events, one hour after the other; ``position`` is that of the last one made."""

    def __init__(self, packages: Sequence[SourcePackage] = ()) -> None:
        listed = set(vendored.eln())
        self.packages = [
            Known(p.name, p.version, p.name in listed, f"package:{p.name}")
            for p in packages or vendored.fedora()
        ]
        self.position = 0
        self._others = [known for known in self.packages if not known.target]
        self._random = Random(FIRST)
        self._codec = Codec(EVENTS)
        self._versions: Counter[str] = Counter()
        self._now = self._recorded = BEGINNING
        self._release = FIRST
        self._operation = self._batch = 0
        self._build_id, self._koji_event = 600_000, 16_000_000
        self._revisions = ("", "", "")

    def rows(self, count: int) -> Iterator[Row]:
        """Yield that many events."""
        for number, row in enumerate(self._endless(), 1):
            self.position = number
            yield row
            if number == count:
                return

    def _endless(self) -> Iterator[Row]:
        yield from self._begin()
        hour = 0
        while True:
            hour += 1
            self._now += HOUR
            if hour % BRANCHING == 0:
                yield from self._branch()
            quiet = hour >= BRANCHING and hour % BRANCHING < QUIET
            yield from self._pass(self._others if quiet else self.packages)

    # --- what happens --------------------------------------------------------------------------

    def _begin(self) -> Iterator[Row]:
        """The service is configured, reads what is there, and skips it."""
        self._operate()
        listed = PackageList({known.name: "eln" for known in self.packages if known.target})
        policy, settings = Policy(self._tag), Settings()
        self._revisions = (revision(policy), revision(listed), revision(settings))
        yield self._said(service.SettingsAdopted(self._revisions[2], settings))
        yield self._said(service.PolicyAdopted(self._revisions[0], policy, "policy.yaml"))
        yield self._said(service.TriggerChanged(None, self._tag))
        yield self._said(service.PackageListAdopted(self._revisions[1], listed))
        yield self._said(service.DistChanged(None, self._dist))
        yield from self._baseline()
        yield self._said(service.Baselined(self._now, {self._tag: len(self.packages)}, "0" * 64))
        yield from self._verdicts((known, _of_copy(known)) for known in self.packages)

    def _baseline(self) -> Iterator[Row]:
        at = iso(self._now)
        for known in self.packages:
            self._build(known)
            known.source = SOURCE.format(known.name, known.build_id)
            event = self._koji_event
            said = Said(at, "baseline", self._correlation, event, "releng")
            found = text.baselined(known.build_id, known.nvr, self._tag, known.source)
            yield self._told(known, "tagged", said.state(found))
            known.tagging = moment(at, event)
            known.place = f'[false,"{DAWN}",{event},{known.build_id}]'
            if known.target:
                there = f"{known.name}-{known.version}-1.{self._dist}"
                seen = text.seen(known.build_id + 1, there, known.source, self._dist)
                yield self._told(known, "destination-seen", said.state(seen))
                known.row, known.evidence = 6, str(self.position)

    def _branch(self) -> Iterator[Row]:
        """Rawhide moves on to the next release, into whose tag everything is copied."""
        self._operate()
        before, dist = self._tag, self._dist
        self._release += 1
        policy = Policy(self._tag)
        self._revisions = (revision(policy), *self._revisions[1:])
        yield self._said(service.PolicyAdopted(self._revisions[0], policy, "policy.yaml"))
        yield self._said(service.TriggerChanged(before, self._tag))
        yield self._said(service.DistChanged(dist, self._dist))
        yield from self._heard(self.packages, timedelta(seconds=0.1))
        yield from self._verdicts((known, _of_copy(known)) for known in self.packages)

    def _pass(self, among: Sequence[Known]) -> Iterator[Row]:
        """An hour of builds, and what is decided and done about them."""
        self._operate()
        some = self._random.sample(among, BUILDS)
        before = [Old(k.build_id, k.nvr, k.source, k.place, k.tagging, k.row) for k in some]
        for known in some:
            self._build(known)
        yield from self._heard(some, timedelta(minutes=2), new=True)
        tags = {self._tag: self._release}
        yield self._said(service.CatchUpDone(tags, self._koji_event, self._now))
        targets = [known for known in some if known.target]
        yield from self._looked_up(targets)
        decisions = [_of_new(known, old) for known, old in zip(some, before, strict=True)]
        yield from self._verdicts(zip(some, decisions, strict=True))
        if targets:
            yield from self._rebuilt(targets)
        yield from self._replaced(zip(some, before, strict=True))

    def _heard(
        self, heard: Sequence[Known], apart: timedelta, *, new: bool = False
    ) -> Iterator[Row]:
        """Messages tell of taggings, and then Koji's history does."""
        self._tick()
        start = self._now - apart * len(heard)
        times = [iso(start + apart * number) for number in range(len(heard))]
        for known, at in zip(heard, times, strict=True):
            message = f"tag-{self._release}-{known.build_id}"
            said = Said(at, "message", self._correlation, 0, "releng", message)
            data = text.tagged(known.build_id, known.nvr, self._tag, self._release)
            yield self._told(known, "tagged", said.state(data))
            known.told_at = self.position
        self._tick()
        for known, at in zip(heard, times, strict=True):
            self._koji_event += 1
            said = Said(at, "catch-up", self._correlation, self._koji_event, "releng")
            data = text.confirmed(known.build_id, self._tag, at)
            yield self._told(known, "tagging-confirmed", said.state(data))
            known.tagging = moment(at, self._koji_event)
            if new:
                known.place = f'[true,"{at}",{self._koji_event},{known.build_id}]'

    def _looked_up(self, targets: Iterable[Known]) -> Iterator[Row]:
        self._tick()
        said = Said(iso(self._now), "service", self._correlation, actor="ebs")
        for known in targets:
            known.source = SOURCE.format(known.name, known.build_id)
            data = text.identified(known.build_id, known.source)
            yield self._told(known, "identified", said.state(data))

    def _replaced(self, pairs: Iterable[tuple[Known, Old]]) -> Iterator[Row]:
        """What has a successor leaves the tag."""
        self._tick()
        at = iso(self._now)
        for known, old in pairs:
            message = f"untag-{self._release}-{old.build_id}"
            said = Said(at, "message", self._correlation, 0, "releng", message)
            data = text.tagged(old.build_id, old.nvr, self._tag, self._release)
            yield self._told(known, "untagged", said.state(data))
            self._koji_event += 1
            said = Said(at, "catch-up", self._correlation, self._koji_event, "releng")
            data = text.confirmed(old.build_id, self._tag, at, untag=True)
            yield self._told(known, "tagging-confirmed", said.state(data))

    def _verdicts(self, decisions: Iterable[tuple[Known, list[Verdict]]]) -> Iterator[Row]:
        self._tick()
        computed_at = self.position
        said = Said(iso(self._now), "service", self._correlation, actor="ebs")
        for known, verdicts in decisions:
            for verdict in verdicts:
                data = verdict.data(self._tag, computed_at, self._dist, self._revisions)
                yield self._told(known, _KINDS[verdict.row], said.state(data))
                if verdict.row == DUE:
                    known.evidence = str(self.position)

    def _rebuilt(self, targets: Sequence[Known]) -> Iterator[Row]:
        """A batch builds what is queued, task by task, in the hour."""
        self._tick()
        self._batch += 1
        tag = f"eln-build-side-{self._batch}"
        ids = tuple(known.build_id for known in targets)
        for event in _prepared(targets, ids, self._batch, self._dist, tag):
            yield self._of_batch(event)
        said = Said(iso(self._now), "service", self._correlation, actor="ebs")
        for known in targets:
            data = text.started(known.build_id, self._batch)
            yield self._told(known, "build-started", said.state(data))
        yield self._of_batch(batches.BuildRequested(ids, self._now))
        for each in ids:
            yield self._of_batch(batches.BuildSubmitted(each, each + 1))
        self._tick(minutes=10 + self._batch % 40)
        there = [f"{k.name}-{k.version}-{k.builds}.{self._dist}" for k in targets]
        for each, nvr in zip(ids, there, strict=True):
            yield self._of_batch(batches.BuildFinished(each, "built", each + 1, each + 1, nvr))
            yield self._of_batch(batches.Promoted(each, each + 1, nvr))
        said = Said(iso(self._recorded), "service", self._correlation, actor="ebs")
        for known, nvr in zip(targets, there, strict=True):
            data = text.built(known.build_id, self._batch, known.build_id + 1, nvr)
            yield self._told(known, "built", said.state(data))
            known.evidence += f",{self.position}"
        yield self._of_batch(batches.SliceFinished(batches.LAST))
        yield self._of_batch(batches.SideTagRemoved(self._batch))
        yield self._of_batch(batches.Finished(len(ids), 0))

    # --- how it is told ------------------------------------------------------------------------

    @property
    def _tag(self) -> str:
        return f"f{self._release}"

    @property
    def _dist(self) -> str:
        return f"eln{100 + self._release}"

    @property
    def _correlation(self) -> str:
        return f"{self._operation:032x}"

    def _operate(self) -> None:
        """Begin another operation; it is recorded from now on."""
        self._operation += 1
        self._recorded = self._now

    def _tick(self, **span: float) -> None:
        """What follows is another append, a second later or after a while."""
        self._recorded += timedelta(**span or {"seconds": 1})

    def _build(self, known: Known) -> None:
        """Koji builds the package."""
        self._build_id += 2
        known.builds += 1
        known.build_id, known.source = self._build_id, None
        known.nvr = f"{known.name}-{known.version}-{known.builds}.fc{self._release}"

    def _told(self, known: Known, topic: str, state: bytes) -> Row:
        known.events += 1
        return Row(known.stream, known.events, topic, state, self._recorded)

    def _of_batch(self, event: Event) -> Row:
        return self._encoded(f"batch:{self._batch}", event)

    def _said(self, event: Event) -> Row:
        return self._encoded(STREAM, event)

    def _encoded(self, stream: str, event: Event) -> Row:
        self._versions[stream] += 1
        version = self._versions[stream]
        meta = Meta(self._recorded, "service", self._correlation, actor="ebs")
        state = self._codec.encode(Envelope(stream, version, meta, event))
        return Row(stream, version, event.topic, state, self._recorded)


DUE: Final = 9
_KINDS: Final = {
    1: "skipped",
    3: "skipped",
    4: "skipped-as-retag",
    6: "skipped-as-retag",
    DUE: "queued",
}


def iso(at: datetime) -> str:
    """Return a time to the second, as events have it."""
    return f"{at.replace(microsecond=0, tzinfo=None).isoformat()}Z"


def _of_copy(known: Known) -> list[Verdict]:
    """What is said of a build that was tagged again, or was there before us."""
    which, where = (known.build_id, known.nvr, known.source), (known.place, known.tagging)
    if not known.target:
        return [Verdict(*which, "not-targeted", 1, *where)]
    known.row = 6 if known.row == 6 else 4
    reason = "already-in-destination" if known.row == 6 else "already-built"
    return [Verdict(*which, reason, known.row, *where, evidence=known.evidence)]


def _of_new(known: Known, old: Old) -> list[Verdict]:
    """What is said of a new build, and of the one that it replaces, if that was skipped."""
    which, where = (known.build_id, known.nvr, known.source), (known.place, known.tagging)
    if not known.target:
        return [Verdict(*which, "not-targeted", 1, *where)]
    known.row = 0
    due = Verdict(*which, "due", DUE, *where, plan=f"{known.build_id:012x}")
    if not old.row:
        return [due]
    superseded = Verdict(
        old.build_id,
        old.nvr,
        old.source,
        "superseded",
        3,
        old.place,
        old.tagging,
        detail=known.nvr,
        evidence=str(known.told_at),
        changed="superseded holds now",
    )
    return [due, superseded]


def _prepared(
    targets: Iterable[Known], ids: tuple[int, ...], number: int, dist: str, tag: str
) -> Iterator[Event]:
    """What a batch does before it builds."""
    planned = tuple(
        batches.PlannedBuild(known.name, known.build_id, known.nvr, str(known.source))
        for known in targets
    )
    yield batches.Planned(planned, "eln", "live", dist, "eln-build")
    yield batches.SideTagRequested()
    yield batches.SideTagCreated(number, tag)
    yield batches.SeedRequested(ids)
    yield batches.Seeded(ids)
    yield batches.RepoRequested(number)
    yield batches.RepoReady(number)
    yield batches.SliceStarted(batches.LAST)
    yield batches.AttemptStarted(1, ids)
