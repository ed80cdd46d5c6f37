# SPDX-License-Identifier: GPL-3.0-or-later
"""Every format of a timeline by its name."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from rich.console import Console

from adapters.timeline import chart, data, markdown, page, text
from adapters.timeline.words import Source
from projections.timeline import Timeline

Format = Callable[[Timeline, Source, Console], Iterable[str]]

FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        "text": text.lines,
        "md": markdown.lines,
        "json": data.json_lines,
        "csv": data.csv_lines,
        "html": page.lines,
        "svg": chart.lines,
    }
)


def rendered(form: str, timeline: Timeline, source: Source, screen: Console) -> Iterable[str]:
    """Return the lines of a timeline in a format; only text is as wide as the screen."""
    return FORMATS[form](timeline, source, screen)
