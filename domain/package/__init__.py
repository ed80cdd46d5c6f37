# SPDX-License-Identifier: GPL-3.0-or-later
"""A package's life: its events, and the state they add up to."""

from domain.package.events import PackageEvent
from domain.package.evolve import evolve
from domain.package.state import Package, name_of, stream

__all__ = ["Package", "PackageEvent", "evolve", "name_of", "stream"]
