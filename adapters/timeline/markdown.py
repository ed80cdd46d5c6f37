# SPDX-License-Identifier: GPL-3.0-or-later
"""A timeline as a post-mortem in Markdown: what is known is filled in, the rest is asked."""

from collections.abc import Iterator

from rich.console import Console

from adapters.timeline.templates import filled
from adapters.timeline.words import (
    SYMBOLS,
    TONES,
    Source,
    by,
    clock,
    coverage,
    day,
    figure,
    heading,
    hidden,
    told,
)
from projections.timeline import Mark, Timeline


def lines(timeline: Timeline, source: Source, _: Console) -> Iterator[str]:
    """Yield the lines of the post-mortem."""
    return filled(
        "post-mortem.md.j2",
        timeline=timeline,
        source=source,
        heading=heading(timeline),
        coverage=coverage(timeline),
        hidden=hidden(timeline),
        legend="  ".join(f"{SYMBOLS[tone]} {meaning}" for tone, meaning in TONES.items()),
        figures=[(each.name, figure(each)) for each in timeline.figures],
        impact=[told(mark) for _, _, mark in timeline.placed() if _matters(mark)],
        rows=[
            (
                mark.number,
                f"{day(mark.since)} {clock(mark.since)}",
                lane.name,
                f"{SYMBOLS[mark.tone]} {told(mark)}",
                by(mark),
            )
            for lane, _, mark in timeline.placed()
        ],
    )


def _matters(mark: Mark) -> bool:
    """Whether somebody had to wait, or something failed or was missing."""
    return mark.tone in ("bad", "held")
