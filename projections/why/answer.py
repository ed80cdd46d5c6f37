# SPDX-License-Identifier: GPL-3.0-or-later
"""The answer, in sentences: of one build of a package, the newest where none is named."""

from collections.abc import Iterator

from domain.admission.judge import Judgement
from domain.package.state import Attempt
from domain.service.events import HeldBuild
from domain.service.state import HeldPlan, Service
from domain.values import minute
from projections.why import causes
from projections.why.inquiry import Inquiry
from projections.why.outcomes import became
from projections.why.reasons import Grounds, because


def answer(inquiry: Inquiry, build_id: int | None = None) -> Iterator[str]:
    """Yield the sentences, the answer first; of a build named that answers it all."""
    if build_id is not None:
        yield f"{inquiry.nvr(build_id)} {_of(inquiry, build_id)}."
        return
    yield _of_package(inquiry)
    for attempt in inquiry.package.queued:
        if attempt.build_id != inquiry.newest and attempt.mode == inquiry.rules.mode:
            yield f"{inquiry.nvr(attempt.build_id)} {became(inquiry, attempt)}."
    if pause := inquiry.service.pause:
        yield f"The service is paused by {pause.by}: {pause.reason}"


def clause(inquiry: Inquiry, judged: Judgement) -> str:
    """Return why a verdict that is not on record yet is as it is: who asked, else the reason."""
    request = judged.request.id if judged.request else None
    asked = causes.of_due(inquiry, judged.build_id, request, judged.generation)
    return (asked if judged.queues else "") or because(_grounds_of(inquiry, judged))


def _of_package(inquiry: Inquiry) -> str:
    name, newest = inquiry.package.name, inquiry.newest
    if not inquiry.targeted and (newest is None or _handled(inquiry, newest) is None):
        return f"{name} is not in the package list, so it is never rebuilt."
    if newest is None:
        return f"No build of {name} is in {inquiry.rules.trigger_tag}: there is nothing to rebuild."
    return f"{inquiry.nvr(newest)} {_of(inquiry, newest)}."


def _of(inquiry: Inquiry, build_id: int) -> str:
    """Return what is to be said of a build: what is not on record yet goes before what is."""
    judged = next((j for j in inquiry.decision.judgements if j.build_id == build_id), None)
    if judged and judged.queues:
        return _due(inquiry, judged)
    if judged and _handled(inquiry, build_id) is None:
        return _foreseen(inquiry, judged)
    return _on_record(inquiry, build_id)


# --- what is not on record yet -----------------------------------------------------------------


def _due(inquiry: Inquiry, judged: Judgement) -> str:
    why = clause(inquiry, judged)
    unsure = "; its source is not known yet, which may change that" if judged.provisional else ""
    hold = _hold(inquiry.service, judged)
    if hold is not None:
        return f"is due; the guard holds it in plan {hold.plan}: ebs approve {hold.plan} ({why})"
    return f"is due and waits for {_awaited(inquiry.service)}: {why}{unsure}"


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


def _foreseen(inquiry: Inquiry, judged: Judgement) -> str:
    if rejected := _rejected(inquiry, judged.build_id, judged.finding.evidence):
        return rejected
    why = because(_grounds_of(inquiry, judged))
    return f"is not decided yet; by what is known it will not be rebuilt: {why}"


def _grounds_of(inquiry: Inquiry, judged: Judgement) -> Grounds:
    finding = judged.finding
    return Grounds(inquiry, judged.build_id, finding.reason, finding.detail, finding.evidence)


# --- what is -----------------------------------------------------------------------------------


def _handled(inquiry: Inquiry, build_id: int) -> Attempt | None:
    """Return the attempt that is queued or built in the present generation."""
    for attempt in inquiry.attempts(build_id):
        if attempt.handled and attempt.generation == inquiry.package.generation:
            return attempt
    return None


def _on_record(inquiry: Inquiry, build_id: int) -> str:
    """Tell of the verdict in force, or of what was done before there was one."""
    build, tag = inquiry.package.builds[build_id], inquiry.rules.trigger_tag
    attempts = inquiry.attempts(build_id)
    presence = build.tags.get(tag)
    tagging = presence and (presence.latest or presence.phantom)
    standing = (
        presence.standing(inquiry.rules.mode, tagging.moment) if presence and tagging else None
    )
    if standing is not None and not (standing.kind == "queued" and attempts):
        return _skipped(inquiry, build_id, standing.position)
    if attempts:
        return became(inquiry, attempts[-1])
    return _elsewhere(inquiry, build_id)


def _skipped(inquiry: Inquiry, build_id: int, position: int) -> str:
    verdict = inquiry.event(position)
    grounds = Grounds(inquiry, build_id, verdict.reason, verdict.detail, verdict.basis.evidence)
    if rejected := _rejected(inquiry, build_id, grounds.evidence):
        return rejected
    return f"was not rebuilt: {because(grounds)}"


def _rejected(inquiry: Inquiry, build_id: int, evidence: tuple[int, ...]) -> str:
    """Return that a person rejected the build, or another of its source; empty if nobody did."""
    for position in evidence:
        if told := causes.of_rejection(inquiry, position):
            same = inquiry.event(position).build_id == build_id
            return f"was rejected{'' if same else ', as a build of the same source was'}: {told}"
    return ""


def _elsewhere(inquiry: Inquiry, build_id: int) -> str:
    rules, tags = inquiry.rules, inquiry.package.builds[build_id].tags
    if rules.stable_tag in tags:
        return f"is one of ELN's own, in {rules.stable_tag}: such are never rebuilt"
    if rules.trigger_tag in tags:
        return "is not decided yet; the next pass of the gate decides"
    return (
        f"was not rebuilt: it was never in {rules.trigger_tag}, only in {', '.join(sorted(tags))}"
    )
