# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at every page; exits 1 where one is not as it should be. Options are pytest's."""

import os
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.browser.pages import PAGES, WANTED


class Figures:
    """Gathers what the tests record of themselves."""

    def __init__(self) -> None:
        self.told: defaultdict[str, list[Any]] = defaultdict(list)
        self.outcomes: defaultdict[str, int] = defaultdict(int)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in what came of a part of a test."""
        if report.when == "call" or not report.passed:
            self.outcomes[report.outcome] += 1
            for name, value in report.user_properties:
                self.told[name].append(value)

    def __str__(self) -> str:
        told = [f"{len(PAGES)} pages looked at {len(self.told['looks'])} times"]
        if self.told["bytes"]:
            told.append(f"the largest has {max(self.told['bytes']) / 1_000:.0f} kB")
        if self.told["seconds"]:
            told.append(f"an event shows after {max(self.told['seconds']):.1f} s at most")
        return "; ".join((*told, *(f"{count} {what}" for what, count in self.outcomes.items())))


def main(*options: str) -> int:
    """Run the tests, and end in a sentence."""
    os.environ[WANTED] = "1"
    began, figures = time.monotonic(), Figures()
    failed = pytest.main(["-q", str(Path(__file__).parent), *options], plugins=[figures])
    verdict = "A page is not as it should be" if failed else "Every page is as it should be"
    print(f"{verdict}: {figures}; in {time.monotonic() - began:.0f} s.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
