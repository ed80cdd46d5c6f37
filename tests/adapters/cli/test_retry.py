# SPDX-License-Identifier: GPL-3.0-or-later
"""Retry: longer and longer, up to a minute, and from the beginning after it was well."""

from adapters.cli.retry import LONGEST, Retry


def test_it_waits_longer_and_longer() -> None:
    """Twice as long each time, never longer than a minute."""
    retry = Retry()

    assert [retry.after(0) for _ in range(8)] == [1, 2, 4, 8, 16, 32, LONGEST, LONGEST]


def test_what_was_well_for_long_begins_anew() -> None:
    """What went on for longer than the longest wait counts as mended; a moment does not."""
    retry = Retry()

    assert [retry.after(0), retry.after(LONGEST), retry.after(LONGEST + 1)] == [1, 2, 1]
    assert retry.after(0) == 2
