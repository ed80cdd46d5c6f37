# SPDX-License-Identifier: GPL-3.0-or-later
"""The address of a page, and of the same with something else asked for."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from msgspec import Struct

DIGITS: Final = 6
"""Of the number of a page, fewer than so many."""


class Address(Struct, frozen=True):
    """A path, and what is asked for there: the page's own parameters, as it understood them.

    What somebody put into an address besides comes into no link.
    """

    path: str
    asked: Mapping[str, str] = {}

    def to(self, **changes: object) -> str:
        """Return the address with some parameters changed; those without a value are left out."""
        asked = {**self.asked, **{key: str(value or "") for key, value in changes.items()}}
        told = {key: value for key, value in asked.items() if value}
        return f"{self.path}?{urlencode(told)}" if told else self.path

    def __str__(self) -> str:
        return self.to()


def page_of(query: Mapping[str, str]) -> int:
    """Return which page is asked for; the first where that makes no sense."""
    told = query.get("page", "")
    fit = told.isascii() and told.isdecimal() and len(told) < DIGITS
    return max(1, int(told)) if fit else 1
