# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of places: each event there is, a line an event."""

from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from domain.batch import events as batch
from domain.envelope import Event, Meta
from domain.package import events as package
from domain.service import events as service
from projections.timeline.model import Tone
from projections.timeline.places import Place, band, begins, ends, joins, point


def _reason(event: Any) -> str:
    return str(event.reason)


def _detail(event: Any) -> str:
    return str(event.detail)


def _moved(event: service.TriggerChanged | service.DistChanged) -> str:
    return f"{event.before} → {event.after}" if event.before else str(event.after)


# --- the service -------------------------------------------------------------------------------


def _paused(event: service.Paused) -> str:
    return f"{event.reason}, until {event.until:%Y-%m-%d %H:%M}Z" if event.until else event.reason


def _policy(event: service.PolicyAdopted) -> Place:
    """A policy that pauses begins a span; any other ends it, where it lasts."""
    if event.policy.pause:
        return begins("pause", "paused by the policy", "held", span="policy", said=_adopted)
    return ends("configuration", "policy adopted", of=("policy",), said=_adopted)


def _adopted(event: service.PolicyAdopted) -> str:
    return "; ".join((f"revision {event.revision}", *event.difference))


def _listed(event: service.PackageListAdopted) -> str:
    return f"{len(event.packages.views):,} names, {len(event.added)} new, {len(event.removed)} gone"


def _held(event: service.PlanHeld) -> str:
    return f"{event.plan}: {event.reason}"


def _note(event: service.NoteAdded) -> str:
    about = event.package or (f"batch {event.batch}" if event.batch else "")
    return ": ".join(filter(None, (about, event.text)))


came_to = partial(ends, turns=True)
plan = partial(came_to, "plans", key=lambda event: event.plan)

SERVICE: Final[Mapping[type[Event], Any]] = {
    service.Paused: begins("pause", "paused", "held", said=_paused),
    service.Resumed: ends("pause", "resumed", said=_reason),
    service.PauseExpired: ends("pause", "the pause ran out"),
    service.TriggerChanged: point("configuration", "trigger tag changed", said=_moved),
    service.DistChanged: point("configuration", "dist changed", said=_moved),
    service.PolicyAdopted: _policy,
    service.PolicyRejected: point(
        "configuration", "policy rejected", "bad", said=lambda e: "; ".join(e.faults)
    ),
    service.PackageListAdopted: point("configuration", "package list adopted", said=_listed),
    service.SettingsAdopted: point("configuration", "settings adopted", said=lambda e: e.revision),
    service.PlanHeld: begins("plans", "plan held", "held", key=lambda e: e.plan, said=_held),
    service.PlanApproved: plan("plan held, then approved", "good", said=_reason),
    service.PlanRejected: plan("plan held, then rejected", "bad", said=_reason),
    service.PlanLapsed: plan("plan held, then lapsed"),
    service.NoteAdded: point("notes", "note", "note", said=_note),
}


# --- the bus, and what Koji's history says beyond it -------------------------------------------


def _counts(event: service.GapFound | service.Baselined) -> str:
    return ", ".join(f"{count:,} in {tag}" for tag, count in event.counts.items())


def _caught_up(event: service.CatchUpDone, _: Meta) -> str:
    return "catch-up found what the bus did not tell" if event.added else "catch-up"


BUS: Final[Mapping[type[Event], Any]] = {
    service.Baselined: point("readings", "baseline taken", said=_counts, lane="bus"),
    service.CatchUpDone: point(
        "readings",
        _caught_up,
        lane="bus",
        said=lambda e: f"{e.added:,} taggings" if e.added else "",
    ),
    service.GapFound: band(
        "gaps",
        "bus silent, known by catch-up only",
        lambda event, _: (event.since, event.until),
        said=_counts,
        lane="bus",
    ),
    service.MessageRejected: point(
        "messages", "message rejected", "bad", said=_reason, lane="bus", thing="message"
    ),
}


# --- batches -----------------------------------------------------------------------------------


def _builds(count: int) -> str:
    return f"{count:,} build" if count == 1 else f"{count:,} builds"


def _planned(event: batch.Planned) -> str:
    mode = "" if event.mode == "live" else f", {event.mode}"
    return f"{_builds(len(event.builds))} for {event.target}{mode}"


def _finished(event: batch.Finished, _: Meta) -> str:
    others = f", {event.ended:,} not" if event.ended else ""
    return f"done, {event.built:,} built{others}"


def _all_well(event: batch.Finished | batch.SliceFinished) -> Tone:
    failed = event.ended if isinstance(event, batch.Finished) else len(event.failed)
    return "bad" if failed else "good"


def _until(event: batch.Held, meta: Meta) -> tuple[datetime, datetime]:
    return meta.occurred_at, event.until


def _slice(event: batch.SliceStarted | batch.SliceFinished, _: Meta) -> str:
    return f"slice {event.order}"


def _outcome(event: batch.BuildFinished, _: Meta) -> str:
    return f"{event.outcome} already" if event.adopted else event.outcome


