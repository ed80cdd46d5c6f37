# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened in August 2024: when, to how many packages, and what must come of it."""

from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

SEED: Final = 20240813
EXCLUDE: Final = ("^kernel$", "^kernel-(headers|tools)$", "^crypto-policies$", "^grub2$", "^shim")
RENAMED: Final = {"ipa": "freeipa"}
"""Name downstream → name upstream, of what is not on the package list."""

MASS_REBUILD: Final = datetime(2024, 7, 17, tzinfo=UTC)
BASELINE: Final = datetime(2024, 8, 12, tzinfo=UTC)
ORDINARY: Final = datetime(2024, 8, 13, 8, tzinfo=UTC)
MORNING_OVER: Final = datetime(2024, 8, 13, 10, tzinfo=UTC)
TRIGGER: Final = datetime(2024, 8, 13, 11, 54, 47, tzinfo=UTC)
PAUSE: Final = datetime(2024, 8, 13, 11, 55, 47, tzinfo=UTC)
RETAG: Final = datetime(2024, 8, 13, 15, tzinfo=UTC)
BRANCHED: Final = datetime(2024, 8, 13, 17, tzinfo=UTC)
DIST: Final = datetime(2024, 8, 13, 20, tzinfo=UTC)
RESUME: Final = datetime(2024, 8, 14, 2, 36, tzinfo=UTC)
"""08-13 11:54:47, 11:55:47 and 08-14 02:36 are of the public history, the rest lies between."""
AFTERWARDS: Final = datetime(2024, 8, 15, 9, tzinfo=UTC)
"""By then nobody counts what became due by the new trigger tag."""

QUIET: Final = timedelta(minutes=2)
RETAGS_A_SECOND: Final = 10
DISORDER: Final = 20
"""By how many places a message may overtake another on the bus."""
REPEATED: Final = 50
"""Every so many messages one is delivered twice."""
LONGEST_BUILD: Final = 9
"""Minutes that the slowest build of ELN takes, the quickest one."""
FIRST_EVENT: Final = 90_000_001
"""Of the hub's history; the baseline is of a later one."""

Key = tuple[str, int]


class Parts(Struct, frozen=True):
    """How many packages play each part.

    ``unbuilt``: ELN has no build yet. ``ordinary``: built and queued before the pause; of these
    ``overtaken`` are built again while paused and ``dropped`` are untagged. While paused, ``f41``:
    built into f41 and re-tagged later; ``twice``: two times; ``withdrawn``: untagged again;
    ``retagged``: the build of old untagged and tagged again; ``early``: straight into f42 before
    the predecessor is copied; ``f42``: straight into f42; ``both``: first f41, then f42;
    ``undone``: into f42 and untagged again. ``strangers`` are no targets.
    """

    unbuilt: int = 6
    ordinary: int = 30
    overtaken: int = 5
    dropped: int = 2
    f41: int = 200
    twice: int = 15
    withdrawn: int = 5
    retagged: int = 3
    early: int = 10
    f42: int = 60
    both: int = 10
    undone: int = 3
    strangers: int = 60


ALL_PARTS: Final = Parts()


class Scenario(Struct, frozen=True):
    """The incident: files, messages by phase, and the answer.

    Each phase is the lines of a file: ``ordinary`` before the pause, ``paused`` from then to the
    re-tag, ``retag`` with what went straight into f42 meanwhile, ``branched`` after it.
    ``due_before`` are the builds to queue until the pause, ``due`` those after it; nothing else may
    be. ``dropped`` are packages whose build was queued and then left Rawhide.
    """

    baseline: tuple[bytes, ...]
    ordinary: tuple[bytes, ...]
    paused: tuple[bytes, ...]
    retag: tuple[bytes, ...]
    branched: tuple[bytes, ...]
    packages: int
    retagged: int
    targets: tuple[str, ...]
    due_before: frozenset[Key]
    due: frozenset[Key]
    dropped: frozenset[str]
    retagged_due: str
    retagged_done: str
