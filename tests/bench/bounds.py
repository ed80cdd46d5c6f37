# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured, against what, and what it may be at worst."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Bound(NamedTuple):
    """A figure and its limit; ``at_least`` where more is better."""

    what: str
    figure: float
    limit: float
    at_least: bool
    unit: str = " times"

    @property
    def kept(self) -> bool:
        """Whether the figure is within the limit."""
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        return f"{self.what} {self.figure:.3g}{self.unit} ({sign} {self.limit:g}{self.unit})"


def seconds(act: Callable[[], object], times: int = 1) -> float:
    """Return how long it took; of several times the median, for the machine is not ours alone."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        taken.append(time.perf_counter() - start)
    return sorted(taken)[len(taken) // 2]


def peak_memory() -> float:
    """Return the peak of this program, in MB; getrusage would tell that of who started it, too."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024
