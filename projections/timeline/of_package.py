# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the events of a package stand: facts, requests, decisions, outcomes."""

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any, Final

from domain.envelope import Event, Meta
from domain.package import events as package
from projections.timeline.model import Tone
from projections.timeline.places import Place, detail, joins, point, reason

fact = partial(point, "facts", thing="build")
asked = partial(point, "requests", said=reason)
verdict = partial(point, "decisions", thing="build", said=detail)
outcome = partial(point, "outcomes", thing="build")


def _tagged(event: package.Tagged, meta: Meta) -> str:
    if event.baseline:
        return f"in {event.tag}, by the baseline"
    unheard = ", which no message told" if meta.via == "catch-up" else ""
    return f"tagged into {event.tag}{unheard}"


def _untagged(event: package.Untagged, meta: Meta) -> str:
    unheard = ", which no message told" if meta.via == "catch-up" else ""
    return f"untagged from {event.tag}{unheard}"


def _tagging(event: package.Tagged | package.Untagged | package.TaggingConfirmed) -> Hashable:
    return event.build_id, event.tag


def _never(event: package.Phantom, _: Meta) -> str:
    return f"never {'untagged' if event.untag else 'tagged'}, says Koji"


confirmed = partial(joins, "facts", "confirmed by Koji", key=_tagging, thing="build")
CONFIRMED: Final = {False: confirmed(span="tagging"), True: confirmed(span="untagging")}


def _confirmed(event: package.TaggingConfirmed) -> Place:
    return CONFIRMED[event.untag]


def _because(words: str) -> Callable[[Any, Meta], str]:
    return lambda event, _: f"{words}: {event.reason}"


def _built(event: package.Built, _: Meta) -> str:
    return "rebuilt already" if event.adopted else "rebuilt"


def _blame(event: package.Ended) -> Tone:
    return "plain" if event.outcome in package.WITHOUT_BLAME else "bad"


PACKAGE: Final[Mapping[type[Event], Any]] = {
    package.Tagged: fact(_tagged, span="tagging", key=_tagging),
    package.Untagged: fact(_untagged, span="untagging", key=_tagging),
    package.TaggingConfirmed: _confirmed,
    package.Phantom: fact(_never, "bad"),
    package.Identified: fact("identified", said=lambda e: "" if e.source else "Koji has no source"),
    package.DestinationSeen: fact("seen in ELN"),
    package.FailureImported: fact("failed under ELNBuildSync", "bad", said=detail),
    package.Requested: asked("asked for", thing="build"),
    package.RequestLapsed: asked("not asked for any longer", thing="build", said=lambda _: ""),
    package.RebuildRequested: asked("to be rebuilt", thing="package"),
    package.FailureCleared: asked("cleared of failures", thing="package"),
    package.Queued: verdict("queued", "good"),
    package.SkippedAsRetag: verdict(_because("skipped as re-tag")),
    package.Skipped: verdict(_because("skipped")),
    package.BuildStarted: outcome(lambda event, _: f"taken over by batch {event.batch}"),
    package.Built: outcome(_built, "good", said=lambda e: e.downstream_nvr or ""),
    package.Published: outcome("in the stable tag", "good", said=lambda e: e.update),
    package.Ended: outcome(lambda event, _: event.outcome, _blame, said=detail),
}
