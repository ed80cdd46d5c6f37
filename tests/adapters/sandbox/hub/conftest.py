# SPDX-License-Identifier: GPL-3.0-or-later
"""A small hub, and sessions of the real client with it."""

from collections.abc import Callable, Iterator
from typing import Any

import koji
import pytest

from adapters.sandbox.hub import Bus, Hub, Server, VirtualClock, World, release

Session = Any
LogIn = Callable[..., Session]


@pytest.fixture
def clock() -> VirtualClock:
    """The hub's clock."""
    return VirtualClock(1_723_536_000.0)


@pytest.fixture
def world(clock: VirtualClock) -> World:
    """Rawhide and ELN with one package, built and tagged into f42 before anybody listens."""
    made = World(clock)
    made.add_user("ebs")
    made.add_user("releng", "admin")
    for name in ("f41", "f42", "eln"):
        made.add_tag(name)
    made.add_tag("eln-build", parents=("eln",), extra={"rpm.macro.eln": 142})
    made.add_tag("eln-updates-candidate", parents=("eln",), open=True)
    made.add_target("eln", "eln-build", "eln-updates-candidate")
    made.add_repo("eln-build")
    made.list_package("eln", "bash")
    release(made, made.add_build("bash", "5.2", "1.fc42", source=source("bash")), "f42")
    made.bus = Bus()
    return made


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    """The hub, serving."""
    with Server(Hub(world)) as running:
        yield running


@pytest.fixture
def log_in(server: Server) -> LogIn:
    """How to open a session."""

    def open_session(user: str = "ebs", **options: Any) -> Session:
        given = {"max_retries": 0, "anon_retry": False, "timeout": 10, **options}
        session = koji.ClientSession(server.url, {"user": user, "password": user, **given})
        session.login()
        return session

    return open_session


def source(name: str, commit: str = "abc") -> str:
    """The source of a package at a commit."""
    return f"git+https://src.fedoraproject.org/rpms/{name}#{commit:0<40}"


def told(world: World) -> list[str]:
    """What the bus carried, a word for each: the kind, and what changed or which tag."""
    assert world.bus is not None
    return [_word(message) for message in world.bus.sent]


def _word(message: dict[str, Any]) -> str:
    kind, body = message["topic"].split("buildsys.")[1], message["body"]
    return f"{kind} {body.get('tag', body.get('new', ''))}".rstrip()
