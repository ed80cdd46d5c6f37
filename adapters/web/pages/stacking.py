# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables that are read on narrow screens, too: there a row is a block, each cell with its label.

A label is the head of the column, so that no template says it twice. The roles say what a style
takes from some browsers: that what is laid out as blocks is a table nevertheless.
"""

import re
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup, escape

HEAD: Final = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
PART: Final = re.compile(r"<(thead|tbody|tr|th|td)\b( colspan)?")
"""Begins a part of a table. What comes from outside is escaped, and begins none."""

ROLES: Final = {
    "thead": "rowgroup",
    "tbody": "rowgroup",
    "tr": "row",
    "th": "rowheader",
    "td": "cell",
}


def stacked(table: Markup) -> Markup:
    """Return what stands in a table, head and body, with a role for each part.

    Each cell has a label, but for one that heads a row, or spans columns.
    """
    head, body = table.split("</thead>", 1)
    labels = [Markup(each).striptags() for each in HEAD.findall(head)]  # noqa: S704 - our own
    made = PART.sub(_of_head, head), "</thead>", _Rows(labels).told(body)
    return Markup("".join(made))  # noqa: S704 - as it was


def _of_head(part: re.Match[str]) -> str:
    role = "columnheader" if part[1] == "th" else ROLES[part[1]]
    return f'{part[0]} role="{role}"'


class _Rows:
    """The body of a table whose columns have these labels."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = [escape(label) for label in labels]
        self._left = iter(self._labels)

    def told(self, body: str) -> str:
        """Return it with roles and labels."""
        return PART.sub(self._part, body)

    def _part(self, part: re.Match[str]) -> str:
        name, spans = part[1], part[2] or ""
        begun = f'<{name} role="{ROLES[name]}"{spans}'
        if name == "tr":
            self._left = iter(self._labels)
        if name not in ("td", "th") or spans:
            return begun
        label = next(self._left)
        return begun if name == "th" else f'{begun} data-label="{label}"'
