# SPDX-License-Identifier: GPL-3.0-or-later
"""The database restored as of an earlier time: what Koji and Bodhi have already is adopted."""

import pytest

from tests.crash.restored import Loss, Trial, faults, live, lived
from tests.fixtures.fix_store import Cluster

LOSSES = [
    Loss(1, 8),  # a side tag was made and seeded
    Loss(4, 5),  # how the first attempt of a slice ended, and the second, which is at work
    Loss(7, 5),  # an update was submitted, out of a side tag that the log knows
    Loss(7, 11),  # a batch was built, promoted and is in an update
    Loss(8, 10),  # the intent for a side tag of the update, which is stable
    Loss(8, 40),  # a batch that is over, whose tasks are older than the next one's side tag
    Loss(13, 5),  # likewise how an attempt ended, in the second slice of a batch
    Loss(13, 30),  # a batch before the one at hand, too
    Loss(14, 41),  # the same intent, and the next batch builds in a side tag of its own
    Loss(14, 72),  # the intent for the side tag of the batch before, and likewise
    Loss(19, 30),  # a batch that is over, which was at work
    Loss(19, 58),  # a batch that is over, whose builds were queued
    Loss(19, 75),  # likewise, while the one before was at work
    Loss(19, 1000),  # all of it, up to the baseline
]


@pytest.fixture(scope="module")
def undisturbed(embedded_cluster: Cluster) -> Trial:
    """A life in which nothing is lost."""
    return live(embedded_cluster, Loss(0, 0))


@pytest.mark.parametrize("loss", LOSSES)
def test_restored_it_ends_the_same(
    embedded_cluster: Cluster, undisturbed: Trial, loss: Loss
) -> None:
    """Nothing is built or published a second time, and nothing waits for ever."""
    restored = live(embedded_cluster, loss)

    assert restored.lost > 0
    assert faults(undisturbed.end, restored.end) == []


def test_what_a_person_wants_once_more_is_built(embedded_cluster: Cluster) -> None:
    """Also where Koji has it from a batch that is lost: a rebuild is a rebuild."""
    with lived(embedded_cluster, Loss(19, 1000)) as life:
        assert life.koji is not None
        life.koji.create_side_tag("eln-build")
        before = life.built_sources()
        life.app.operators.rebuild(["llvm"], "a new compiler", life.by("person"))
        life.settle()
        again = life.built_sources()[len(before) :]

    assert [source for source in again if "/llvm#" in source] == [
        source for source in before if "/llvm#" in source
    ]
