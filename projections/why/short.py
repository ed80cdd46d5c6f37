# SPDX-License-Identifier: GPL-3.0-or-later
"""The reasons of the verdict table in a few words, for a table that has a cell for them."""

from collections.abc import Mapping
from typing import Final

from domain.values import detailed

IN_SHORT: Final[Mapping[str, str]] = {
    "not-targeted": "not in the package list",
    "excluded": "held back by the policy",
    "not-in-tag": "not in the trigger tag",
    "no-source": "Koji has no source of it",
    "superseded": "a later build came",
    "already-queued": "queued already",
    "already-built": "built already",
    "same-source": "its source",
    "already-in-destination": "ELN has it already",
    "older-than-handled": "a later one was built",
    "failed-before": "ended before",
    "due": "due",
}


def in_short(reason: str) -> str:
    """Return a verdict's reason, with its detail, in words; what is no reason, as it is.

    The detail of ``same-source`` is a reason by itself.
    """
    what, _, detail = reason.partition(": ")
    return detailed(IN_SHORT[what], IN_SHORT.get(detail, detail)) if what in IN_SHORT else reason
