# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages by their names, each where it has something to show in the story."""

from typing import Final

WANTED: Final = "EBS_TEST_BROWSER"
"""The variable by which the pages are looked at; `make browser` sets it."""

PAGES: Final = {
    "board": "/",
    "package": "/packages/curl",
    "queue": "/queue",
    "plan": "/plans/{plan}",
    "batches": "/batches",
    "batch": "/batches/2",
    "failed": "/failed",
    "timeline": "/timeline?from=-3d",
    "events": "/events",
    "operations": "/operations",
    "about": "/about",
}
