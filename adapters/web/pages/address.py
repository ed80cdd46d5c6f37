# SPDX-License-Identifier: GPL-3.0-or-later
"""The address of a page, and of the same with something else asked for."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeVar
from urllib.parse import urlencode

from msgspec import Struct

T = TypeVar("T")

DIGITS: Final = 18
"""Of a number in an address, at most so many: PostgreSQL numbers no further."""

MOST: Final = 99_999
"""Pages that anything has."""

PAGES: Final = ("page", "queued")
"""The parameters that say which page of a table is shown; the second where there are two."""


class Address(Struct, frozen=True):
    """A path, and what is asked for there: the page's own parameters, as it understood them.

    What somebody put into an address besides comes into no link.
    """

    path: str
    asked: Mapping[str, str] = {}

    def to(self, **changes: object) -> str:
        """Return the address with some parameters changed; those without a value are left out.

        So is the first page, which is where one begins.
        """
        asked = {**self.asked, **{key: str(value or "") for key, value in changes.items()}}
        usual = {(name, "1") for name in PAGES}
        told = [each for each in asked.items() if each[1] and each not in usual]
        return f"{self.path}?{urlencode(told)}" if told else self.path

    def __str__(self) -> str:
        return self.to()


def number_of(text: str) -> int | None:
    """Return the number that a text is, counted from 1; None where it is none."""
    fit = text.isascii() and text.isdecimal() and len(text) <= DIGITS and int(text) > 0
    return int(text) if fit else None


def page_of(query: Mapping[str, str], name: str = "page") -> int:
    """Return which page is asked for; the first where that makes no sense."""
    return min(number_of(query.get(name, "")) or 1, MOST)


def cut(
    rows: Sequence[T], asked: Mapping[str, str], size: int, name: str = "page"
) -> tuple[Sequence[T], int, int]:
    """Return the rows of the page that is asked for, the last for one past it; which of how many.

    ``size``: rows on a page; ``name``: the parameter that asks for it.
    """
    pages = max(1, -(-len(rows) // size))
    page = min(int(asked[name]), pages)
    return rows[(page - 1) * size : page * size], page, pages
