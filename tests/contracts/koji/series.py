# SPDX-License-Identifier: GPL-3.0-or-later
"""The recorded calls, in the order they were made, against the hub as it was before them."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from adapters.sandbox.hub import Pace
from adapters.sandbox.hub.calls import METHODS
from tests.contracts.koji.recorded import Recording, recordings
from tests.contracts.koji.stage import QUICK, Stage
from tests.contracts.koji.world import world


class Series(NamedTuple):
    """Recordings made in a row: the hub's last event and build before them, and when they began.

    ``kojira`` is how fast repositories were made.
    """

    name: str
    last_event: int
    last_build: int
    began: float
    kojira: Pace = QUICK

    def all(self) -> list[Recording]:
        """Its recordings, in the order they were made."""
        return [one for one in recordings() if one.label.startswith(f"{self.name}/")]

    def stage(self) -> Stage:
        """The hub as it was before them."""
        made = world(self.all(), self.last_event, self.began)
        made.new_id("build", self.last_build)
        return Stage(made, self.kojira)


CALLS: Final = Series("calls", 2893, 214, 1_795_381_377.91, Pace(pickup=17, repo=55))
DRAFTS: Final = Series("drafts", 11978, 686, 1_795_386_195.77)
OFFERED: Final = {*METHODS, "multiCall", "nosuchMethod"}


def offered() -> list[Recording]:
    """The recordings whose method the hub offers."""
    return [one for one in recordings() if one.method in OFFERED]


def played(series: Series) -> Iterator[tuple[Recording, Any, Stage]]:
    """Each recording of an offered method with what the hub answers now, one after another."""
    with series.stage() as stage:
        for one in series.all():
            if one.method in OFFERED:
                yield one, stage.play(one), stage
