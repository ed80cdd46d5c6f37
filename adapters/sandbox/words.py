# SPDX-License-Identifier: GPL-3.0-or-later
"""A pass of the worker in words, by what it recorded."""

from collections.abc import Mapping
from typing import Final

from domain.batch.events import (
    BuildFinished,
    BuildSubmitted,
    Promoted,
    RepoReady,
    Seeded,
    SideTagCreated,
    SideTagRemoved,
)
from domain.batch.update_events import UpdateSubmitted
from domain.package.events import (
    Identified,
    Published,
    Queued,
    Skipped,
    SkippedAsRetag,
    TaggingConfirmed,
)

SKIPPED: Final = "skipped"

WORDS: Final = {
    TaggingConfirmed.topic: "{} taggings confirmed by Koji",
    Identified.topic: "{} sources looked up",
    Queued.topic: "{} builds queued",
    SKIPPED: "{} skipped with a reason",
    SideTagCreated.topic: "a side tag made",
    Seeded.topic: "Rawhide's builds tagged into it",
    RepoReady.topic: "its repository ready",
    BuildSubmitted.topic: "{} builds submitted",
    BuildFinished.topic: "{} built",
    Promoted.topic: "{} promoted",
    UpdateSubmitted.topic: "updates submitted to Bodhi: {}",
    Published.topic: "{} in the stable tag",
    SideTagRemoved.topic: "the side tag removed",
}
"""In the order in which things happen; of other events nothing is said."""


def in_words(recorded: Mapping[str, int]) -> str:
    """Return what the pass did, from how many events of each topic; empty where it did nothing."""
    skipped = recorded.get(Skipped.topic, 0) + recorded.get(SkippedAsRetag.topic, 0)
    counts = {**recorded, SKIPPED: skipped}
    said = (
        words.format(f"{counts[topic]:,}") for topic, words in WORDS.items() if counts.get(topic)
    )
    text = ", ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if text else ""
