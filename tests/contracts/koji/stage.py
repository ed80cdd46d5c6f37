# SPDX-License-Identifier: GPL-3.0-or-later
"""Where recordings are played again: the real client, against the hub, in their order."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self
from xmlrpc.client import Fault

import koji

from adapters.sandbox.hub import Builders, Ending, Hub, Mishap, Outcome, Pace, Server, World
from adapters.sandbox.hub.choices import Made
from adapters.sandbox.hub.model import Task
from tests.contracts.koji.recorded import Raised, Recording

Session = Any
QUICK = Pace(pickup=0.1, srpm=0.1, arch=0.1, tag=0.1, repo=0.1)
ENDINGS = {
    "slow": Ending.NEVER,
    "bad": Ending.FAILED,
    "draft6#": Ending.NOT_TAGGED,
    "draft7#": Ending.NO_SRPM,
    "draft8#": Ending.NEVER,
    "draft9#": Ending.FAILED,
}


class Stage(AbstractContextManager["Stage"]):
    """A hub that runs, and a session for each user who calls; ``kojira`` is how fast that is."""

    def __init__(self, world: World, kojira: Pace = QUICK) -> None:
        self.world = world
        builders = Builders(
            world, outcome=outcome, recipe=recipe, repo=lambda request: Outcome(pace=kojira)
        )
        self.server = Server(Hub(world, builders))
        self._sessions: dict[str | None, Session] = {}

    def __enter__(self) -> Self:
        self.server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for session in self._sessions.values():
            session.setSession(None)  # or it logs out once collected, of a hub that is gone
        self.server.stop()

    def play(self, recording: Recording) -> Any:
        """Make a recorded call; the answer is the result, or the fault that was raised."""
        self.world._clock.advance(5.0)  # type: ignore[attr-defined]
        self.server.hub.tick()
        self._same_ids(recording)
        setup = SETUPS.get(recording.label, Stage.session)
        return answer(setup(self, recording), recording)

    def session(self, recording: Recording) -> Session:
        """The session of the user of a recording."""
        return self.session_of(recording.user)

    def session_of(self, user: str | None) -> Session:
        """The session of a user, who logs in the first time."""
        if user not in self._sessions:
            self._sessions[user] = self.log_in(user)
        return self._sessions[user]

    def settle(self) -> None:
        """Let the builders finish what they ever will."""
        for _ in range(8):
            self.world._clock.advance(5.0)  # type: ignore[attr-defined]
            self.server.hub.tick()

    def log_in(self, user: str | None) -> Session:
        """A new session of a user, or an anonymous one."""
        options = {"max_retries": 0, "anon_retry": False, "timeout": 10}
        session = koji.ClientSession(self.server.url, {**options, "user": user, "password": user})
        if user is not None:
            session.login()
        return session

    def _same_ids(self, recording: Recording) -> None:
        """Let what this call makes have the id it was recorded with."""
        made, last = recording.result, self.world._last
        if recording.method in {"build", "tagBuild"} and isinstance(made, int):
            last["task"] = made - 1
        elif recording.method == "createSideTag" and made:
            last["tag"] = made["id"] - 2
        elif recording.method == "repo.request" and made and made["request"]:
            last["repo-request"] = made["request"]["id"] - 1


def answer(session: Session, recording: Recording) -> Any:
    """What a call answers; whatever the client raises is an answer, too."""
    try:
        if recording.method == "multiCall":
            return session._callMethod("multiCall", recording.args, {})
        return session.callMethod(recording.method, *recording.args, **recording.kwargs)
    except koji.GenericError as error:
        return Raised(error.faultCode, str(error))
    except Fault as error:
        return Raised(error.faultCode, str(error))
    except Exception as error:  # noqa: BLE001 - the client's own errors are recorded as well
        return Raised(None, str(error))


def outcome(task: Task) -> Outcome:
    """What the recorded builders did: by the name of the package."""
    name = str(task.request[0]).rpartition("/")[2]
    if name.startswith("draft11#") and not task.request[2].get("draft"):
        return Outcome(Ending.FAILED, QUICK)
    ending = next((end for start, end in ENDINGS.items() if name.startswith(start)), None)
    return Outcome(ending or Ending.COMPLETE, QUICK)


def recipe(world: World, source: str, dist: str) -> Made:
    """What the recorded builders made of a commit."""
    name, _, commit = source.rpartition("/")[2].partition("#")
    return Made(name, "1.0", f"{int(commit[:3], 16) + 1}{dist}")


def _offline(stage: Stage, recording: Recording) -> Session:
    stage.server.trouble.at[len(stage.server.trouble.seen) + 1] = Mishap.OFFLINE
    return stage.session(recording)


def _counting_from(callnum: int) -> Callable[[Stage, Recording], Session]:
    """A session of one call, whose next one bears this number."""

    def setup(stage: Stage, recording: Recording) -> Session:
        session = stage.log_in(recording.user)
        session.getAPIVersion()
        session.callnum = callnum
        return session

    return setup


def _expired(stage: Stage, recording: Recording) -> Session:
    """A session that expired; it still knows how it logged in."""
    session = stage.log_in("ebs")
    stage.server.hub.sessions.open[session.sinfo["session-id"]].expired = True
    return session


def _expired_and_helpless(stage: Stage, recording: Recording) -> Session:
    session = _expired(stage, recording)
    session.auth_method = None
    return session


def _closed(stage: Stage, recording: Recording) -> Session:
    session = stage.log_in(recording.user)
    stage.server.hub.sessions.open.clear()
    stage._sessions.clear()
    return session


def _forged(stage: Stage, recording: Recording) -> Session:
    session = stage.log_in(recording.user)
    session.sinfo["session-key"] = "forged"
    return session


def _disabled(stage: Stage, recording: Recording) -> Session:
    session = stage.log_in(recording.user)
    stage.world.users[recording.user or ""].enabled = False
    return session


def _refused(stage: Stage, recording: Recording) -> Session:
    session = stage.log_in(None)
    session.baseurl = "http://127.0.0.1:9/kojihub"
    return session


def _built_before(stage: Stage, recording: Recording) -> Session:
    """Somebody else built it: only the fault tells of it, 'Build already exists (id=216, ...)'."""
    source = recording.args[0]
    stage.world.add_build("good1", "1.0", "2987.eln150", build_id=216, source=source)
    return stage.session(recording)


def _at_once(stage: Stage, recording: Recording) -> Session:
    """Another of the same NVR is about to be promoted at the same moment."""
    build = stage.world.builds[recording.args[0]]
    target = build.release.partition(",")[0]
    stage.world.promoting.add((build.name, build.version, target))
    return stage.session(recording)


def _first(stage: Stage, recording: Recording) -> Session:
    """Of two that are promoted at once, the one that wins."""
    stage.world.promoting.clear()
    return stage.session(recording)


SETUPS: dict[str, Callable[[Stage, Recording], Session]] = {
    "calls/001-ServerOffline": _offline,
    "calls/149-build": _built_before,
    "calls/189-expired-session-auto-renewed-by-client": _expired,
    "calls/190-expired-session-auto-renewed-by-client": _expired,
    "calls/191-expired-session-no-auth_method": _expired_and_helpless,
    "calls/192-closed-session": _closed,
    "calls/193-closed-session-readonly-call": _closed,
    "calls/194-bad-session-key": _forged,
    "calls/195-deleted-session": _closed,
    "calls/197-RetryError-same-callnum": _counting_from(0),
    "calls/199-SequenceError-lower-callnum": _counting_from(-1),
    "calls/203-disabled-user-call": _disabled,
    "calls/204-connection-refused": _refused,
    "drafts/209-promoteBuild-race-0-1": _at_once,
    "drafts/210-promoteBuild-race-0-0": _first,
    "drafts/213-promoteBuild-race-1-1": _at_once,
    "drafts/214-promoteBuild-race-1-0": _first,
    "drafts/217-promoteBuild-race-2-0": _at_once,
    "drafts/218-promoteBuild-race-2-1": _first,
    "drafts/221-promoteBuild-race-3-1": _at_once,
    "drafts/222-promoteBuild-race-3-0": _first,
}
"""Calls that need more than to be made: what was done to the session before."""
