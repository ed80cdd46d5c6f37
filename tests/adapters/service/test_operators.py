# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators ask for: one package is asked for once, by whichever of its names."""

from datetime import timedelta
from typing import Any

import pytest

from domain.batch.events import Planned
from domain.errors import Invalid, NotFound, Refused
from domain.service.events import NoteAdded
from tests.adapters.service.given import World
from tests.domain.given import Fact, built, tagged


@pytest.mark.parametrize("act", ["trigger", "rebuild"])
@pytest.mark.parametrize(
    ("names", "package"),
    [(["bash", "bash"], "bash"), (["ipa", "freeipa"], "freeipa"), (["freeipa", "ipa"], "freeipa")],
)
def test_a_package_named_twice_is_asked_for_once(
    world: World, act: str, names: list[str], package: str
) -> None:
    """By the same name or by both of its names: one event."""
    world.hear(tagged(1, 10, package=package))
    ask: Any = getattr(world.app.operators, act)
    (recorded,) = ask(names, "a new compiler", world.by())

    assert recorded.envelope.originator_id == f"package:{package}"


def test_all_that_is_asked_for_is_asked_for_in_the_order_given(world: World) -> None:
    """Several packages are several events of one operation."""
    world.hear(tagged(1, 10), tagged(2, 10, package="zsh"), tagged(3, 10, package="freeipa"))
    recorded = world.app.operators.trigger(["zsh", "ipa", "bash"], "please", world.by())

    streams = [each.envelope.originator_id for each in recorded]
    assert streams == ["package:zsh", "package:freeipa", "package:bash"]
    assert [each.envelope.event.build_id for each in recorded] == [2, 3, 1]
    assert len({each.envelope.meta.correlation for each in recorded}) == 1


def test_a_request_names_the_newest_build(world: World) -> None:
    """The build that is asked for is on record with the request."""
    world.hear(tagged(1, 10), tagged(2, 20))
    (recorded,) = world.app.operators.trigger(["bash"], "please", world.by())

    assert recorded.envelope.event.build_id == 2
    assert world.passes().passage.queue[0].judgement.build_id == 2


def test_what_would_not_be_queued_is_refused(world: World) -> None:
    """Queued already, built already, not in the tag, never seen: nothing is recorded."""
    world.hear(tagged(1, 10), tagged(2, 10, "f42", package="zsh"))
    world.passes()
    head = world.log.head()
    for names, why in (["bash"], "is queued already"), (["zsh"], "no build in the trigger tag"):
        with pytest.raises(Refused) as refused:
            world.app.operators.trigger(names, "please", world.by(), force=True)
        assert why in refused.value.why
    with pytest.raises(NotFound):
        world.app.operators.trigger(["nosuch"], "please", world.by())
    assert world.log.head() == head

    world.hear(built(1))
    with pytest.raises(Refused) as refused:
        world.app.operators.trigger(["bash"], "please", world.by())
    assert "already-built" in refused.value.why


def test_a_note_is_pinned_to_when_it_was(world: World) -> None:
    """The event occurred then; it is recorded now, under the name of who wrote it."""
    earlier = world.clock() - timedelta(hours=3)
    (recorded,) = world.app.operators.note("the hub was slow", world.by("ada"), at=earlier)

    assert recorded.envelope.event == NoteAdded("the hub was slow")
    assert recorded.envelope.meta.occurred_at == earlier
    assert recorded.envelope.meta.actor == "ada"


def test_a_note_is_about_what_is_on_record(world: World) -> None:
    """A package by either name, or a batch; of others it is refused, and nothing is recorded."""
    world.hear(tagged(1, 10, package="freeipa"), Fact("batch:7", Planned((), "eln", "live"), 20))
    notes = world.app.operators.note
    (package,) = notes("slow", world.by(), package="ipa")
    (batch,) = notes("slow", world.by(), batch=7)
    head = world.log.head()

    assert package.envelope.event == NoteAdded("slow", package="freeipa")
    assert batch.envelope.event == NoteAdded("slow", batch=7)
    with pytest.raises(NotFound):
        notes("slow", world.by(), package="nosuch")
    with pytest.raises(NotFound):
        notes("slow", world.by(), batch=8)
    with pytest.raises(NotFound):
        notes("slow", world.by(), package="no such")
    with pytest.raises(Invalid):
        notes("slow", world.by(), at=world.clock() + timedelta(seconds=1))
    assert world.log.head() == head
