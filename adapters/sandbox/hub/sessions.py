# SPDX-License-Identifier: GPL-3.0-or-later
"""Who calls: sessions as the hub keeps them, with the number of the last call of each.

A call must bear a higher number than the one before. The same number again means that the answer
was lost, and the hub cannot give it a second time: RetryError, although the call was carried out.
"""

from collections.abc import Mapping
from itertools import count

import koji
from msgspec import Struct

from adapters.sandbox.hub.model import User

_WHILE_EXPIRED = {"login", "logout", "subsession"}


class Session(Struct):
    id: int
    key: str
    user: User
    callnum: int | None = None
    expired: bool = False


class Sessions:
    """Every open session by its id."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._keys = count(1)
        self.open: dict[int, Session] = {}

    def start(self, user: User) -> dict[str, object]:
        """Open a session, and return what the client is told of it."""
        number = next(self._ids)
        session = self.open[number] = Session(number, self._key(user), user)
        return told(session)

    def renew(self, session: Session) -> dict[str, object]:
        """Revive an expired session under a new key.

        The client counts from 0 again, but the hub keeps the number of the last call: as many
        calls as were made before now fail.
        """
        session.expired, session.key = False, self._key(session.user)
        return told(session)

    def close(self, session: Session) -> None:
        self.open.pop(session.id, None)

    def expire(self) -> None:
        """Let every session expire, as each does after a day."""
        for session in self.open.values():
            session.expired = True

    def of(self, headers: Mapping[str, str], method: str) -> Session | None:
        """Return the session of a request, None if it is anonymous; refuse what is out of order."""
        if "Koji-Session-Id" not in headers:
            return None
        session = self.open.get(int(headers["Koji-Session-Id"]))
        if session is None or session.key != headers["Koji-Session-Key"]:
            raise koji.AuthError("Invalid session or bad credentials")
        if not session.user.enabled:
            raise koji.AuthError(f"logins by {session.user.name} are not allowed")
        if method == "login":
            return session
        if session.expired and method not in _WHILE_EXPIRED:
            raise koji.AuthExpired(f'session "{session.id}" has expired')
        _count(session, int(headers["Koji-Session-Callnum"]), method)
        return session

    def _key(self, user: User) -> str:
        return f"{user.id}-{next(self._keys):020d}"


def told(session: Session) -> dict[str, object]:
    return {"session-id": session.id, "session-key": session.key, "header-auth": True}


def _count(session: Session, callnum: int, method: str) -> None:
    last = session.callnum
    if last is not None and last > callnum:
        raise koji.SequenceError(f"{last} > {callnum} (session {session.id})")
    if last == callnum:
        raise koji.RetryError(
            f"unable to retry call {callnum} (method {method}) for session {session.id}"
        )
    session.callnum = callnum
