# SPDX-License-Identifier: GPL-3.0-or-later
"""A Koji hub in memory that the real ``koji.ClientSession`` talks to over HTTP on loopback.

    world = World(clock=VirtualClock(), bus=Bus())
    world.add_user("ebs")                            # password: "ebs"
    world.add_tag("f42")
    build = world.add_build("bash", "5.2", "1.fc42", source="git+https://...#commit")
    release(world, build, "f42")                     # listed, tagged, and said so on the bus
    with running(world) as url:
        session = koji.ClientSession(url, {"user": "ebs", "password": "ebs", ...})
        session.login()

``world.bus.sent`` are the messages, each a dictionary that fedora-messaging reads; ``Mischief``
loses, repeats, reorders and invents them. ``Builders`` decide what becomes of a ``build()`` and of
a repository that was asked for, by the world's clock. ``Trouble`` loses answers, expires sessions
and takes the hub offline at the n-th request; ``Server.stop`` makes it refuse connections until
``start``.
Transactions of others that take their event ids now and are seen later are made by ``World.hold``.
What the hub does is judged by recordings of a real one in ``tests/contracts/koji``.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.sandbox.hub.builders import Builders
from adapters.sandbox.hub.choices import Ending, Outcome, Pace
from adapters.sandbox.hub.clock import VirtualClock
from adapters.sandbox.hub.dispatch import Hub
from adapters.sandbox.hub.messages import Bus, Mischief
from adapters.sandbox.hub.server import Server
from adapters.sandbox.hub.tagging import release
from adapters.sandbox.hub.trouble import Mishap, Trouble
from adapters.sandbox.hub.world import World

__all__ = [
    "Builders",
    "Bus",
    "Ending",
    "Hub",
    "Mischief",
    "Mishap",
    "Outcome",
    "Pace",
    "Server",
    "Trouble",
    "VirtualClock",
    "World",
    "release",
    "running",
]


@contextmanager
def running(
    world: World, *, builders: Builders | None = None, trouble: Trouble | None = None
) -> Iterator[str]:
    """Serve a world; the value is the hub's URL. Nothing of it is left afterwards."""
    with Server(Hub(world, builders), trouble) as server:
        yield server.url
