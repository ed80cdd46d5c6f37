# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls about the hub itself, its events, and who is logged in."""

# ruff: noqa: ARG001, FBT001, FBT002, N803, PLR0917 - the arguments are the API's, names and all

from collections.abc import Callable
from typing import Any, Final

import koji

from adapters.sandbox.hub.caller import Caller
from adapters.sandbox.hub.calls import find
from adapters.sandbox.hub.calls.shapes import Row, user_row


def get_api_version(caller: Caller) -> int:
    return 1


def get_koji_version(caller: Caller) -> str:
    return "1.35.3"


def login(
    caller: Caller,
    user: str,
    password: str,
    opts: Row | None = None,
    renew: bool = False,
    exclusive: bool = False,
) -> dict[str, object]:
    """Open a session. A renewal keeps the session, expired or not, under a new key."""
    known = caller.world.users.get(user)
    if known is None or known.password != password:
        raise koji.AuthError("invalid username or password")
    if not known.enabled:
        raise koji.AuthError(f"logins by {user} are not allowed")
    if renew and caller.session is not None:
        return caller.sessions.renew(caller.session)
    return caller.sessions.start(known)


def logout(caller: Caller, session_id: int | None = None) -> None:
    caller.user()
    if caller.session is not None:
        caller.sessions.close(caller.session)


def subsession(caller: Caller) -> dict[str, object]:
    return caller.sessions.start(caller.user())


def get_logged_in_user(caller: Caller) -> Row | None:
    if caller.session is None:
        return None
    return {**user_row(caller.session.user), "authtype": 0, "krb_principal": None}


def get_user(
    caller: Caller, userInfo: Any = None, strict: bool = False, krb_princs: bool = True
) -> Row | None:
    if userInfo is None:
        return get_logged_in_user(caller)
    found = find.user(caller.world, userInfo)
    if found is None and strict:
        raise koji.GenericError(f"No such user: {userInfo!r}")
    return None if found is None else user_row(found)


def get_perms(caller: Caller) -> list[str]:
    return sorted(caller.session.user.perms) if caller.session is not None else []


def get_last_event(caller: Caller, before: float | None = None) -> Row | None:
    """The last event committed, or the last one before a time."""
    world = caller.world
    if before is None:
        return _event(caller, world.last_event())
    found = (e for e in reversed(world.events) if world.events[e] < before)
    return _event(caller, next((e for e in found if e not in world.withheld), 0))


def get_event(caller: Caller, id: int) -> Row:  # noqa: A002 - as the API has it
    found = _event(caller, id)
    if found is None:
        raise koji.GenericError("query returned no rows")
    return found


def _event(caller: Caller, number: int) -> Row | None:
    if number not in caller.world.events or number in caller.world.withheld:
        return None
    return {"id": number, "ts": caller.world.events[number]}


METHODS: Final[dict[str, Callable[..., Any]]] = {
    "getAPIVersion": get_api_version,
    "getEvent": get_event,
    "getKojiVersion": get_koji_version,
    "getLastEvent": get_last_event,
    "getLoggedInUser": get_logged_in_user,
    "getPerms": get_perms,
    "getUser": get_user,
    "login": login,
    "logout": logout,
    "subsession": subsession,
}
