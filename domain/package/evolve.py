# SPDX-License-Identifier: GPL-3.0-or-later
"""How each event changes a package: the only place where its state is made."""

from typing import Literal, assert_never

from msgspec.structs import replace

from domain.envelope import Recorded
from domain.package.events import (
    WITHOUT_BLAME,
    BuildStarted,
    Built,
    DestinationSeen,
    Ended,
    FailureCleared,
    FailureImported,
    Identified,
    Outcome,
    PackageEvent,
    Phantom,
    Published,
    Queued,
    RebuildRequested,
    Requested,
    RequestLapsed,
    Skipped,
    SkippedAsRetag,
    Tagged,
    TaggingConfirmed,
    Untagged,
)
from domain.package.state import (
    NO_BUILD,
    Asked,
    Attempt,
    Build,
    Destination,
    Package,
    Presence,
    Sighting,
    Standing,
)
from domain.values import Mode, Moment

NOWHERE = Presence()


def evolve(package: Package, *news: Recorded) -> Package:
    """Return the package after more events of its stream."""
    for recorded in news:
        package = _apply(package, recorded.envelope.event, recorded)
    last = news[-1]
    return replace(package, version=last.envelope.originator_version, position=last.position)


def _apply(package: Package, event: PackageEvent, recorded: Recorded) -> Package:  # noqa: C901, PLR0912 - a case an event
    match event:
        case Tagged():
            return _tagged(package, event, recorded)
        case TaggingConfirmed():
            return _confirmed(package, event, recorded)
        case Queued():
            return _queued(package, event, recorded)
        case SkippedAsRetag() | Skipped():
            return _judged(package, event, recorded)
        case Untagged():
            return _untagged(package, event, recorded)
        case Identified():
            return _identified(package, event)
        case Phantom():
            return _phantom(package, event)
        case DestinationSeen():
            return _destination_seen(package, event, recorded)
        case FailureImported():
            return _failure_imported(package, event, recorded)
        case Requested():
            return replace(package, request=_asked(event, recorded))
        case RequestLapsed():
            return replace(package, request=None)
        case RebuildRequested():
            at = recorded.envelope.meta.moment
            return replace(package, generation=event.generation, rebuild_at=at)
        case FailureCleared():
            return _cleared(package, event)
        case BuildStarted():
            return _started(package, event)
        case Built():
            return _outcome(package, event, "built", recorded)
        case Ended():
            return _ended(package, event, recorded)
        case Published():
            return _published(package, event)
        case _:
            assert_never(event)


# --- taggings ----------------------------------------------------------------------------------


def _tagged(package: Package, event: Tagged, recorded: Recorded) -> Package:
    sighting = Sighting(recorded.envelope.meta.moment, recorded.position, event.baseline)
    build = package.builds.get(event.build_id) or Build(event.nvr)
    presence = build.tags.get(event.tag, NOWHERE)
    seen = Presence((*presence.tagged, sighting), presence.untagged, presence.standings)
    source = event.source or build.source
    tags = {**build.tags, event.tag: seen}
    known = Build(build.nvr, source, build.identified or source is not None, tags)
    return _with_build(package, event.build_id, known)


def _untagged(package: Package, event: Untagged, recorded: Recorded) -> Package:
    sighting = Sighting(recorded.envelope.meta.moment, recorded.position)
    build = package.builds.get(event.build_id) or Build(event.nvr)
    presence = build.tags.get(event.tag, NOWHERE)
    seen = replace(presence, untagged=(*presence.untagged, sighting))
    return _with_presence(package, event.build_id, build, event.tag, seen)


def _confirmed(package: Package, event: TaggingConfirmed, recorded: Recorded) -> Package:
    moment, told = recorded.envelope.meta.moment, event.message_at
    build = package.builds[event.build_id]
    seen = _corrected(build.tags[event.tag], event, moment=moment, told=told)
    if seen.standings:  # the verdict is on the tagging, whatever time it turns out to have
        moved = [replace(s, tagging=moment) if s.tagging == told else s for s in seen.standings]
        seen = replace(seen, standings=tuple(moved))
    return _with_presence(package, event.build_id, build, event.tag, seen)


def _phantom(package: Package, event: Phantom) -> Package:
    build = package.builds[event.build_id]
    seen = _corrected(build.tags[event.tag], event, denied=True)
    return _with_presence(package, event.build_id, build, event.tag, seen)


def _corrected(presence: Presence, event: TaggingConfirmed | Phantom, **fields: object) -> Presence:
    """Correct the sighting that the event is about by what Koji's history says."""
    told = event.message_at
    sightings = presence.untagged if event.untag else presence.tagged
    known = tuple([replace(s, **fields) if s.moment == told else s for s in sightings])
    return replace(presence, untagged=known) if event.untag else replace(presence, tagged=known)


def _identified(package: Package, event: Identified) -> Package:
    build = package.builds[event.build_id]
    known = replace(build, source=event.source, identified=True)
    ledger = tuple(
        replace(attempt, source=event.source) if attempt.build_id == event.build_id else attempt
        for attempt in package.ledger
    )
    return replace(_with_build(package, event.build_id, known), ledger=ledger)


