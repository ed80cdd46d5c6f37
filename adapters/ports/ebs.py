# SPDX-License-Identifier: GPL-3.0-or-later
"""What ELNBuildSync (EBS) 2.x has on record, for those who take over from it."""

from datetime import datetime

from msgspec import Struct


class FailedBuild(Struct, frozen=True, gc=False):
    """A row of ``failed_builds``: EBS failed to build this source and would not try again."""

    row: int
    package: str
    source: str
    failed_at: datetime


class EbsRecords(Struct, frozen=True):
    """Both tables as they were at one instant.

    ``pending`` and ``completed`` count the rows of ``build_trigger``: what was tagged and EBS had
    still to look at, and what it was done with, built or not.
    """

    failed: tuple[FailedBuild, ...]
    pending: int
    completed: int
