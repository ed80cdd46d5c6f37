# SPDX-License-Identifier: GPL-3.0-or-later
"""What a batch tells the packages: each build's end, once it is final."""

from domain.batch import Batch, Item
from domain.package.events import Built, Ended, Outcome


def of_slice(batch: Batch, item: Item) -> Built | Ended:
    """Return what came of a build when no further attempt is made at it."""
    assert item.outcome is not None  # noqa: S101 - an attempt ends when each build has one
    if item.outcome == "built":
        return built(batch, item)
    return ended(batch, item, item.outcome, item.detail)


def built(batch: Batch, item: Item) -> Built:
    """Return that it was built, as what."""
    return Built(
        item.build_id,
        batch.mode,
        item.planned.generation,
        downstream_build_id=item.downstream,
        downstream_nvr=item.downstream_nvr,
        batch=batch.number,
        adopted=item.adopted,
    )


def ended(batch: Batch, item: Item, outcome: Outcome, detail: str) -> Ended:
    """Return that it was not, and why."""
    return Ended(
        item.build_id,
        batch.mode,
        item.planned.generation,
        outcome,
        source=item.planned.source,
        detail=detail,
        batch=batch.number,
    )
