# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages: whole without a script, made once for each position, and followed where one runs."""

from typing import Final

from adapters.web.pages import (
    about,
    batches,
    board,
    events,
    follow,
    package,
    plans,
    queue,
    timeline,
)

PAGES: Final = (board, package, queue, plans, batches, timeline, events, about, follow)
"""Each module has its ``router``."""
