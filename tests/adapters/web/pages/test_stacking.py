# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables on narrow screens: each cell says in which column it stands, and all stay tables."""

from html.parser import HTMLParser

import pytest
from markupsafe import Markup

from adapters.web.pages.stacking import stacked
from tests.adapters.service.given import World
from tests.adapters.web.conftest import Asker
from tests.adapters.web.pages import batch
from tests.domain.given import ended, tagged

TABLE = Markup(
    "<thead><tr><th scope='col'><a href='/?sort=a'>Name &amp; so</a></th><th>Much</th></tr></thead>"
    "<tbody><tr><th scope='row'>a</th><td class='number'>1</td></tr>"
    "<tr><td>&lt;td&gt;</td><td></td></tr><tr><td colspan='2'>none</td></tr></tbody>"
)
PAGES = ("/", "/packages/bash", "/queue", "/batches", "/batches/1", "/failed", "/timeline?from=1",
         "/events", "/operations", "/about")  # fmt: skip


def test_a_cell_is_labelled_by_the_head_of_its_column() -> None:
    """But for what heads the row, and what spans columns; the rest is as it was."""
    told = stacked(TABLE)

    assert told.count("data-label") == 3
    assert '<td role="cell" data-label="Much" class=\'number\'>1</td>' in told
    assert '<td role="cell" data-label="Name &amp; so">&lt;td&gt;</td>' in told
    assert "<td role=\"cell\" colspan='2'>none</td>" in told
    assert told.striptags() == TABLE.striptags()


class Tables(HTMLParser):
    """Reads the tables of a page: for each row of a body the labels of its cells, None for none."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.heads: list[list[str]] = []
        self.rows: list[tuple[list[str], list[str | None]]] = []
        self.roleless: list[str] = []
        self._head = self._reads = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in a part of a table."""
        told = dict(attrs)
        if tag in ("table", "thead", "tbody", "tr", "th", "td") and "role" not in told:
            self.roleless.append(tag)
        match tag:
            case "thead" | "tbody":
                self._head = tag == "thead"
                self.heads += [[]] * self._head
            case "tr" if not self._head:
                self.rows.append((self.heads[-1], []))
            case "th" if self._head:
                self.heads[-1] = [*self.heads[-1], ""]
                self._reads = True
            case "td" | "th":
                self.rows[-1][1].append(told.get("data-label"))

    def handle_endtag(self, tag: str) -> None:
        """Note where a head ends."""
        self._reads = self._reads and tag != "th"

    def handle_data(self, data: str) -> None:
        """Take in what a head says."""
        if self._reads:
            self.heads[-1][-1] += data


@pytest.mark.parametrize("page", PAGES)
def test_every_row_has_a_cell_for_every_column(web: Asker, world: World, page: str) -> None:
    """On every page, and each of them the label of its own column."""
    world.hear(*batch.built(), tagged(1, 10), tagged(2, 20, package="gcc"))
    world.passes()
    world.app.operators.note("slow", world.by(), package="bash")
    world.hear(ended(2, "failed", package="gcc"))

    tables = Tables(web.get(page).text)

    assert tables.roleless == []
    whole = [(head, labels) for head, labels in tables.rows if len(labels) > 1]
    assert whole, "no table has a row"
    for head, labels in whole:
        assert [label or name for name, label in zip(head, labels, strict=True)] == head
