# SPDX-License-Identifier: GPL-3.0-or-later
"""A batch as it is on record: bash is built within 20 minutes."""

from domain.batch import stream
from domain.batch.events import (
    AttemptStarted,
    BatchEvent,
    BuildFinished,
    BuildSubmitted,
    Finished,
    Planned,
    PlannedBuild,
    SliceStarted,
)
from tests.domain.given import BASH, Fact, commit, nvr

MINUTES = 20


def built(build_id: int = 1, number: int = 1) -> list[Fact]:
    """Return the events of a batch that built a build of bash."""
    build = PlannedBuild(BASH, build_id, nvr(build_id), commit(build_id))
    events: tuple[tuple[float, BatchEvent], ...] = (
        (0, Planned((build,), "eln", "live")),
        (1, SliceStarted(1000)),
        (1, AttemptStarted(1, (build_id,))),
        (2, BuildSubmitted(build_id, 1001)),
        (2 + MINUTES * 60, BuildFinished(build_id, "built", 1001, 501, "bash-1-1.eln142")),
        (2 + MINUTES * 60, Finished(1, 0)),
    )
    return [Fact(stream(number), event, at) for at, event in events]
