# SPDX-License-Identifier: GPL-3.0-or-later
"""Clocks that are apart, and two workers where there should be one: always the same end.

In each of these lives the answer to the first submission is lost as well.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from adapters.app import App
from adapters.bodhi.client import BodhiServer
from adapters.koji.client import KojiHub
from adapters.service.operation import new_id
from adapters.store.log import EventLog
from domain.catalogue import EVENTS
from tests.crash.points import Life, Points, live
from tests.crash.story import End
from tests.fixtures.fix_store import Cluster
from tests.sim.direct import Direct

MINUTES: Final = (-30, -4, 4, 30)
MANY: Final = 50


class Apart(Life):
    """Our clock is ahead of the hub's."""

    def __init__(self, log: EventLog, ahead: timedelta = timedelta()) -> None:
        super().__init__(log, Points())
        self._ahead = ahead

    def now(self) -> datetime:
        """The time by our clock."""
        return super().now() + self._ahead


class Meddling:
    """A hub, or Bodhi; when it is asked, another worker makes a pass before the call, or after."""

    def __init__(self, asked: object, life: "Two", *, after: bool) -> None:
        self._asked = asked
        self._life = life
        self._after = after

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._asked, name)

        def ask(*args: Any, **options: Any) -> Any:
            if not self._after:
                self._life.meddle()
            answer = method(*args, **options)
            if self._after:
                self._life.meddle()
            return answer

        return ask


class Two(Apart):
    """A second worker with everything of its own but the log and the hub."""

    def __init__(self, log: EventLog, *, after: bool) -> None:
        super().__init__(log)
        self._after = after
        self._other: App | None = None
        self.passes_of_the_other = 0

    def start(self) -> None:
        """Start the other one, then ours."""
        super().start()
        self._other = self.app
        super().start()

    def wrapped(self, koji: KojiHub) -> Any:
        """Return the hub as the service sees it."""
        return Meddling(super().wrapped(koji), self, after=self._after)

    def wrapped_bodhi(self, bodhi: BodhiServer) -> Any:
        """Return Bodhi as the service sees it."""
        return Meddling(super().wrapped_bodhi(bodhi), self, after=self._after)

    def meddle(self) -> None:
        """Let the other make a pass, unless it is at it."""
        other, self._other = self._other, None
        if other is not None:
            other.work.run(new_id())
            self.passes_of_the_other += 1
            self._other = other


@pytest.fixture
def empty(embedded_cluster: Cluster) -> Iterator[EventLog]:
    """An empty log."""
    cluster = embedded_cluster
    with (
        closing(cluster.create(template=cluster.migrated)) as database,
        EventLog(database.conninfo, EVENTS) as log,
    ):
        yield log


@pytest.fixture(scope="module")
def undisturbed(embedded_cluster: Cluster) -> End:
    """A life with one worker, whose clock is the hub's."""
    return live(embedded_cluster).end


@pytest.mark.parametrize("minutes", MINUTES)
def test_our_clock_is_not_the_hubs(empty: EventLog, undisturbed: End, minutes: int) -> None:
    """What is of Koji is measured by Koji's clock, and what is ours by ours."""
    with Apart(empty, timedelta(minutes=minutes)) as life:
        assert undisturbed.differences(life.live()) == []


@pytest.mark.parametrize("minutes", MINUTES)
def test_the_hub_shows_another_clock_than_its_database(
    empty: EventLog, undisturbed: End, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    """What its database dates, tasks and events, is compared with one another and nothing else."""
    shown = Direct.clock
    ahead = timedelta(minutes=minutes)
    monkeypatch.setattr(Direct, "clock", lambda hub, method: shown(hub, method) + ahead)
    with Apart(empty) as life:
        assert undisturbed.differences(life.live()) == []


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_two_workers(empty: EventLog, undisturbed: End, after: bool) -> None:
    """Whenever one asks Koji or Bodhi, the other makes a pass: what is done is done once.

    One at a time leads; but who lost the lead may not have noticed yet.
    """
    with Two(empty, after=after) as life:
        assert undisturbed.differences(life.live()) == []
        assert life.passes_of_the_other > MANY
