# SPDX-License-Identifier: GPL-3.0-or-later
"""The timeline of a window of the log: a pure model, which renderers show.

`draw` makes it of events; what each event is on it says the table in ``table.py``.
"""

from projections.timeline.draw import draw
from projections.timeline.model import Figure, Lane, Mark, Timeline, Track, Window
from projections.timeline.names import Names
from projections.timeline.table import LASTING, sentence, told
from projections.timeline.wanted import Wanted

__all__ = [
    "LASTING",
    "Figure",
    "Lane",
    "Mark",
    "Names",
    "Timeline",
    "Track",
    "Wanted",
    "Window",
    "draw",
    "sentence",
    "told",
]
