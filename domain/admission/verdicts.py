# SPDX-License-Identifier: GPL-3.0-or-later
"""From decisions to the events that record them, each with all that it was decided on."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from domain.admission.judge import Decision, Ending, Judgement
from domain.admission.rules import Rules
from domain.admission.table import VERSION
from domain.package.events import (
    Basis,
    Ended,
    PackageEvent,
    Queued,
    RequestLapsed,
    Skipped,
    SkippedAsRetag,
)
from domain.service.events import HeldBuild

_EVENTS: Mapping[str, type[Queued | SkippedAsRetag | Skipped]] = {
    event.topic: event for event in (Queued, SkippedAsRetag, Skipped)
}


class Occasion(Struct, frozen=True, gc=False):
    """What the verdicts of one pass have in common.

    ``computed_at`` is the log position they rest on, ``plan`` the name of the plan they carry out,
    ``approval`` the event that let it pass the guard, ``by_change`` the builds due only by a
    change.
    """

    rules: Rules
    computed_at: int
    plan: str
    approval: str | None = None
    by_change: frozenset[HeldBuild] = frozenset()


def verdicts(decision: Decision, occasion: Occasion) -> Iterator[PackageEvent]:
    """Yield the events of one package's decision, endings first."""
    if decision.lapsed is not None:
        yield RequestLapsed(decision.lapsed.build_id, decision.lapsed.id)
    for ending in decision.endings:
        yield ended(ending)
    for judgement in decision.judgements:
        yield verdict(judgement, occasion)


def ended(ending: Ending) -> Ended:
    """Return the event of a queued build that is not to be built after all."""
    attempt = ending.attempt
    return Ended(
        build_id=attempt.build_id,
        mode=attempt.mode,
        generation=attempt.generation,
        outcome=ending.outcome,
        source=attempt.source,
        detail=ending.detail,
    )


def verdict(judgement: Judgement, occasion: Occasion) -> Queued | SkippedAsRetag | Skipped:
    """Return the event of one verdict."""
    build, finding = judgement.subject.builds[judgement.build_id], judgement.finding
    return _EVENTS[judgement.row.kind](
        build_id=judgement.build_id,
        nvr=build.nvr,
        tag=judgement.tag,
        source=build.source,
        reason=finding.reason,
        detail=finding.detail,
        basis=_basis(judgement, occasion),
    )


def _basis(judgement: Judgement, occasion: Occasion) -> Basis:
    rules, asked, queues = occasion.rules, judgement.request, judgement.queues
    return Basis(
        table=VERSION,
        row=judgement.row.number,
        computed_at=occasion.computed_at,
        tagging=judgement.tagging,
        place=judgement.place,
        generation=judgement.generation,
        mode=rules.mode,
        policy_revision=rules.policy_revision,
        list_revision=rules.list_revision,
        settings_revision=rules.settings_revision,
        dist=rules.dist,
        round=judgement.round,
        evidence=judgement.finding.evidence,
        changed=judgement.changed,
        plan=occasion.plan if queues else None,
        approval=occasion.approval if queues else None,
        request=asked.id if asked else None,
        forced=asked is not None and asked.force,
        provisional=judgement.provisional,
        by_change=queues and _key(judgement) in occasion.by_change,
    )


def _key(judgement: Judgement) -> HeldBuild:
    return HeldBuild(judgement.package, judgement.build_id, judgement.generation)
