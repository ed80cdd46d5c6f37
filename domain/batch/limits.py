# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a batch may take for what, and how it is published."""

from datetime import timedelta

from msgspec import Struct


class Publication(Struct, frozen=True):
    """How what was promoted is published, and how long it is waited for.

    More than ``max_single_batch_size`` builds are published by the ``batch_size``, 0 being all at
    once. ``wait``: for an update's builds to reach the ``stable_tag``; where that is ``adaptive``,
    it is as long as the batches before took, between ``wait`` and ``longest``. No longer than
    ``longest`` is waited while nothing at all gets there. Then the batch goes on, or is on ``hold``
    until they are there.
    """

    stable_tag: str
    batch_size: int = 0
    max_single_batch_size: int = 0
    wait: timedelta = timedelta(hours=1)
    adaptive: bool = False
    longest: timedelta = timedelta(hours=4)
    hold: bool = False


class Limits(Struct, frozen=True):
    """How long a side tag is waited for, what is tagged into it, and a task.

    Without a ``publication`` a batch ends with the promotion.
    """

    seeds: timedelta = timedelta(minutes=30)
    side_tag: timedelta = timedelta(hours=1)
    task: timedelta = timedelta(hours=24)
    publication: Publication | None = None
