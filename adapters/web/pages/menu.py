# SPDX-License-Identifier: GPL-3.0-or-later
"""The one navigation of all pages."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from fastapi import APIRouter


class Entry(NamedTuple):
    """A page that stands in the navigation."""

    name: str
    path: str


MENU: Final = (
    Entry("Board", "/"),
    Entry("Queue", "/queue"),
    Entry("Batches", "/batches"),
    Entry("Failed", "/failed"),
    Entry("Timeline", "/timeline"),
    Entry("Events", "/events"),
    Entry("Operations", "/operations"),
    Entry("About", "/about"),
)
"""In this order; an entry is shown where its page is there."""


def menu_of(routers: Iterable[APIRouter]) -> tuple[Entry, ...]:
    """Return the entries of the pages that these serve."""
    there = {getattr(route, "path", "") for router in routers for route in router.routes}
    return tuple(entry for entry in MENU if entry.path in there)
