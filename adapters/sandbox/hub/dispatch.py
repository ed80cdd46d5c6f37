# SPDX-License-Identifier: GPL-3.0-or-later
"""A request in, an answer out: XML-RPC as Koji speaks it, whatever carries it."""

from collections.abc import Callable, Mapping
from typing import Any
from xmlrpc.client import Fault

import koji
from koji import xmlrpcplus

from adapters.sandbox.hub.builders import Builders
from adapters.sandbox.hub.caller import Caller
from adapters.sandbox.hub.calls import METHODS
from adapters.sandbox.hub.sessions import Session, Sessions
from adapters.sandbox.hub.world import World


class Hub:
    """Answers requests one after another, each whole or not at all.

    ``others`` do what is due in the world, as the builders do.
    """

    def __init__(
        self, world: World, builders: Builders | None = None, *others: Callable[[], object]
    ) -> None:
        self.world = world
        self.builders = builders or Builders(world)
        self.sessions = Sessions()
        self._others = others

    def tick(self) -> None:
        """Let what is due by now be done."""
        self.builders.work()
        for work in self._others:
            work()

    def answer(self, method: str, params: tuple[Any, ...], headers: Mapping[str, str]) -> bytes:
        """Answer a request in XML."""
        return answered(lambda: self.call(method, params, headers))

    def call(self, method: str, params: tuple[Any, ...], headers: Mapping[str, str]) -> Any:
        """Carry out a call; its faults are exceptions."""
        self.tick()
        with self.world.lock:
            session = self.sessions.of(headers, method)
        with self.world.request():
            if method == "multiCall":
                return self._calls(session, params[0])
            return self._one(session, method, params)

    def _calls(self, session: Session | None, calls: list[dict[str, Any]]) -> list[Any]:
        """Carry out a multicall: a call that fails undoes itself alone, its fault in its place."""
        return [self._within(session, call) for call in calls]

    def _within(self, session: Session | None, call: dict[str, Any]) -> Any:
        try:
            with self.world.savepoint():
                return [self._one(session, call["methodName"], tuple(call["params"]))]
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
            fault = as_fault(error)
            return {
                "faultCode": fault.faultCode,
                "faultString": fault.faultString,
                "traceback": "Traceback (most recent call last):\n",
            }

    def _one(self, session: Session | None, name: str, params: tuple[Any, ...]) -> Any:
        method = METHODS.get(name)
        if method is None:
            raise koji.GenericError(f"Invalid method: {name}")
        args, options = koji.decode_args(*params)
        caller = Caller(self.world, self.builders, self.sessions, session)
        try:
            return method(caller, *args, **options)
        except TypeError as error:
            # Of the call itself, not from within: the arguments do not fit the method.
            if error.__traceback__ is not None and error.__traceback__.tb_next is None:
                raise koji.ParameterError(str(error)) from None
            raise


def answered(call: Callable[[], Any]) -> bytes:
    """Return the result of a call, or its fault, in XML."""
    try:
        result = (call(),)
        text = xmlrpcplus.dumps(result, methodresponse=1)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        text = xmlrpcplus.dumps(as_fault(error))
    return bytes(text.encode())


def as_fault(error: Exception) -> Fault:
    """Return an error as Koji sends it: of its own kinds by their codes, of any other as 1."""
    if isinstance(error, koji.GenericError):
        return Fault(error.faultCode, str(error))
    if isinstance(error, Fault):
        return error
    return Fault(1, f"{type(error)}: {error}")
