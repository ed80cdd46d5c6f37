# SPDX-License-Identifier: GPL-3.0-or-later
"""A timeline as one page: no script, nothing from outside, to be read, printed and kept."""

from collections.abc import Iterator

from markupsafe import Markup
from rich.console import Console

from adapters.timeline import chart
from adapters.timeline.templates import filled
from adapters.timeline.words import (
    SYMBOLS,
    TONES,
    Source,
    alone,
    by,
    clock,
    coverage,
    day,
    figure,
    heading,
    hidden,
)
from adapters.words import iso
from projections.timeline import Mark, Timeline


def lines(timeline: Timeline, source: Source, screen: Console) -> Iterator[str]:
    """Yield the lines of the page."""
    picture = "\n".join(chart.lines(timeline, source, screen))
    return filled(
        "timeline.html.j2",
        timeline=timeline,
        source=source,
        heading=heading(timeline),
        coverage=coverage(timeline),
        hidden=hidden(timeline),
        figures=[(each.name, figure(each)) for each in timeline.figures],
        picture=Markup(picture),  # noqa: S704 - its own template has escaped it
        placed=timeline.placed(),
        symbols=SYMBOLS,
        tones=TONES,
        named=_named,
        told=alone,
        by=by,
        iso=iso,
        day=day,
        clock=clock,
    )


def _named(mark: Mark) -> str:
    """Return how many of the things in a fold are named."""
    count = len(mark.subjects)
    return f"all {count:,}" if count == mark.count else f"{count:,} of {mark.count:,}"
