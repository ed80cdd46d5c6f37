# SPDX-License-Identifier: GPL-3.0-or-later
"""The hub for people: which packages it has, and what happens in it."""

import pytest

from adapters.sandbox import vendored
from adapters.sandbox.hub import Bus
from adapters.sandbox.standing import Standing, chosen
from tests.adapters.sandbox.hub.conftest import told


@pytest.mark.parametrize(("number", "targets"), [(1, 1), (2, 2), (200, 150), (2_400, 1_800)])
def test_three_of_four_packages_are_rebuilt(number: int, targets: int) -> None:
    """So many packages are chosen, most of them ELN's, each time the same, none twice."""
    packages, rebuilt = chosen(number)

    assert (len(packages), len(rebuilt)) == (number, targets)
    assert len(set(packages)) == number
    assert set(rebuilt) <= set(packages)
    assert chosen(number) == (packages, rebuilt)


def test_there_are_no_more_packages_than_fedora_has() -> None:
    """Asked for more, one gets all there are, and of ELN's all that are among them."""
    packages, rebuilt = chosen(10**6)

    assert packages == sorted(vendored.fedora())
    assert {package.name for package in rebuilt} == set(vendored.eln())


def test_something_happens_when_it_is_asked_for() -> None:
    """A package is built into the trigger tag; what is there at first was said to nobody."""
    standing = Standing(*chosen(4))
    standing.world.bus = Bus()
    assert told(standing.world) == []
    nvr = standing.happen()

    build = standing.world.build(nvr)
    assert (build.id, standing.world.tag("f42").id) in standing.world.listings.active
    assert told(standing.world)[-1] == "tag f42"
    assert nvr.endswith(".1.fc42")
