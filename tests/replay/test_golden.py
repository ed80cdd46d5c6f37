# SPDX-License-Identifier: GPL-3.0-or-later
"""A log of any release is replayed by this one, to the very same verdicts.

Each release leaves its logs here (`make.py`), and none is ever changed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import pytest

from adapters.store.archive.read import Archive
from adapters.store.codec import Codec
from adapters.store.verify import Verification
from domain.catalogue import EVENTS
from domain.envelope import Recorded
from projections.points import Span
from projections.replay import Replay
from projections.whatif import Part, Premise, imagine

GOLDEN = sorted(Path(__file__).with_name("golden").glob("*.zip"))
LARGEST = 200_000
"""Bytes that all logs of a release may have together."""

IMAGINED: dict[tuple[str, Part], tuple[int, int, int, int]] = {
    ("0.1.0-incident", "retag"): (32, 90, 58, 0),
    ("0.1.0-incident", "guard"): (32, 32, 0, 0),
    ("0.1.0-life", "retag"): (6, 12, 6, 0),
    ("0.1.0-people", "retag"): (10, 11, 1, 0),
    ("0.1.0-people", "guard"): (10, 10, 1, 1),
    ("0.1.0-people", "pause"): (10, 12, 2, 0),
}
"""What was queued, what would have been, how much more and how much less of it."""


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """An archive."""
    with path.open("rb") as file, Archive(file, path.name) as archive:
        yield archive


def events(path: Path) -> list[Recorded]:
    """The events of an archive, decoded by this release."""
    with opened(path) as archive:
        return list(archive.events(Codec(EVENTS)))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_recorded_verdicts_are_given_again(path: Path) -> None:
    """By the facts of then, with nothing but the archive."""
    log = events(path)
    replay = Replay(Span(0, len(log)))

    assert [found for recorded in log if (found := replay.take(recorded))] == []
    assert replay.verdicts > 10


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_nobody_changed_them(path: Path) -> None:
    """The chain of each holds from its first event to its last."""
    with opened(path) as archive:
        walk = Verification(archive.manifest.start)
        assert [found for rows in archive.rows() for found in walk.walk(rows)] == []
        assert walk.head == archive.manifest.end


@pytest.mark.parametrize(("name", "part"), IMAGINED)
def test_what_would_have_been_is_the_same_in_every_release(name: str, part: Part) -> None:
    """The same question to the same log has the same answer."""
    log = events(Path(__file__).with_name("golden") / f"{name}.zip")
    imagined = imagine(log, Premise(Span(0, len(log)), without=frozenset({part})))
    more, fewer = (sum(getattr(c, way) for c in imagined.changes) for way in ("more", "fewer"))

    assert (imagined.recorded, imagined.queued, more, fewer) == IMAGINED[name, part]


def test_this_release_has_left_its_logs() -> None:
    """And they are small enough to be kept for ever."""
    ours = [path for path in GOLDEN if path.stem.startswith(f"{version('elnsync')}-")]

    assert {path.stem.rpartition("-")[2] for path in ours} == {"incident", "life", "people"}
    assert sum(path.stat().st_size for path in ours) < LARGEST
