# SPDX-License-Identifier: GPL-3.0-or-later
"""A timeline as a picture: SVG that needs nothing around it, in light and dark."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any, Final

from markupsafe import Markup
from rich.console import Console

from adapters.timeline.layout import ICON, ROW, laid_out
from adapters.timeline.templates import filled
from adapters.timeline.words import TONES, Source, coverage, heading, hidden
from projections.timeline import Timeline

STYLE: Final = files("adapters.timeline").joinpath("static", "chart.css")
"""How it looks: a file of its own, for pages that allow no style within them."""


def lines(timeline: Timeline, _: Source, __: Console) -> Iterator[str]:
    """Yield the lines of the picture."""
    return filled("chart.svg.j2", alone=True, style=Markup(STYLE.read_text()), **_drawn(timeline))  # noqa: S704 - it is ours


def within(timeline: Timeline) -> Markup:
    """Return the picture for a page that brings the style, and has a row ``m1`` for mark 1."""
    picture = filled("chart.svg.j2", alone=False, **_drawn(timeline))
    return Markup("\n".join(picture))  # noqa: S704 - its template has escaped it


def _drawn(timeline: Timeline) -> dict[str, Any]:
    return {
        "chart": laid_out(timeline),
        "title": f"Timeline of {heading(timeline)}",
        "description": " ".join(filter(None, (coverage(timeline), hidden(timeline)))),
        "tones": TONES,
        "row": ROW,
        "icon_middle": ICON / 2,
    }
