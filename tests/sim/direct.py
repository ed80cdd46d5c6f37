# SPDX-License-Identifier: GPL-3.0-or-later
"""A hub that is asked without a socket: thousands of histories would be slow over HTTP.

The calls are the hub's own, their answers go through the adapter's; only what carries them is left
out. ``tests/adapters/koji`` is about that.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any
from xmlrpc.client import Fault

import koji

from adapters.koji.client import KojiHub
from adapters.koji.errors import in_place, translated
from adapters.koji.options import HubOptions
from adapters.koji.session import Call
from adapters.ports.koji import KojiError, KojiTransient
from adapters.sandbox.hub import Hub


class Direct:
    """Does what ``adapters.koji.session.Sessions`` does, for a hub in this process.

    ``answers``: how many requests it answers yet, None for any number.
    """

    def __init__(self, hub: Hub, user: str) -> None:
        self._hub = hub
        self.answers: int | None = None
        self._told: Mapping[str, Any] = hub.call("login", (user, user), {})
        self._numbers = count(1)

    def call(self, method: str, *args: Any, write: bool = False, **options: Any) -> Any:
        """Make a call."""
        return self._request(method, koji.encode_args(*args, **options))

    def clock(self, method: str) -> datetime:
        """The hub's time, in whole seconds as in the date of an answer."""
        return datetime.fromtimestamp(int(self._hub.world.now()), UTC)

    def read_all(self, calls: Sequence[Call], progress: Any = None) -> Iterator[Any]:
        """Make a multicall."""
        asked = [
            {"methodName": c.method, "params": koji.encode_args(*c.args, **c.options)}
            for c in calls
        ]
        for call, answer in zip(calls, self._request("multiCall", (asked,)), strict=True):
            yield _result(call, answer)

    def write_all(self, calls: Sequence[Call], progress: Any = None) -> Iterator[Any]:
        """Make a multicall; where it fails as a whole, the error is in the place of each answer."""
        try:
            yield from [*self.read_all(calls, progress)]
        except KojiError as error:
            yield from [error] * len(calls)

    def chunks(self, items: Sequence[Any], progress: Any) -> Iterator[Sequence[Any]]:
        """Yield everything at once."""
        if items:
            yield items

    def close(self) -> None:
        """There is nothing to be closed."""

    def _request(self, method: str, params: tuple[Any, ...]) -> Any:
        headers = {
            "Koji-Session-Id": str(self._told["session-id"]),
            "Koji-Session-Key": self._told["session-key"],
            "Koji-Session-Callnum": str(next(self._numbers)),
        }
        if self.answers == 0:
            raise KojiTransient("the hub is away")
        self.answers = None if self.answers is None else self.answers - 1
        try:
            return self._hub.call(method, params, headers)
        except koji.GenericError as error:
            raise translated(error, method, write=False) from error


def direct(hub: Hub, user: str) -> KojiHub:
    """Return the adapter for a hub in this process."""
    return through(Direct(hub, user))


def through(line: Direct) -> KojiHub:
    """Return the adapter that asks in this way."""
    made = KojiHub(HubOptions(url="http://nowhere"))
    made._hub = line  # type: ignore[assignment]
    return made


def _result(call: Call, answer: Any) -> Any:
    if isinstance(answer, dict):
        return in_place(Fault(answer["faultCode"], answer["faultString"]), call.method)
    return answer[0]
