# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the events of a batch stand: its side tag, its slices and attempts, each of its builds."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from domain.batch import events as batch
from domain.batch import update_events as updates
from domain.envelope import Event, Meta
from projections.timeline.model import Tone
from projections.timeline.places import band, begins, came_to, ends, joins, point, reason


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


def _until(event: batch.Held | updates.UpdateHeld, meta: Meta) -> tuple[datetime, datetime]:
    return meta.occurred_at, event.until


def _update(event: Any) -> int:
    """Return which update a side tag is for, or another event about; 0 is the builds' side tag."""
    number: int = getattr(event, "update", 0)
    return number


def _updates(event: updates.UpdatesPlanned, _: Meta) -> str:
    count = len(event.updates)
    return f"{count:,} update planned" if count == 1 else f"{count:,} updates planned"


def _stable(event: updates.StableReached, _: Meta) -> str:
    return f"{_builds(len(event.build_ids))} in the stable tag"


def _late(event: updates.StableTimedOut, _: Meta) -> str:
    return f"{_builds(len(event.build_ids))} not stable in time"


def _stalled(event: updates.StableTimedOut) -> str:
    return "nothing at all gets there" if event.stalled else ""


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


def _side_tag(words: str) -> Callable[[Any, Meta], str]:
    """Return how a side tag is told; a batch has one of its own, and one for each update."""

    def word(event: Any, _: Meta) -> str:
        update = _update(event)
        return f"side tag of update {update} {words}" if update else f"side tag {words}"

    return word


of_build: Final[dict[str, Any]] = {"key": lambda event: event.build_id, "thing": "build"}
of_side_tag = partial(begins, "side tag", key=_update)
made_of_side_tag = partial(came_to, "side tag", key=_update)
of_update: Final[dict[str, Any]] = {"key": _update, "thing": "update"}

BATCH: Final[Mapping[type[Event], Any]] = {
    batch.Planned: begins("batch", "under way", said=_planned),
    batch.Finished: came_to("batch", _finished, _all_well, of=("batch", "slices", "attempts")),
    batch.Abandoned: point("batch", "abandoned", "bad", said=reason),
    batch.Held: band("outages", "held", _until, said=reason),
    batch.SliceStarted: begins("slices", _slice),
    batch.SliceFinished: came_to("slices", _slice, _all_well, of=("slices", "attempts")),
    batch.AttemptStarted: begins("attempts", _tried, attempt=lambda event: event.attempt),
    batch.SideTagRequested: of_side_tag(_side_tag("asked for"), span="making"),
    batch.SideTagCreated: made_of_side_tag(
        _side_tag("made"), "good", of=("making",), said=lambda e: e.name
    ),
    batch.SeedRequested: of_side_tag(_side_tag("being filled"), span="seeding", said=_unseeded),
    batch.Seeded: made_of_side_tag(_side_tag("filled"), "good", of=("seeding",), said=_unseeded),
    batch.RepoRequested: of_side_tag("repository asked for", span="repository"),
    batch.RepoReady: made_of_side_tag("repository ready", "good", of=("repository",)),
    batch.SideTagRemoved: ends(
        "side tag",
        _side_tag("removed"),
        of=("making", "seeding", "repository"),
        said=reason,
        key=_update,
    ),
    batch.BuildRequested: joins("builds", "to be submitted", span="attempts"),
    batch.BuildSubmitted: begins("builds", "building", **of_build),
    batch.BuildTimedOut: point("builds", "takes too long, is cancelled", "bad", **of_build),
    batch.BuildFinished: came_to("builds", _outcome, _well, said=_came_of_it, **of_build),
    batch.DuplicateFound: point("builds", "had a second task, cancelled", "bad", **of_build),
    batch.Promoted: point(
        "promotion", "promoted", "good", said=lambda e: e.downstream_nvr, **of_build
    ),
    batch.PromotionRefused: point("promotion", "refused promotion", "bad", said=reason, **of_build),
    updates.UpdatesPlanned: point("updates", _updates),
    updates.UpdateRequested: begins("updates", "asked for", **of_update),
    updates.UpdateSubmitted: came_to(
        "updates", "in Bodhi", "good", said=lambda e: e.alias, **of_update
    ),
    updates.UpdateRefused: came_to("updates", "not made", "bad", said=reason, **of_update),
    updates.UpdateHeld: band("outages", "update held", _until, said=reason),
    updates.UpdateSplit: point("updates", "divided", **of_update),
    updates.UpdateDropped: point("updates", "given up", "bad", said=reason, **of_update),
    updates.StableReached: point("stable", _stable, "good"),
    updates.StableTimedOut: point("stable", _late, "bad", said=_stalled),
}
