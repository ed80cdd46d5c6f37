# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of the service to programs, the same on the command line and on the web."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from adapters.service.journal import View
from adapters.service.outlook import Outlook
from domain.admission.judge import Judgement
from domain.admission.rules import rules_of
from domain.batch import Batch
from domain.batch import stream as batch_stream
from domain.envelope import Recorded
from domain.errors import NotFound
from domain.values import detailed
from projections.batch_story import BatchState, BatchStory, state_of, tell
from projections.failures import Failure, failures


class Waiting(Struct, frozen=True):
    """A build that is queued and not ended, at the position of its verdict.

    ``batch`` is the one that builds it, None while it waits for one.
    """

    package: str
    build_id: int
    nvr: str
    position: int
    batch: int | None = None


class Verdict(Struct, frozen=True):
    """One verdict of a plan: row of the verdict table, its kind and reason.

    ``evidence``: positions of the events that it rests on. ``provisional``: for want of a source.
    """

    package: str
    build_id: int
    nvr: str
    tag: str
    row: int
    verdict: str
    reason: str
    evidence: tuple[int, ...]
    provisional: bool


class Tally(Struct, frozen=True):
    """How many verdicts of a plan are alike: by the same row, for the same reason."""

    row: int
    verdict: str
    reason: str
    builds: int


class Plan(Struct, frozen=True):
    """The verdicts that the gate would record now; ``held_reason``: why something waits."""

    plan: str
    position: int
    held: bool
    held_reason: str | None
    counts: dict[str, int]
    verdicts: tuple[Verdict, ...]


class Event(Struct, frozen=True):
    """An event with its envelope; ``data`` is its own content, by its topic ``event``."""

    position: int
    id: str
    stream: str
    version: int
    event: str
    recorded_at: datetime | None
    occurred_at: datetime
    via: str
    actor: str
    correlation: str
    causation: str
    koji_event: int | None
    data: dict[str, Any]


class BatchLine(Struct, frozen=True):
    """A batch: how many builds it has, and what came of how many of them.

    ``failed`` are those that ended without success, ``published`` those in the stable tag.
    """

    batch: int
    state: BatchState
    builds: int
    built: int
    failed: int
    published: int
    started: datetime | None
    ended: datetime | None


def waiting(view: View) -> list[Waiting]:
    """Return what is queued and not ended in the mode in force, the oldest verdict first."""
    mode = view.service.configured.settings.mode
    found = [
        Waiting(p.name, a.build_id, p.builds[a.build_id].nvr, a.position, a.batch)
        for p in view.queued()
        for a in p.queued
        if a.mode == mode
    ]
    return sorted(found, key=lambda each: each.position)


def plan(outlook: Outlook) -> Plan:
    """Return a plan with all its verdicts."""
    verdicts = tuple(map(verdict, outlook.plan.judgements))
    counts = Counter(each.verdict for each in verdicts)
    return Plan(
        plan=outlook.name,
        position=outlook.position,
        held=outlook.held_reason is not None,
        held_reason=_held_reason(outlook),
        counts={kind: counts[kind] for kind in ("queued", "skipped-as-retag", "skipped")},
        verdicts=verdicts,
    )


def verdict(judged: Judgement) -> Verdict:
    """Return a judgement as it is told."""
    finding = judged.finding
    return Verdict(
        package=judged.package,
        build_id=judged.build_id,
        nvr=judged.nvr,
        tag=judged.tag,
        row=judged.row.number,
        verdict=judged.row.kind,
        reason=detailed(finding.reason, finding.detail),
        evidence=finding.evidence,
        provisional=judged.provisional,
    )


def tallies(verdicts: Iterable[Verdict]) -> list[Tally]:
    """Count verdicts by row, kind and reason, the last row of the table first."""
    counts = Counter((each.row, each.verdict, each.reason.partition(":")[0]) for each in verdicts)
    return [Tally(*group, counts[group]) for group in sorted(counts, reverse=True)]


def _held_reason(outlook: Outlook) -> str | None:
    """Why something waits for a person, each reason once."""
    reasons = (outlook.blocked, *(f"guard: {hold.reason}" for hold in outlook.holds))
    return "; ".join(dict.fromkeys(filter(None, reasons))) or None


def event(recorded: Recorded) -> Event:
    """Return an event as it is told."""
    envelope = recorded.envelope
    meta = envelope.meta
    return Event(
        position=recorded.position,
        id=envelope.id,
        stream=envelope.originator_id,
        version=envelope.originator_version,
        event=envelope.event.topic,
        recorded_at=recorded.recorded_at,
        occurred_at=meta.occurred_at,
        via=meta.via,
        actor=meta.actor,
        correlation=meta.correlation,
        causation=meta.causation,
        koji_event=meta.koji_event or None,
        data=msgspec.to_builtins(envelope.event),
    )


def last_batches(view: View, count: int) -> list[BatchLine]:
    """Return the newest batches, the last one first."""
    return [batch_line(each) for each in reversed(view.last_batches(count))]


def batch_line(each: Batch) -> BatchLine:
    """Return a batch as it is listed."""
    return BatchLine(
        batch=each.number,
        state=state_of(each),
        builds=len(each.items),
        built=each.built,
        failed=len(each.unsuccessful),
        published=each.published,
        started=each.started_at,
        ended=each.ended_at,
    )


def batch_story(view: View, number: int) -> BatchStory:
    """Return the story of a batch. Raises NotFound where there was none by then."""
    story = tell(number, view.log.stream(batch_stream(number), upto=view.position))
    if story.started is None:
        raise NotFound(f"there was no batch {number}", do="'ebs batch' lists the last ones")
    return story


def failed(view: View, now: datetime, packages: Iterable[str] = ()) -> list[Failure]:
    """Return what failed of packages by either name, of all where none is named.

    Raises Refused where nothing is configured.
    """
    rules = rules_of(view.service, now)
    wanted = {rules.names.upstream(name) for name in packages}
    known = {name: view.package(name) for name in wanted} if wanted else view.everything()
    return failures(view.cursor, known.values(), rules)
