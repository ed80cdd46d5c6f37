# SPDX-License-Identifier: GPL-3.0-or-later
"""Notifications: nothing is forgotten, all is in order, and after a crash it is the same again."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from psycopg import Cursor

from adapters.errors import DependencyDown
from adapters.ports.notices import Outlet
from adapters.service import notifications
from adapters.service.notifications import LONGEST_REST, SHORTEST_REST, Notifications
from adapters.store.log import EventLog
from domain.envelope import Recorded
from domain.service.events import Notified, Paused, Resumed
from projections.notices import Letter
from tests.adapters.service.given import World
from tests.adapters.service.telling import DAY, Box, Killed, Teller, compose, outlet, pauses
from tests.domain.service.given import said
from tests.projections.writing import projected


def test_nothing_of_before_the_adoption(world: World, channel: Box) -> None:
    """A channel that is new on an old log begins with what happens next."""
    pauses(world, "years ago")
    teller = Teller(world, outlet(channel))
    teller.run(2)
    assert channel.taken == []

    pauses(world, "now")
    teller.run()
    assert channel.subjects == ["now"]


def test_what_is_delivered_is_on_record(world: World, channel: Box, teller: Teller) -> None:
    """With the event it is about as its cause; a second run delivers nothing."""
    pauses(world, "a", "nothing", "b")
    assert teller.run(3) == []

    assert [kind for _, kind, _ in channel.taken] == ["paused", "warned"] * 2
    recorded = [r.envelope for r in world.log.read(topics=["notified"])]
    told = [(each.meta.causation, each.event.notice) for each in recorded]
    assert told == [(event_id, kind) for event_id, kind, _ in channel.taken]
    positions = {r.envelope.id: r.position for r in world.log.read(topics=["paused"])}
    assert all(each.event.position == positions[each.meta.causation] for each in recorded)


@pytest.mark.parametrize("taken", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(1, 7))
def test_killed_at_any_delivery(
    world: World, channel: Box, teller: Teller, number: int, taken: bool
) -> None:
    """Whatever is delivered when the process dies: all of it comes, in order, under its id."""
    pauses(world, "a", "b", "c")
    deadly = Deadly(channel, number, taken=taken)
    teller.outlets = (outlet(deadly),)
    teller.start()
    with pytest.raises(Killed):
        teller.run()
    teller.start()
    teller.run(2)

    assert list(dict.fromkeys(channel.taken)) == expected(world)
    assert len(world.events("notified")) == 6


class Deadly(Box):
    """A channel at whose how manieth delivery the process dies."""

    def __init__(self, inner: Box, number: int, *, taken: bool) -> None:
        super().__init__()
        self.taken, self._number, self._taken = inner.taken, number, taken

    def deliver(self, notice: Letter, cause: Recorded) -> None:
        """Deliver, or die just before or after."""
        at_hand = self.tries + 1 == self._number
        if at_hand and not self._taken:
            self.tries += 1
            raise Killed
        super().deliver(notice, cause)
        if at_hand:
            raise Killed


def expected(world: World) -> list[tuple[str, str, str]]:
    """Return what every pause makes, in order."""
    return [
        (recorded.envelope.id, kind, recorded.envelope.event.reason)
        for recorded in world.log.read(topics=["paused"])
        for kind in ("paused", "warned")
    ]


def test_killed_before_the_record(
    world: World, channel: Box, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Delivered and not recorded, it is delivered again under the same id, and recorded once."""

    def killed(*_: object) -> None:
        raise Killed

    pauses(world, "a")
    monkeypatch.setattr(Notifications, "_record", killed)
    with pytest.raises(Killed):
        teller.run()
    monkeypatch.undo()
    teller.start()
    teller.run(2)

    assert channel.taken == expected(world) * 2
    assert len(world.events("notified")) == 2


def test_a_channel_that_is_down_holds_back_only_itself(world: World) -> None:
    """The other is told everything, also where the first one is asked first."""
    down, up = Box(), Box()
    teller = Teller(world, outlet(down), outlet(up, "bus"))
    teller.run()
    down.down = True
    pauses(world, "a")

    assert teller.run() == ["mail: the box is closed"]
    assert (down.taken, up.subjects) == ([], ["a"])
    assert len(world.events("message-published")) == 2


def test_it_is_left_alone_longer_and_longer(world: World, channel: Box, teller: Teller) -> None:
    """Tried again after a minute, then two, at most an hour; then nothing was forgotten."""
    channel.down = True
    pauses(world, "a")
    rest = SHORTEST_REST
    for number in range(1, 10):
        teller.run(3)
        assert channel.tries == number
        teller.later(rest - timedelta(seconds=1))
        teller.run()
        assert channel.tries == number
        teller.later(timedelta(seconds=1))
        rest = min(2 * rest, LONGEST_REST)
    assert rest == LONGEST_REST
    pauses(world, "b")
    channel.down = False
    teller.run()

    assert channel.subjects == ["a", "b"]


