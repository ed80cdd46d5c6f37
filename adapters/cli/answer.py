# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers in a sentence why a package was, or was not, rebuilt."""

from collections.abc import Iterator
from typing import Final

from adapters.app import App
from adapters.cli.output import iso
from adapters.cli.telling import Story
from adapters.service.journal import View
from domain.admission.judge import decide
from domain.admission.rules import Rules, rules_of
from domain.errors import Refused
from domain.package import Package
from domain.package.state import Attempt, Presence, Standing

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


def answer(app: App, story: Story) -> Iterator[str]:
    """Yield the sentences, the answer first."""
    with app.journal.look() as view:
        try:
            rules = rules_of(view.service, app.clock())
        except Refused as error:
            yield f"{error}."
            return
        yield _answer(view, story, rules)
        if pause := view.service.pause:
            yield f"The service is paused by {pause.by}: {pause.reason}"


def _answer(view: View, story: Story, rules: Rules) -> str:
    if not story.target:
        return f"{story.package} is not in the package list, so it is never rebuilt."
    package = view.package(story.package)
    newest = _newest(package, rules)
    if newest is None:
        return (
            f"No build of {story.package} is in {rules.trigger_tag}: there is nothing to rebuild."
        )
    build = package.builds[newest]
    if last := _handled(package, newest, rules):
        return f"{build.nvr} {_became(last)}."
    standing = _standing(build.tags[rules.trigger_tag], rules)
    if standing is None:
        return f"{build.nvr} is not decided yet; {_foreseen(view, package, newest, rules)}."
    if standing.kind == "queued":
        return f"{build.nvr} {_became(_attempts(package, newest, rules)[-1])}."
    reason = next((s.reason or "" for s in story.steps if s.position == standing.position), "")
    return f"{build.nvr} is not rebuilt: {_because(reason, rules)}."


def _newest(package: Package, rules: Rules) -> int | None:
    tag = rules.trigger_tag
    present = (i for i, b in package.builds.items() if tag in b.tags and b.tags[tag].present)
    return max(present, key=lambda i: package.place(i, rules.stable_tag), default=None)


def _standing(presence: Presence, rules: Rules) -> Standing | None:
    latest = presence.latest
    return presence.standing(rules.mode, latest.moment) if latest else None


def _foreseen(view: View, package: Package, build_id: int, rules: Rules) -> str:
    downstream = view.package(rules.names.downstream(package.name))
    for judged in decide(package, downstream.destinations, rules).judgements:
        if judged.build_id == build_id:
            reason = f"{judged.finding.reason}: {judged.finding.detail}"
            verb = "be queued" if judged.queues else "not be rebuilt"
            return f"by what is known it will {verb}: {_because(reason, rules)}"
    return "the next pass of the gate decides"


def _attempts(package: Package, build_id: int, rules: Rules) -> list[Attempt]:
    return [a for a in package.ledger if a.build_id == build_id and a.mode == rules.mode]


def _handled(package: Package, build_id: int, rules: Rules) -> Attempt | None:
    """Return the attempt that is queued or built in the present generation."""
    for attempt in _attempts(package, build_id, rules):
        if attempt.handled and attempt.generation == package.generation:
            return attempt
    return None


def _became(attempt: Attempt) -> str:
    if attempt.outcome is None:
        return f"is queued, by the verdict at position {attempt.position}"
    at = f" at {iso(attempt.ended_at.at)}" if attempt.ended_at else ""
    return f"was rebuilt{at}" if attempt.handled else f"was queued and ended{at}: {attempt.outcome}"


def _because(reason: str, rules: Rules) -> str:
    code, _, detail = reason.partition(": ")
    text = _BECAUSE.get(code, reason)
    return text.format(detail=detail, tag=rules.trigger_tag, stable=rules.stable_tag)
