# SPDX-License-Identifier: GPL-3.0-or-later
"""Restarts and kills everything in the course of a storm; exits 1 where a message is lost."""

import sys
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Final

from adapters.store.embedded import open_database
from tests.chaos.storm import Figures, Storm
from tests.fixtures.bus import Bus
from tests.fixtures.rabbit import private_broker

MESSAGES: Final = 24_376
"""One for each package of Fedora, as in August 2024."""

DEEDS: Final = (
    *("kill", "cut", "kill", "broker", "kill", "database", "kill", "cut", "kill"),
    *("kill", "broker", "kill", "kill", "database", "kill", "cut", "kill"),
)
"""What is done, in this order: to the consumer, the database's connections, and the two servers."""


def main() -> int:
    """Let the storm rage, and print what came of it."""
    with (
        tempfile.TemporaryDirectory(prefix="ebs-") as name,
        private_broker() as broker,
        closing(open_database(Path(name) / "state")) as database,
        closing(Bus(broker.url, Path(name)).declare()) as bus,
    ):
        figures = Storm(Path(name), database, bus, broker).rage(MESSAGES, DEEDS)
    return told(figures, Counter(DEEDS))


def told(figures: Figures, deeds: Counter[str]) -> int:
    """Print it; return the exit code."""
    for what, (recorded, builds) in {
        "taggings": figures.taggings,
        "verdicts": figures.verdicts,
    }.items():
        print(f"{recorded:7,} {what} on record, of {builds:,} builds")
    print(f"{figures.left:7,} messages left on the broker")
    print(f"{figures.starts:7,} processes started")
    kept = (figures.messages, figures.lost, figures.double) == (MESSAGES, 0, 0)
    print(
        f"{'Kept' if kept else 'NOT KEPT'}: of {figures.messages:,} messages published"
        f" {figures.lost} lost and {figures.double} double, with the consumer killed"
        f" {deeds['kill']} times, the broker restarted {deeds['broker']} times, the database"
        f" {deeds['database']} times and its connections cut {deeds['cut']} times,"
        f" consumed and decided in {figures.seconds:.0f} s."
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
