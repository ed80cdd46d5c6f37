# SPDX-License-Identifier: GPL-3.0-or-later
"""A hub that fails at the n-th request, for every n: always the same end as when nothing fails.

The requests are counted in a life that nobody disturbs. The suite tries some pairs of a fault and a
request, ``make crash`` all of them.
"""

from functools import partial
from itertools import product
from operator import eq
from typing import Final

import pytest

from tests.crash.faults import FAULTS, SLOW, live
from tests.crash.story import End
from tests.fixtures.fix_store import Cluster

EVERY: Final = 131
"""Every so manieth pair is tried here."""

STORM: Final = 5
"""A storm befalls every so manieth request."""


@pytest.fixture(scope="module")
def undisturbed(embedded_cluster: Cluster) -> tuple[End, int]:
    """A life without any fault."""
    return live(embedded_cluster, SLOW, lambda _: False)


def test_one_fault_at_any_request(
    embedded_cluster: Cluster, undisturbed: tuple[End, int], subtests: pytest.Subtests
) -> None:
    """Given up at once, a request that fails is made good by a later pass."""
    expected, requests = undisturbed
    pairs = list(product(range(1, requests + 1), FAULTS))
    for number, fault in pairs[::EVERY]:
        with subtests.test(fault=fault, number=number):
            end, _ = live(embedded_cluster, fault, partial(eq, number))
            assert expected.differences(end) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_storm(embedded_cluster: Cluster, undisturbed: tuple[End, int], fault: str) -> None:
    """The client repeats what it may, and what it may not is looked for."""
    end, _ = live(embedded_cluster, fault, lambda n: n % STORM == 0, patient=True)

    assert undisturbed[0].differences(end) == []
