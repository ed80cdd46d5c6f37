# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls to a hub, in sessions of koji's own client, one a thread.

Patience is ours alone: the client would try 30 times, 20 seconds apart, without a word.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from threading import local
from time import monotonic
from typing import Any, Final, TypeVar
from xmlrpc.client import Fault

import koji
import requests
import stamina

from adapters.koji.errors import FAILURES, in_place, refused_login, translated
from adapters.koji.options import Gssapi, HubOptions, Password
from adapters.meters import asking
from adapters.ports.kerberos import KerberosError, Ticket
from adapters.ports.koji import KojiError, KojiPermanent, KojiTransient, Progress

T = TypeVar("T")

_LEAST: Final = 1.0
"""Seconds for the last attempt, however little is left."""


class Call:
    """A call to be made in a multicall."""

    __slots__ = ("args", "method", "options")

    def __init__(self, method: str, *args: Any, **options: Any) -> None:
        self.method = method
        self.args = args
        self.options = options


class Client(koji.ClientSession):  # type: ignore[misc] # koji publishes no types
    """Koji's client without its own repetitions, and with the hub's clock."""

    server_date: datetime | None = None

    def new_session(self) -> None:
        """Open a connection that notes the date of each answer."""
        super().new_session()
        self.rsession.hooks["response"].append(self._note)

    def _note(self, answer: requests.Response, **_: Any) -> None:
        """Note the date, and close what koji forgets to: an answer that is an HTTP error."""
        date = answer.headers.get("Date")
        self.server_date = parsedate_to_datetime(date).astimezone(UTC) if date else None
        if not answer.ok:
            answer.close()

    def _sendCall(self, handler: str, headers: Any, request: bytes) -> Any:  # noqa: N802 - koji's
        """Send once. Koji sends again on a broken connection, a write too."""
        return self._sendOneCall(handler, headers, request)

    def _renew_session(self) -> None:
        """Do not renew: the hub would answer the next calls with SequenceError."""
        raise koji.AuthExpired("the session has expired")

    def show(self, ticket: Ticket) -> None:
        """Log in by Kerberos, as ``gssapi_login`` does and the hub wants it: by HTTPS.

        That one finds its ticket through the environment, which all threads and libraries share,
        and hides a dead hub, a dead KDC and a refusal behind one and the same error.
        """
        self.baseurl: str = f"https://{self.baseurl.partition('://')[2]}"
        self.opts["auth"] = ticket.auth()
        try:
            self.setSession(self.callMethod("sslLogin", proxyuser=None))
        finally:
            del self.opts["auth"]

    def __del__(self) -> None:
        """Do not log out here: no garbage collection should wait for a hub."""
        if connection := vars(self).get("rsession"):
            connection.close()

    def hang_up(self) -> None:
        """Close the connection; the hub forgets the session by itself."""
        self.setSession(None)
        self.rsession.close()


class _Mine(local):
    client: Client | None = None
    since: float = 0.0


