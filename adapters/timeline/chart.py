# SPDX-License-Identifier: GPL-3.0-or-later
"""A timeline as a picture: SVG that needs nothing around it, in light and dark."""

from collections.abc import Iterator

from rich.console import Console

from adapters.timeline.layout import ICON, ROW, laid_out
from adapters.timeline.templates import filled
from adapters.timeline.words import TONES, Source, counted, heading, hidden
from projections.timeline import Timeline


def lines(timeline: Timeline, _: Source, __: Console) -> Iterator[str]:
    """Yield the lines of the picture; the pages of a browser may show it as it is."""
    return filled(
        "chart.svg.j2",
        chart=laid_out(timeline),
        title=f"Timeline of {heading(timeline)}",
        description=" ".join(filter(None, (counted(timeline), hidden(timeline)))),
        tones=TONES,
        row=ROW,
        icon_middle=ICON / 2,
    )