def test_once_up_again_it_is_not_left_alone(world: World, channel: Box, teller: Teller) -> None:
    """The next outage begins with the shortest rest."""
    for reason in ("a", "b"):
        channel.faults.append(DependencyDown("away"))
        pauses(world, reason)
        assert teller.run() == ["mail: away"]
        teller.later(SHORTEST_REST)
        assert teller.run() == []

    assert channel.subjects == ["a", "b"]


def test_any_error_is_a_channels_own(world: World, channel: Box, teller: Teller) -> None:
    """A bug in a channel holds it back, and stops nobody."""
    pauses(world, "a")
    channel.faults.append(ZeroDivisionError("a bug"))

    assert teller.run() == ["mail: ZeroDivisionError: a bug"]


def test_what_came_before_a_fault_is_on_record(world: World, channel: Box, teller: Teller) -> None:
    """It is not delivered again when the channel is back."""
    pauses(world, "a", "b")
    channel.lost.append(DependencyDown("the answer was lost"))
    channel.taken.clear()
    teller.run()
    teller.later(SHORTEST_REST)
    channel.lost.append(DependencyDown("the answer was lost"))
    teller.run()

    assert [kind for _, kind, _ in channel.taken] == ["paused", "paused"]
    teller.later(2 * SHORTEST_REST)
    teller.run()
    assert list(dict.fromkeys(channel.taken)) == expected(world)


def test_a_slow_channel_takes_only_so_much_of_a_run(world: World) -> None:
    """After some seconds the rest is left to the next run, and each goes on where it was."""
    slow, quick = Box(world.clock, seconds=3), Box()
    teller = Teller(world, outlet(slow), outlet(quick, "bus"))
    teller.run()
    pauses(world, "a", "b", "c")
    teller.run()

    assert len(slow.taken) == 2
    assert len(quick.taken) == 6
    teller.run(2)
    assert slow.taken == quick.taken == expected(world)


def test_a_backlog_is_delivered_in_parts(
    world: World, channel: Box, teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a part ends between the two letters of one event."""
    monkeypatch.setattr(notifications, "MOST", 3)
    pauses(world, *"abcde")
    teller.run(4)

    assert channel.taken == expected(world)


def test_two_workers_deliver_at_least_once(world: World, channel: Box, teller: Teller) -> None:
    """One that lost the lead unawares may deliver the same; it is on record once."""
    pauses(world, "a")
    other = Teller(world, outlet(Meddling(channel, teller)))
    other.run()

    assert channel.taken == expected(world) * 2
    assert len(world.events("notified")) == 2


class Meddling(Box):
    """A channel during whose first delivery another worker delivers all there is."""

    def __init__(self, inner: Box, other: Teller) -> None:
        super().__init__()
        self.taken = inner.taken
        self._other: list[Teller] = [other]

    def deliver(self, notice: Letter, cause: Recorded) -> None:
        """Let the other go first."""
        if self._other:
            self._other.pop().run()
        super().deliver(notice, cause)


def test_a_channel_that_is_dropped(world: World, channel: Box, teller: Teller) -> None:
    """What happens while it is not configured is not told when it is back."""
    pauses(world, "a")
    Teller(world)
    assert teller.run() == []
    pauses(world, "b")
    teller.start()
    teller.run()
    pauses(world, "c")
    teller.run()

    assert channel.subjects == ["c"]


def test_a_digest_is_due_once(world: World, channel: Box) -> None:
    """On record before it is sent; whoever starts anew sends that very one."""
    teller = Teller(world, outlet(channel, "mail", "daily"))
    teller.run()
    teller.later(DAY)
    channel.down = True
    teller.run()
    teller.start()
    channel.down = False
    teller.run(3)

    [(event_id, kind, subject)] = channel.taken
    [due] = world.log.read(topics=["digest-due"])
    assert (event_id, kind, subject) == (due.envelope.id, "daily-digest", "Wednesday 06")


def test_the_row_of_the_service_does_not_grow(
    world: World, log: EventLog, channel: Box, teller: Teller
) -> None:
    """After a hundred notices it is as long as after the first."""

    def size() -> int:
        with log.reading() as cursor:
            row = cursor.execute("select length(state) from control").fetchone()
        assert row is not None
        return int(row[0])

    pauses(world, "a")
    teller.run()
    before = size()
    world.hear(*(said(Paused(f"{number:05}")) for number in range(50)), said(Resumed()))
    pauses(world, "b")
    teller.run()

    assert len(channel.taken) == 104
    assert size() - before < 20
    assert projected(log).service.channels["mail"].notices == ("paused", "warned")


def test_topics(world: World) -> None:
    """Of other events nothing is read."""
    asked: list[Sequence[str]] = []

    def noting(cursor: Cursor[Any], recorded: Recorded) -> Iterator[Letter]:
        asked.append(recorded.envelope.event.topic)
        return compose(cursor, recorded)

    teller = Teller(world, Outlet("mail", ("paused",), noting, Box(), Notified))
    teller.run()
    pauses(world, "a")
    world.hear(said(Resumed()))
    teller.run(2)

    assert set(asked) == {"paused"}