def _well(event: batch.BuildFinished) -> Tone:
    return "good" if event.outcome == "built" else "bad"


def _came_of_it(event: batch.BuildFinished) -> str:
    return event.detail or event.downstream_nvr or ""


def _tried(event: batch.AttemptStarted, _: Meta) -> str:
    return f"{_builds(len(event.build_ids))} tried"


def _unseeded(event: batch.Seeded | batch.SeedRequested) -> str:
    return "; ".join(f"build {each.build_id}: {each.reason}" for each in event.failed)


of_build: Final[dict[str, Any]] = {"key": lambda event: event.build_id, "thing": "build"}
of_side_tag = partial(begins, "side tag")

BATCH: Final[Mapping[type[Event], Any]] = {
    batch.Planned: begins("batch", "under way", said=_planned),
    batch.Finished: came_to("batch", _finished, _all_well, of=("batch", "slices", "attempts")),
    batch.Abandoned: point("batch", "abandoned", "bad", said=_reason),
    batch.Held: band(
        "outages", "held", lambda event, meta: (meta.occurred_at, event.until), said=_reason
    ),
    batch.SliceStarted: begins("slices", _slice),
    batch.SliceFinished: ends("slices", _slice, _all_well, of=("slices", "attempts"), turns=True),
    batch.AttemptStarted: begins("attempts", _tried, attempt=lambda event: event.attempt),
    batch.SideTagRequested: of_side_tag("side tag asked for", span="making"),
    batch.SideTagCreated: came_to(
        "side tag", "side tag made", "good", of=("making",), said=lambda e: e.name
    ),
    batch.SeedRequested: of_side_tag("being filled", span="seeding", said=_unseeded),
    batch.Seeded: came_to("side tag", "filled", "good", of=("seeding",), said=_unseeded),
    batch.RepoRequested: of_side_tag("repository asked for", span="repository"),
    batch.RepoReady: ends("side tag", "repository ready", "good", of=("repository",), turns=True),
    batch.SideTagRemoved: ends(
        "side tag",
        "side tag removed",
        of=("making", "seeding", "repository"),
        said=_reason,
    ),
    batch.BuildRequested: joins("builds", "to be submitted", span="attempts"),
    batch.BuildSubmitted: begins("builds", "building", **of_build),
    batch.BuildTimedOut: point("builds", "takes too long, is cancelled", "bad", **of_build),
    batch.BuildFinished: came_to("builds", _outcome, _well, said=_came_of_it, **of_build),
    batch.DuplicateFound: point("builds", "had a second task, cancelled", "bad", **of_build),
    batch.Promoted: point(
        "promotion", "promoted", "good", said=lambda e: e.downstream_nvr, **of_build
    ),
    batch.PromotionRefused: point(
        "promotion", "refused promotion", "bad", said=_reason, **of_build
    ),
}


# --- packages ----------------------------------------------------------------------------------

fact = partial(point, "facts", thing="build")
asked = partial(point, "requests", said=_reason)
verdict = partial(point, "decisions", thing="build", said=_detail)
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
    package.FailureImported: fact("failed under ELNBuildSync", "bad", said=_detail),
    package.Requested: asked("asked for", thing="build"),
    package.RequestLapsed: asked("not asked for any longer", thing="build", said=lambda _: ""),
    package.RebuildRequested: asked("to be rebuilt", thing="package"),
    package.FailureCleared: asked("cleared of failures", thing="package"),
    package.Queued: verdict("queued", "good"),
    package.SkippedAsRetag: verdict(_because("skipped as re-tag")),
    package.Skipped: verdict(_because("skipped")),
    package.BuildStarted: outcome(lambda event, _: f"taken over by batch {event.batch}"),
    package.Built: outcome(_built, "good", said=lambda e: e.downstream_nvr or ""),
    package.Ended: outcome(lambda event, _: event.outcome, _blame, said=_detail),
}

PLACES: Final[Mapping[type[Event], Place | Callable[[Any], Place]]] = MappingProxyType(
    {**SERVICE, **BUS, **BATCH, **PACKAGE}
)
"""Of every event: its place, or what chooses it by what the event says."""


def place_of(event: Any) -> Place:
    """Return where an event stands."""
    found = PLACES[type(event)]
    return found if isinstance(found, Place) else found(event)


def _spans(places: Mapping[type[Event], Any]) -> tuple[str, ...]:
    """Return the topics of what begins or ends a span."""
    return tuple(
        event.topic
        for event, place in places.items()
        if not isinstance(place, Place) or place.part in ("begins", "ends")
    )


LASTING: Final = (*_spans(SERVICE), *_spans(BUS), batch.Planned.topic, batch.Finished.topic)
"""Topics of which the last events before a window say what was going on when it began."""

TRACKS: Final = tuple(
    dict.fromkeys(place.track for place in PLACES.values() if isinstance(place, Place))
)
"""The tracks of all lanes, in their order."""
