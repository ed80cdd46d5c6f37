# SPDX-License-Identifier: GPL-3.0-or-later
"""What is left over in Koji, and what is Bodhi's although no batch owns it."""

from collections.abc import Iterator

import pytest

from adapters.config.sections import Bodhi
from adapters.store.log import EventLog
from domain.batch.update_events import UpdatesPlanned
from domain.errors import NotFound
from tests.adapters.service.online import Rawhide
from tests.adapters.service.test_batches import leftovers
from tests.adapters.service.test_publishing import NAMES, built, finish, made_of_a_lost_side_tag


@pytest.fixture
def rawhide(log: EventLog) -> Iterator[Rawhide]:
    """Rawhide with three packages, and a service that publishes what it builds."""
    with Rawhide(log, NAMES, publishing=Bodhi(url="https://bodhi.example/")) as made:
        made.baseline()
        yield made


def test_what_an_update_was_made_of_is_bodhis(rawhide: Rawhide) -> None:
    """A side tag of an update is no orphan, even after its batch went on without it."""
    rawhide.bodhi.updates.stalled = True
    built(rawhide)
    finish(rawhide, minutes=20)

    assert rawhide.app.hub is not None
    assert len(leftovers(rawhide)) == 1
    assert rawhide.app.hub.orphans.find() == []


def test_what_a_restored_log_does_not_know_is_bodhis(rawhide: Rawhide) -> None:
    """Bodhi itself is asked; what it has no update of is still shown as nobody's."""
    built(rawhide)
    while not rawhide.events(UpdatesPlanned.topic):
        rawhide.passes()
    there = made_of_a_lost_side_tag(rawhide, *NAMES)
    assert rawhide.koji is not None
    assert rawhide.app.hub is not None
    unused = rawhide.koji.create_side_tag("eln-build").name
    orphans = rawhide.app.hub.orphans

    assert there.side_tag in leftovers(rawhide)
    assert [orphan.name for orphan in orphans.find()] == [unused]
    with pytest.raises(NotFound):
        orphans.remove([there.side_tag], rawhide.by("person"))
