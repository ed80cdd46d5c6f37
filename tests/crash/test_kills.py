# SPDX-License-Identifier: GPL-3.0-or-later
"""The service killed before and after every append, call outside and mail: always the same end.

The points are counted in a life that nobody disturbs; here some of them are tried, all of them by
``make crash``.
"""

import pytest

from tests.crash.points import Trial, live
from tests.fixtures.fix_store import Cluster

TRIED = 8
"""Points that the suite tries, spread over the whole life."""


@pytest.fixture(scope="module")
def undisturbed(embedded_cluster: Cluster) -> Trial:
    """A life without any kill."""
    return live(embedded_cluster)


def test_the_life_holds_what_it_promises(undisturbed: Trial) -> None:
    """A retry that cures, a failure that is final, nothing built that Koji denies, nothing left."""
    outcomes = {name: ends[-1][1] for name, ends in undisturbed.end.outcomes.items()}

    assert outcomes == {"llvm": "built", "bash": "built", "tree": "built", "zsh": "failed"}
    assert undisturbed.end.left == ([], [])
    failed = {name.strip() for _, name in undisturbed.end.told}
    assert {name.rsplit("-", 2)[0] for name in failed} == {"zsh"}
    assert len(failed) == sum(end[1] == "failed" for end in undisturbed.end.outcomes["zsh"])
    assert undisturbed.end.updates == undisturbed.end.published
    assert {nvr.partition("-")[0] for nvr in undisturbed.end.published} == {"bash", "llvm", "tree"}
    assert set(undisturbed.end.stable) > set(undisturbed.end.published)
    tries = [source.rpartition("/")[2][:4] for source in undisturbed.end.submitted]
    assert {name: tries.count(name) for name in ("llvm", "bash")} == {"llvm": 1, "bash": 2}


@pytest.mark.parametrize("part", range(TRIED))
def test_killed_it_ends_the_same(embedded_cluster: Cluster, undisturbed: Trial, part: int) -> None:
    """Whatever was done last: the same builds, none submitted twice, nothing left in Koji."""
    point = 1 + part * undisturbed.points // TRIED
    killed = live(embedded_cluster, point)

    assert killed.deaths == 1
    assert undisturbed.end.differences(killed.end) == []
