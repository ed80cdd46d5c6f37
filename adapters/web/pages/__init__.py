# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages: whole without a script, made once for each position, and followed where one runs."""

from typing import Final

from adapters.web.pages import (
    about,
    batches,
    board,
    events,
    failed,
    follow,
    operations,
    package,
    plans,
    queue,
    timeline,
    triggering,
)

PAGES: Final = (
    board,
    package,
    queue,
    plans,
    batches,
    failed,
    timeline,
    events,
    operations,
    triggering,
    about,
    follow,
)
"""Each module has its ``router``."""
