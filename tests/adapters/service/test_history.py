# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of Koji's history: what has no sound name does not get into the log."""

from datetime import UTC, datetime

import pytest

from adapters.ports.koji import TagRow
from adapters.service.history import history_rows

AT = datetime(2024, 8, 13, tzinfo=UTC)


def row(name: str, version: str, release: str) -> TagRow:
    """Return what Koji tells of a build in f42."""
    return TagRow(7, 42, "f42-old", name, version, release, 1_000, AT, "releng")


@pytest.mark.parametrize(
    ("name", "version", "release"),
    [
        ("<b>", "5.2", "1.fc42"),
        ("bash", "5-2", "1.fc42"),
        ("bash", "5.2", "1-fc42"),
        ("bash", "", "1.fc42"),
        ("bash", "5.2", ""),
    ],
)
def test_a_row_without_a_sound_name_is_left_out(name: str, version: str, release: str) -> None:
    """Neither markup nor what could be read as another version gets past the reading."""
    rows = [row(name, version, release), row("bash", "5.2", "1.fc42")]
    assert [found.nvr for found in history_rows("f42", rows)] == ["bash-5.2-1.fc42"]
