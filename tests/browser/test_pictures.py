# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures that the docs show: one of each page, small, and each with words beside it."""

import re

from tests.browser.pages import PAGES
from tests.browser.pictures import FOLDER

LARGEST = 150_000
"""Bytes."""

THERE = {
    "about.webp", "batch.webp", "batches.webp", "board.webp", "events.webp", "failed.webp",
    "operations.webp", "package.webp", "plan.webp", "queue.webp", "timeline.webp",
}  # fmt: skip


def test_there_is_one_of_each_page() -> None:
    """Whoever adds a page takes them anew: `make pictures`."""
    found = {path.name: path.read_bytes() for path in FOLDER.iterdir()}

    assert found.keys() == THERE == {f"{name}.webp" for name in PAGES}
    for name, picture in found.items():
        assert (picture[:4], picture[8:12]) == (b"RIFF", b"WEBP"), name
        assert len(picture) < LARGEST, name


def test_each_is_shown_with_what_is_on_it() -> None:
    """In words, for who does not see it."""
    shown = re.findall(r"!\[(.*?)\]\(pages/(.+?)\)", FOLDER.with_suffix(".md").read_text())

    assert {name for _, name in shown} == THERE
    assert all(len(words) > 10 for words, _ in shown)