class Sessions:
    """Makes calls in the session of the thread that asks.

    Koji counts the calls of a session, so that two threads in one give SequenceError. ``asked`` is
    called after each request, whatever came of it.
    """

    def __init__(
        self,
        options: HubOptions,
        clock: Callable[[], float] = monotonic,
        ticket: Ticket | None = None,
        *,
        asked: Callable[[], None] = lambda: None,
    ) -> None:
        if isinstance(options.login, Gssapi) and ticket is None:
            raise ValueError("a login by Kerberos takes a ticket")
        self._options = options
        self._clock = clock
        self._ticket = ticket
        self._asked = asked
        self._mine = _Mine()

    def call(self, method: str, *args: Any, write: bool = False, **options: Any) -> Any:
        """Make a call. A write is repeated only where the hub surely did not begin it."""
        return self._patiently(partial(_call, Call(method, *args, **options)), method, write=write)

    def clock(self, method: str) -> datetime | None:
        """Return the date that the hub's web server gives to a call."""
        self.call(method)
        return self._mine.client.server_date if self._mine.client else None

    def read_all(
        self, calls: Sequence[Call], progress: Progress | None = None
    ) -> Iterator[Any | KojiPermanent]:
        """Yield the answer of each call, made in multicalls, or the hub's refusal in its place."""
        for some in self.chunks(calls, progress):
            yield from self._patiently(partial(_read, some), some[0].method)

    def write_all(
        self, calls: Sequence[Call], progress: Progress | None = None
    ) -> Iterator[Any | KojiError]:
        """Yield the answer of each call, or the error in its place.

        Where a multicall fails as a whole, what was to follow is not sent.
        """
        failed: KojiError | None = None
        for some in self.chunks(calls, progress):
            if failed is not None:
                yield from [_not_sent(failed)] * len(some)
                continue
            try:
                yield from self._patiently(partial(_multicall, some), some[0].method, write=True)
            except KojiError as error:
                failed = error
                yield from [error] * len(some)

    def chunks(self, items: Sequence[T], progress: Progress | None) -> Iterator[Sequence[T]]:
        """Yield so many as go into one request; the progress of each when the next is asked for."""
        for start in range(0, len(items), self._options.batch):
            some = items[start : start + self._options.batch]
            yield some
            if progress is not None:
                progress(start + len(some), len(items))

    def close(self) -> None:
        """End the session of this thread."""
        client, self._mine.client = self._mine.client, None
        if client is not None:
            with suppress(*FAILURES):  # the hub ends it by itself
                client.logout()
            client.hang_up()

    def _patiently(self, act: Callable[[Client], T], what: str, *, write: bool = False) -> T:
        deadline = self._clock() + self._options.retry_for
        for attempt in stamina.retry_context(
            on=KojiTransient,
            attempts=None,
            timeout=self._options.retry_for,
            wait_initial=self._options.pause,
            wait_jitter=self._options.pause,
        ):
            with attempt:
                return self._once(act, what, deadline, write=write)
        raise AssertionError  # stamina lets the last error through

    def _once(self, act: Callable[[Client], T], what: str, deadline: float, *, write: bool) -> T:
        client = self._client(deadline)
        if write:
            client.new_session()  # an idle connection may be dead, and a write is sent only once
        with asking("koji", what) as request:
            try:
                result = act(client)
                request.outcome = "answered"
            except FAILURES as error:
                request.outcome = "refused" if _is_refusal(error) else "failed"
                raise translated(error, what, write=write) from error
            finally:
                self._asked()
                if request.outcome == "failed":
                    self._drop()
        return result

    def _client(self, deadline: float) -> Client:
        """Return a client that is logged in, with the time that is left for a call."""
        mine = self._mine
        if mine.client is None or self._clock() - mine.since >= self._options.login_for:
            self._drop()
            mine.since = self._clock()
            mine.client = self._logged_in(self._timeout(deadline))
        mine.client.opts["timeout"] = self._timeout(deadline)
        return mine.client

    def _timeout(self, deadline: float) -> float:
        return min(self._options.timeout, max(deadline - self._clock(), _LEAST))

    def _logged_in(self, timeout: float) -> Client:
        client = Client(self._options.url, _client_options(self._options, timeout))
        try:
            if self._options.login is not None:
                with asking("koji", "login") as request:
                    self._log_in(client)
                    request.outcome = "answered"
        except (*FAILURES, KerberosError) as error:
            client.hang_up()
            raise refused_login(error) from error
        return client

    def _log_in(self, client: Client) -> None:
        if isinstance(self._options.login, Password):
            client.login()
        elif self._ticket is not None:
            client.show(self._ticket)

    def _drop(self) -> None:
        client, self._mine.client = self._mine.client, None
        if client is not None:
            client.hang_up()


def _call(call: Call, client: Client) -> Any:
    return client.callMethod(call.method, *call.args, **call.options)


def _multicall(calls: Sequence[Call], client: Client) -> list[Any | KojiError]:
    """Make all calls in one request; a call that faults undoes itself alone."""
    with client.multicall() as request:
        answers = [request.callMethod(call.method, *call.args, **call.options) for call in calls]
    return [_result(answer) for answer in answers]


def _result(answer: koji.VirtualCall) -> Any | KojiError:
    try:
        return answer.result
    except (koji.GenericError, Fault) as fault:
        return in_place(fault, answer.method)


def _read(calls: Sequence[Call], client: Client) -> list[Any | KojiPermanent]:
    """Return answers that will be the same next time. Raises the first that may not."""
    answers = _multicall(calls, client)
    for answer in answers:
        if isinstance(answer, KojiTransient):
            raise answer
    return answers


def _is_refusal(error: Exception) -> bool:
    """Whether the session is as good as before: the hub answered, and not about the session."""
    return isinstance(error, koji.GenericError | Fault) and not isinstance(error, koji.AuthError)


def _not_sent(failed: KojiError) -> KojiTransient:
    return KojiTransient(
        "this was not sent to Koji", why=f"a call before it failed: {failed}", do="do it again"
    )


def _client_options(options: HubOptions, timeout: float) -> dict[str, Any]:
    login = options.login
    account = (
        {"user": login.user, "password": login.password.get_secret_value()}
        if isinstance(login, Password)
        else {}
    )
    patience = {"max_retries": 0, "anon_retry": False, "offline_retry": False, "retry_interval": 0}
    return {
        **account,
        **patience,
        "timeout": timeout,
        "auth_timeout": timeout,
        "serverca": options.serverca,
    }
