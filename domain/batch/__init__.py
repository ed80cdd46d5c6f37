# SPDX-License-Identifier: GPL-3.0-or-later
"""A batch: queued builds that are rebuilt together in Koji, act by act."""

from domain.batch.events import BatchEvent
from domain.batch.evolve import evolve
from domain.batch.state import Batch, Item, number_of, stream

__all__ = ["Batch", "BatchEvent", "Item", "evolve", "number_of", "stream"]
