# SPDX-License-Identifier: GPL-3.0-or-later
"""A small world behind a hub, and what may befall the requests to it."""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Thread, Timer
from typing import Any, Self

from pydantic import SecretStr

from adapters.koji.client import KojiHub
from adapters.koji.options import HubOptions, Password
from adapters.koji.session import Client, Sessions
from adapters.sandbox.hub import Builders, Hub, Server, Trouble, VirtualClock, World, tagging
from adapters.sandbox.hub.trouble import Fate

COMMIT = "git+https://src.fedoraproject.org/rpms/{0}#{1:040x}"
BATCH = 3
"""So few calls in a multicall that there are several."""
UNKNOWN = 999_999
"""The id of nothing."""


def world() -> World:
    """Seven builds in f42, the last of them untagged, and a target eln whose dist is eln142."""
    made = World(clock=VirtualClock())
    made.add_user("ebs", "tag")
    made.add_user("other")
    for name in ("f42", "eln"):
        made.add_tag(name)
    made.add_tag("eln-parent", extra={"rpm.macro.eln": 142})
    made.add_tag("eln-build", parents=["eln-parent", "eln"])
    made.add_target("eln", "eln-build", "eln")
    made.add_repo("eln-build")
    for number in range(7):
        name = f"pkg{number}"
        made.list_package("eln", name)
        build = made.add_build(name, "1.0", "1.fc42", source=COMMIT.format(name, number))
        tagging.release(made, build, "f42")
    tagging.untag_build(made, made.tag("f42"), made.build("pkg6-1.0-1.fc42"), made.user("releng"))
    return made


class Site:
    """A hub that is served while inside, and our client for it."""

    def __init__(self) -> None:
        self.world = world()
        self.builders = Builders(self.world)
        self.troubles = Troubles(self)
        self.server = Server(Hub(self.world, self.builders), self.troubles)
        self.hub: Hub = self.server.hub
        self._restarts: list[Timer] = []

    def __enter__(self) -> Self:
        self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server, not before what would start it again later has done so."""
        for restart in self._restarts:
            restart.join()
        self.server.stop()

    def away(self, seconds: float) -> None:
        """Let nobody listen for a while."""
        self.server.stop()
        self._restarts.append(Timer(seconds, self.server.start))
        self._restarts[-1].start()

    def options(self, **changed: Any) -> HubOptions:
        """Options that wait for nothing longer than a test may."""
        given: dict[str, Any] = {
            "url": self.server.url,
            "login": Password("ebs", SecretStr("ebs")),
            "timeout": 5,
            "retry_for": 10,
            "pause": 0.01,
            "batch": BATCH,
        }
        return HubOptions(**{**given, **changed})

    def koji(self, **changed: Any) -> KojiHub:
        """The adapter."""
        return KojiHub(self.options(**changed))

    def sessions(self, **changed: Any) -> Sessions:
        """What makes its calls."""
        return Sessions(self.options(**changed))

    def ids(self) -> list[int]:
        """The ids of all builds."""
        return list(self.world.builds)

    def requests(self, method: str) -> int:
        """How many requests of a method arrived; a multicall is one of its own name."""
        return self.troubles.seen.count(method)

    def build_requests(self) -> list[str]:
        """The sources that were asked to be built, in the order of their tasks."""
        tasks = self.world.tasks.values()
        return [task.request[0] for task in tasks if task.method == "build"]


def at(site: Site) -> datetime:
    """The time of the hub's world, which stands still."""
    return datetime.fromtimestamp(site.world.now(), UTC)


def advance(site: Site, seconds: float) -> None:
    """Let time pass in the hub's world, and its builders work."""
    assert isinstance(site.world._clock, VirtualClock)
    site.world._clock.advance(seconds)
    site.hub.tick()


Befall = Callable[[Site], None]


class Troubles(Trouble):
    """``before`` is done before the n-th request is answered; ``slow`` delays that of the n-th."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self.before: dict[int, Befall] = {}
        self.slow: dict[int, float] = {}
        self._site = site

    def of(self, method: str) -> Fate:
        """Count a request, and say what befalls it."""
        fate = super().of(method)
        number = len(self.seen)
        if number in self.before:
            self.before[number](self._site)
        return Fate(fate.mishap, self.slow.get(number, fate.seconds))


def confuse(site: Site) -> None:
    """Let the hub have seen higher call numbers than it will: SequenceError."""
    for session in site.hub.sessions.open.values():
        session.callnum = 10_000


def forget(site: Site) -> None:
    """Let the hub know no session any more: AuthError."""
    site.hub.sessions.open.clear()


def answered_before(site: Site) -> None:
    """Let the hub have seen this very call, as after a worker was killed: RetryError."""
    for session in site.hub.sessions.open.values():
        session.callnum = 0 if session.callnum is None else session.callnum + 1


def refusing_at(site: Site, number: int, monkeypatch: Any) -> None:
    """Let nobody listen when the n-th request is about to be sent, and a moment longer."""
    send, sent = Client._sendOneCall, 0

    def refused(self: Client, *request: Any) -> Any:
        nonlocal sent
        sent += 1
        if sent == number:
            site.away(0.1)
        return send(self, *request)

    monkeypatch.setattr(Client, "_sendOneCall", refused)


def at_once(threads: int, act: Callable[[int], object]) -> list[object]:
    """Do it in so many threads; what each returned or raised, by their numbers."""
    outcomes: list[object] = [None] * threads

    def run(number: int) -> None:
        try:
            outcomes[number] = act(number)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            outcomes[number] = error

    started = [Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    return outcomes
