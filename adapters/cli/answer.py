# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers in a sentence why a package was, or was not, rebuilt."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from adapters.app import App
from adapters.cli.cause import Causes, causes_of
from adapters.cli.telling import Story
from adapters.service.journal import View
from adapters.tables import minute
from domain.admission.judge import Decision, Judgement, decide, newest_in_tag
from domain.admission.rules import Rules, rules_of
from domain.errors import Refused
from domain.package import Package
from domain.package.state import Attempt
from domain.service import Service
from domain.service.events import HeldBuild
from domain.service.state import HeldPlan

_BECAUSE: Final = {
    "not-targeted": "it is not in the package list",
    "excluded": "the policy excludes it, by {detail}",
    "not-in-tag": "it is no longer in {tag}",
    "no-source": "Koji has no source for it",
    "superseded": "{detail} came after it",
    "already-queued": "this very build is queued already",
    "already-built": "this very build was rebuilt already",
    "same-source": "the same source commit is handled already",
    "already-in-destination": "{stable} has, or had, a build of the same source",
    "older-than-handled": "{detail}, which came after it, is handled already",
    "failed-before": "a build of the same source ended before: {detail}",
    "due": "nothing stands against it",
}
"""What the reasons of the verdict table mean, in words."""


class _Case(Struct, frozen=True):
    """A package, judged under the present rules, and what the log has on it."""

    service: Service
    rules: Rules
    package: Package
    target: bool
    decision: Decision
    causes: Causes
    story: Story

    def nvr(self, build_id: int) -> str:
        """Return the name, version and release of one of its builds."""
        return self.package.builds[build_id].nvr


def answer(app: App, story: Story) -> Iterator[str]:
    """Yield the sentences, the answer first."""
    with app.journal.look() as view:
        try:
            rules = rules_of(view.service, app.clock())
        except Refused as error:
            yield f"Nothing is decided: {error.why}."
            return
        case = _case(app, view, story, rules)
    newest = newest_in_tag(case.package, rules)
    yield _answer(case, newest)
    for attempt in case.package.queued:
        if attempt.build_id != newest and attempt.mode == rules.mode:
            yield f"{case.nvr(attempt.build_id)} {_queued(case, attempt)}."
    if pause := view.service.pause:
        yield f"The service is paused by {pause.by}: {pause.reason}"


def _case(app: App, view: View, story: Story, rules: Rules) -> _Case:
    package = view.package(story.package)
    twin = view.package(rules.names.downstream(story.package))
    return _Case(
        service=view.service,
        rules=rules,
        package=package,
        target=story.target,
        decision=decide(package, twin.destinations, rules),
        causes=causes_of(app, story.package),
        story=story,
    )


def _answer(case: _Case, newest: int | None) -> str:
    tag, name = case.rules.trigger_tag, case.package.name
    handled = _handled(case, newest) if newest is not None else None
    if not case.target and handled is None:
        return f"{name} is not in the package list, so it is never rebuilt."
    if newest is None:
        return f"No build of {name} is in {tag}: there is nothing to rebuild."
    judged = next((j for j in case.decision.judgements if j.build_id == newest), None)
    if judged and judged.queues:
        return f"{judged.nvr} {_due(case, judged)}."
    if handled is not None:
        return f"{case.nvr(newest)} {_became(case, handled)}."
    if judged:
        return f"{judged.nvr} {_foreseen(case, judged)}."
    return f"{case.nvr(newest)} {_on_record(case, newest)}."


# --- what is not on record yet -----------------------------------------------------------------


def _due(case: _Case, judged: Judgement) -> str:
    request = judged.request.id if judged.request else None
    why = case.causes.of_due(judged.build_id, request, judged.generation) or _BECAUSE["due"]
    unsure = "; its source is not known yet, which may change that" if judged.provisional else ""
    hold = _hold(case.service, judged)
    if hold is not None:
        return f"is due; the guard holds it in plan {hold.plan}: ebs approve {hold.plan} ({why})"
    return f"is due and waits for {_awaited(case.service)}: {why}{unsure}"


def _hold(service: Service, judged: Judgement) -> HeldPlan | None:
    key = HeldBuild(judged.package, judged.build_id, judged.generation)
    asked = judged.request is not None
    return next((h for h in service.held if h.requested == asked and key in h.builds), None)


def _awaited(service: Service) -> str:
    if service.baseline is None:
        return "the first baseline ('ebs baseline')"
    pause = service.pause
    if pause is None:
        return "the next pass ('ebs work')"
    until = f" until {minute(pause.until)}" if pause.until else ""
    return f"the end of the pause by {pause.by}{until}"


def _foreseen(case: _Case, judged: Judgement) -> str:
    finding = judged.finding
    if rejected := case.causes.of_rejection(judged.build_id, finding.evidence):
        return rejected
    because = _because(finding.reason, finding.detail, case.rules)
    return f"is not decided yet; by what is known it will not be rebuilt: {because}"


# --- what is -----------------------------------------------------------------------------------


def _attempts(case: _Case, build_id: int) -> list[Attempt]:
    mode = case.rules.mode
    return [a for a in case.package.ledger if a.build_id == build_id and a.mode == mode]


def _handled(case: _Case, build_id: int) -> Attempt | None:
    """Return the attempt that is queued or built in the present generation."""
    for attempt in _attempts(case, build_id):
        if attempt.handled and attempt.generation == case.package.generation:
            return attempt
    return None


def _on_record(case: _Case, build_id: int) -> str:
    presence = case.package.builds[build_id].tags[case.rules.trigger_tag]
    latest = presence.latest
    standing = presence.standing(case.rules.mode, latest.moment) if latest else None
    attempts = _attempts(case, build_id)
    if standing is None:
        return "is not decided yet; the next pass of the gate decides"
    if standing.kind == "queued" and attempts:
        return _became(case, attempts[-1])
    step = next((s for s in case.story.steps if s.position == standing.position), None)
    if step and (rejected := case.causes.of_rejection(build_id, step.evidence)):
        return rejected
    reason, _, detail = ((step and step.reason) or standing.reason).partition(": ")
    return f"is not rebuilt: {_because(reason, detail, case.rules)}"


def _became(case: _Case, attempt: Attempt) -> str:
    if attempt.outcome is None:
        return _queued(case, attempt)
    rejected = case.causes.of_rejection(attempt.build_id, [attempt.ended_position])
    at = f" at {minute(attempt.ended_at.at)}" if attempt.ended_at else ""
    if attempt.handled:
        why = case.causes.of_verdict(attempt.position)
        return f"was rebuilt{at}{why and f': {why}'}"
    return rejected or f"was queued and ended{at}: {attempt.outcome}"


def _queued(case: _Case, attempt: Attempt) -> str:
    why = case.causes.of_verdict(attempt.position)
    return f"is queued, by the verdict at position {attempt.position}{why and f': {why}'}"


def _because(reason: str, detail: str, rules: Rules) -> str:
    text = _BECAUSE.get(reason, f"{reason}: {detail}" if detail else reason)
    return text.format(detail=detail, tag=rules.trigger_tag, stable=rules.stable_tag)
