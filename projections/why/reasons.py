# SPDX-License-Identifier: GPL-3.0-or-later
"""What the reasons of the verdict table mean: a clause for each, told from the evidence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from domain.package.events import DestinationSeen
from domain.package.state import NO_BUILD, Attempt
from domain.values import detailed, minute
from projections.why.inquiry import Inquiry
from projections.why.outcomes import became


@dataclass(frozen=True)
class Grounds:
    """A verdict's reason on a build, with the positions of the events that it rests on."""

    inquiry: Inquiry
    build_id: int
    reason: str
    detail: str
    evidence: tuple[int, ...]

    @property
    def attempt(self) -> Attempt | None:
        """The attempt that the verdict rests on."""
        return self.inquiry.attempt(self.evidence[0]) if self.evidence else None

    @property
    def tag(self) -> str:
        """The trigger tag."""
        return self.inquiry.rules.trigger_tag

    def at(self, position: int) -> str:
        """Return when the event at a position happened, as the end of a clause."""
        recorded = self.inquiry.events.get(position)
        return f" on {minute(recorded.envelope.meta.occurred_at)}" if recorded else ""


def because(grounds: Grounds) -> str:
    """Return the reason as a clause. One of a later release stands as it is."""
    if clause := REASONS.get(grounds.reason):
        return clause(grounds)
    return detailed(grounds.reason, grounds.detail)


def _not_targeted(grounds: Grounds) -> str:
    return f"{grounds.inquiry.package.name} is not in the package list"


def _excluded(grounds: Grounds) -> str:
    return f"the policy excludes it, by {grounds.detail}"


def _not_in_tag(grounds: Grounds) -> str:
    if grounds.detail:
        return f"it never was in {grounds.tag}: Koji knows of no such tagging"
    untagged = grounds.at(grounds.evidence[-1]) if grounds.evidence else ""
    return f"it is no longer in {grounds.tag}{untagged and f': it was untagged{untagged}'}"


def _no_source(_: Grounds) -> str:
    return "Koji has no source for it"


def _superseded(grounds: Grounds) -> str:
    tagged = grounds.at(grounds.evidence[-1]) if grounds.evidence else ""
    return f"{grounds.detail} came after it{tagged and f', tagged into {grounds.tag}{tagged}'}"


def _same_build(grounds: Grounds) -> str:
    attempt = grounds.attempt
    same = f"it is the same build {grounds.build_id} that"
    return f"{same} {became(grounds.inquiry, attempt)}" if attempt else f"{same} is handled already"


def _same_source(grounds: Grounds) -> str:
    attempt = grounds.attempt
    if attempt is None:
        return "a build of the same source is handled already"
    other = grounds.inquiry.nvr(attempt.build_id)
    return f"its source is that of {other}, which {became(grounds.inquiry, attempt)}"


def _in_destination(grounds: Grounds) -> str:
    stable = grounds.inquiry.rules.stable_tag
    seen = grounds.inquiry.event(grounds.evidence[0]) if grounds.evidence else None
    if not isinstance(seen, DestinationSeen):
        return f"{stable} has, or had, a build of the same source"
    return f"{stable} has, or had, {seen.nvr} of the same source (build {seen.build_id})"


def _older(grounds: Grounds) -> str:
    attempt = grounds.attempt
    later = became(grounds.inquiry, attempt) if attempt else "is handled already"
    return f"{grounds.detail}, which came after it, {later}"


def _failed(grounds: Grounds) -> str:
    attempt, inquiry = grounds.attempt, grounds.inquiry
    if attempt is None:
        return f"a build of the same source ended before: {grounds.detail}"
    again = f"'ebs failed clear {inquiry.package.name}' lets it be tried again"
    return f"{_blamed(grounds, attempt)} {became(inquiry, attempt)}; {again}"


def _blamed(grounds: Grounds, attempt: Attempt) -> str:
    if attempt.build_id == grounds.build_id:
        return "it"
    if attempt.build_id == NO_BUILD:
        return "the same source, tried by ELNBuildSync,"
    return f"{grounds.inquiry.nvr(attempt.build_id)}, of the same source,"


def _due(_: Grounds) -> str:
    return "nothing stands against it"


REASONS: Final[Mapping[str, Callable[[Grounds], str]]] = {
    "not-targeted": _not_targeted,
    "excluded": _excluded,
    "not-in-tag": _not_in_tag,
    "no-source": _no_source,
    "superseded": _superseded,
    "already-queued": _same_build,
    "already-built": _same_build,
    "same-source": _same_source,
    "already-in-destination": _in_destination,
    "older-than-handled": _older,
    "failed-before": _failed,
    "due": _due,
}
