# SPDX-License-Identifier: GPL-3.0-or-later
"""Hints: what happens to our builds is looked at sooner, and nothing rests on that."""

from collections.abc import Iterator
from threading import Event

import pytest

from adapters.app import receiving
from adapters.cli.worker import Worker
from adapters.ports import of_tag, of_task
from adapters.sandbox.hub.messages import as_line
from adapters.service.operation import new_id
from adapters.store.log import EventLog
from domain.batch.events import BuildFinished
from tests.adapters.service.online import Rawhide


@pytest.fixture
def rawhide(log: EventLog) -> Iterator[Rawhide]:
    """Rawhide with one package, whose rebuild Koji is at; we looked at it just now."""
    with Rawhide(log, ("bash",)) as made:
        made.baseline()
        made.build("bash")
        made.listen()
        while not building(made):
            made.passes()
        made.listen(lost=True)
        made.app.log.wait(made.app.log.head(), 0.01)
        yield made


def building(rawhide: Rawhide) -> list[int]:
    """Return the tasks that Koji is at."""
    with rawhide.app.journal.look() as view:
        return list(view.batch.building) if view.batch else []


def finished(rawhide: Rawhide) -> bool:
    """Make a pass; whether one of our builds is known to have ended."""
    rawhide.app.work.run(new_id())
    return bool(rawhide.events(BuildFinished.topic))


def consume(rawhide: Rawhide) -> None:
    """Let what the bus carried be consumed; taggings got lost."""
    assert rawhide.world.bus is not None
    rawhide.world.bus.flush()
    with receiving(rawhide.app) as (reception, _):
        for message in rawhide.heard:
            if not message["topic"].endswith(".tag"):
                reception.take(as_line(message))


def hints(rawhide: Rawhide) -> set[str]:
    """Return what the worker hears of what is consumed."""
    consume(rawhide)
    log = rawhide.app.log
    log.wait(log.head(), 0.1)
    return log.hints()


def test_the_end_of_our_build_is_seen_at_once(rawhide: Rawhide) -> None:
    """Its message makes the next pass look, minutes before the poll is due."""
    [task] = building(rawhide)
    rawhide.later(minutes=4)
    rawhide.server.hub.tick()
    assert not finished(rawhide)
    heard = hints(rawhide)

    assert of_task(task) in heard
    assert rawhide.app.log.hints() == set()
    assert rawhide.app.hub is not None
    assert rawhide.app.hub.builds.nudge(heard)
    assert finished(rawhide)


def test_the_worker_wakes_up(rawhide: Rawhide) -> None:
    """Waiting for something new ends where a hint is about our batch, and only once."""
    worker = Worker(rawhide.app, Event())
    rawhide.later(minutes=4)
    assert not worker._news(rawhide.log.head(), 0.1)
    rawhide.server.hub.tick()
    consume(rawhide)

    assert worker._news(rawhide.log.head(), 0.1)
    assert not worker._news(rawhide.log.head(), 0.1)


def test_without_a_message_it_is_seen_all_the_same(rawhide: Rawhide) -> None:
    """The poll finds what nobody told."""
    rawhide.later(minutes=6)
    rawhide.server.hub.tick()

    assert finished(rawhide)


def test_what_happens_to_others_is_not_looked_at(rawhide: Rawhide) -> None:
    """Koji builds all day: a task or tag that is not our batch's makes nobody look."""
    assert rawhide.app.hub is not None
    assert not rawhide.app.hub.builds.nudge({of_task(999_999), of_tag("f41-build"), "nonsense"})


def test_the_repository_of_our_side_tag(rawhide: Rawhide) -> None:
    """A message about it makes us look, too."""
    with rawhide.app.journal.look() as view:
        assert view.batch is not None
        name = view.batch.into

    assert rawhide.app.hub is not None
    assert rawhide.app.hub.builds.nudge({of_tag(name)})


def test_a_hint_is_kept_nowhere(rawhide: Rawhide) -> None:
    """It leaves nothing in the inbox, and nobody need listen."""
    rawhide.later(minutes=4)
    rawhide.server.hub.tick()
    consume(rawhide)

    assert rawhide.app.inbox.count() == 0
