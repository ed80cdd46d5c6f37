# SPDX-License-Identifier: GPL-3.0-or-later
"""Timelines as people and programs read them: a module a format, all of one model."""

from adapters.timeline.asked import Asked
from adapters.timeline.formats import rendered
from adapters.timeline.words import Source

__all__ = ["Asked", "Source", "rendered"]
