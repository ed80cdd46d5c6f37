# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to happen on a simulated hub, and what its bus then delivers."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from operator import itemgetter
from random import Random

from adapters.sandbox.hub import VirtualClock, World
from adapters.sandbox.hub.messages import Message, as_line
from adapters.sandbox.scenario import DISORDER, REPEATED


class Timeline:
    """Acts on a world, each at its time; ``hear`` is the sink of the world's bus.

    ``meanwhile`` does what else is due by the time of an act, before it.
    """

    def __init__(
        self,
        world: World,
        clock: VirtualClock,
        random: Random,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> None:
        self._world = world
        self._clock = clock
        self._random = random
        self._meanwhile = meanwhile
        self._plan: list[tuple[datetime, Callable[[], object]]] = []
        self._sent: list[bytes] = []

    def plan(self, at: datetime, act: Callable[..., object], *given: object) -> None:
        """Plan what is to happen at a time; of what is at the same time the first comes first."""
        self._plan.append((at, partial(act, *given)))

    def unfold(self) -> tuple[bytes, ...]:
        """Let what is planned happen, each act in one request; return what the bus delivers."""
        for at, act in sorted(self._plan, key=itemgetter(0)):
            self._clock.set(at.timestamp())
            self._meanwhile()
            with self._world.request(), self._world.at(at.timestamp()):
                act()
        self._plan.clear()
        return self._delivered()

    def hear(self, message: Message) -> None:
        self._sent.append(as_line(message))

    def _delivered(self) -> tuple[bytes, ...]:
        """Return what was sent since, as a bus delivers it: nearly in order, some of it twice."""
        slots = [(i + self._random.uniform(0, DISORDER), line) for i, line in enumerate(self._sent)]
        self._sent.clear()
        again = [(slot + DISORDER, line) for slot, line in slots[::REPEATED]]
        return tuple(line for _, line in sorted([*slots, *again], key=itemgetter(0)))