def _with_presence(
    package: Package, build_id: int, build: Build, tag: str, presence: Presence
) -> Package:
    return _with_build(package, build_id, replace(build, tags={**build.tags, tag: presence}))


def _with_build(package: Package, build_id: int, build: Build) -> Package:
    return replace(package, builds={**package.builds, build_id: build})


# --- verdicts and outcomes ---------------------------------------------------------------------


def _judged(
    package: Package, event: Queued | SkippedAsRetag | Skipped, recorded: Recorded
) -> Package:
    kind: Literal["queued", "skipped-as-retag", "skipped"]
    match event:
        case Queued():
            kind = "queued"
        case SkippedAsRetag():
            kind = "skipped-as-retag"
        case Skipped():
            kind = "skipped"
        case _:
            assert_never(event)
    basis = event.basis
    verdict = Standing(basis.mode, kind, basis.row, event.reason, basis.tagging, recorded.position)
    build = package.builds[event.build_id]
    presence = build.tags[event.tag]
    others = tuple([s for s in presence.standings if s.mode != basis.mode])
    seen = replace(presence, standings=(*others, verdict))
    judged = _with_presence(package, event.build_id, build, event.tag, seen)
    answered = judged.request is not None and judged.request.id == basis.request
    return replace(judged, request=None) if answered else judged


def _queued(package: Package, event: Queued, recorded: Recorded) -> Package:
    basis = event.basis
    attempt = Attempt(
        event.build_id,
        event.source,
        basis.mode,
        basis.generation,
        basis.round,
        basis.dist,
        recorded.position,
    )
    judged = _judged(package, event, recorded)
    return replace(judged, ledger=(*judged.ledger, attempt))


def _started(package: Package, event: BuildStarted) -> Package:
    def start(attempt: Attempt) -> Attempt:
        same = _key(attempt) == (event.build_id, event.mode, event.generation)
        return replace(attempt, batch=event.batch) if attempt.open and same else attempt

    return replace(package, ledger=tuple(map(start, package.ledger)))


def _ended(package: Package, event: Ended, recorded: Recorded) -> Package:
    """Note an outcome; what a person rejected was never queued and enters the ledger here."""
    if event.outcome == "rejected":
        refused = Attempt(
            event.build_id, event.source, event.mode, event.generation, 0, None, recorded.position
        )
        package = replace(package, ledger=(*package.ledger, refused), request=None)
    return _outcome(package, event, event.outcome, recorded)


def _outcome(
    package: Package,
    event: Built | Ended,
    outcome: Outcome | Literal["built"],
    recorded: Recorded,
) -> Package:
    def end(attempt: Attempt) -> Attempt:
        if not attempt.open or _key(attempt) != (event.build_id, event.mode, event.generation):
            return attempt
        at: Moment = recorded.envelope.meta.moment
        return replace(attempt, outcome=outcome, ended_at=at, ended_position=recorded.position)

    return replace(package, ledger=tuple(map(end, package.ledger)))


def _key(attempt: Attempt) -> tuple[int, Mode, int]:
    return attempt.build_id, attempt.mode, attempt.generation


def _cleared(package: Package, event: FailureCleared) -> Package:
    def clear(attempt: Attempt) -> Attempt:
        blamed = not attempt.handled and attempt.outcome not in WITHOUT_BLAME
        named = event.source in (None, attempt.source)
        return replace(attempt, cleared=True) if blamed and named else attempt

    return replace(package, ledger=tuple(map(clear, package.ledger)))


def _published(package: Package, event: Published) -> Package:
    """Note that what was built has arrived; nothing is decided by it."""

    def arrive(attempt: Attempt) -> Attempt:
        same = _key(attempt) == (event.build_id, event.mode, event.generation)
        return replace(attempt, published=True) if attempt.outcome == "built" and same else attempt

    return replace(package, ledger=tuple(map(arrive, package.ledger)))


# --- the rest ----------------------------------------------------------------------------------


def _destination_seen(package: Package, event: DestinationSeen, recorded: Recorded) -> Package:
    at = recorded.envelope.meta.moment
    place = recorded.position
    seen = Destination(event.source, event.build_id, event.dist, at, place, event.nvr)
    return replace(package, destinations=(*package.destinations, seen))


def _failure_imported(package: Package, event: FailureImported, recorded: Recorded) -> Package:
    """Whoever failed, row 8 holds for the source until somebody clears it."""
    failed = Attempt(
        build_id=NO_BUILD,
        source=event.source,
        mode="live",
        generation=package.generation,
        round=0,
        dist=None,
        position=recorded.position,
        outcome="failed",
        ended_at=recorded.envelope.meta.moment,
        ended_position=recorded.position,
    )
    return replace(package, ledger=(*package.ledger, failed))


def _asked(event: Requested, recorded: Recorded) -> Asked:
    return Asked(recorded.envelope.id, event.build_id, event.force, recorded.position)
