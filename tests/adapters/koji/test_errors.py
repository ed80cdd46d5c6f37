# SPDX-License-Identifier: GPL-3.0-or-later
"""Which failure means what, of a read and of a write."""

from xml.parsers.expat import ExpatError
from xmlrpc.client import Fault

import koji
import pytest
import requests

from adapters.errors import DependencyDown, NotPermitted, meaning_of
from adapters.koji import errors
from adapters.koji.errors import kind_of, translated
from adapters.ports.koji import KojiAmbiguous, KojiDenied, KojiError, KojiPermanent, KojiTransient
from tests.fixtures.ports import free_port


def answer(status: int) -> requests.HTTPError:
    """What the client raises for a status other than 200."""
    response = requests.Response()
    response.status_code = status
    response.url = "https://hub.test/kojihub?session-id=7&session-key=4-SECRET&callnum=3"
    try:
        response.raise_for_status()
    except requests.HTTPError as error:
        return error
    raise AssertionError


def unreachable() -> requests.ConnectionError:
    """What the client raises where nobody listens."""
    try:
        requests.post(f"http://127.0.0.1:{free_port()}/kojihub", timeout=5)
    except requests.ConnectionError as error:
        return error
    raise AssertionError


T, P, D, A = KojiTransient, KojiPermanent, KojiDenied, KojiAmbiguous

TABLE = {
    "generic": (koji.GenericError("No such tagInfo: 'x'"), P, P),
    "tag": (koji.TagError("already tagged"), P, P),
    "parameter": (koji.ParameterError("unexpected keyword"), P, P),
    "not-allowed": (koji.ActionNotAllowed("policy violation (tag)"), D, D),
    "auth": (koji.AuthError("Invalid session or bad credentials"), T, T),
    "auth-lock": (koji.AuthLockError("locked"), T, T),
    "expired": (koji.AuthExpired("expired"), T, T),
    "sequence": (koji.SequenceError("0 > -1 (session 300)"), T, T),
    "retry": (koji.RetryError("unable to retry call 0"), T, A),
    "offline": (koji.ServerOffline("planned outage"), T, T),
    "uncaught": (Fault(1, "<class 'psycopg2.errors.UniqueViolation'>"), T, A),
    "unreachable": (unreachable(), T, T),
    "connect-timeout": (requests.ConnectTimeout("too late"), T, T),
    "read-timeout": (requests.ReadTimeout("too late"), T, A),
    "reset": (requests.ConnectionError("Connection aborted."), T, A),
    "cut-short": (requests.exceptions.ChunkedEncodingError("IncompleteRead"), T, A),
    "os": (ConnectionResetError("reset"), T, A),
    "not-xml": (ExpatError("no element found"), T, A),
    "handshake": (requests.exceptions.SSLError("wrong version number"), T, T),
    "certificate": (requests.exceptions.SSLError("certificate verify failed"), P, P),
    "address": (requests.exceptions.InvalidURL("no host"), P, P),
    "400": (answer(400), P, P),
    "401": (answer(401), D, D),
    "429": (answer(429), T, T),
    "502": (answer(502), T, A),
    "503": (answer(503), T, A),
}


@pytest.mark.parametrize(("error", "of_read", "of_write"), TABLE.values(), ids=TABLE)
def test_the_table(error: Exception, of_read: type[KojiError], of_write: type[KojiError]) -> None:
    """Each failure is transient, permanent or ambiguous, and no read is ever ambiguous."""
    assert isinstance(error, errors.FAILURES)
    assert kind_of(error, write=False) is of_read
    assert kind_of(error, write=True) is of_write
    assert of_read is not KojiAmbiguous


def test_the_exit_codes() -> None:
    """A hub that is away is a dependency that is down, a refusal for want of a right is its own."""
    assert issubclass(KojiTransient, DependencyDown)
    assert issubclass(KojiDenied, NotPermitted)
    assert not issubclass(KojiAmbiguous, DependencyDown), "which may be tried again"
    assert [meaning_of(kind("x")).exit for kind in (T, P, D, A)] == [6, 1, 7, 1]


def test_an_error_says_what_why_and_what_next() -> None:
    """The hub's own words are the reason; its code is kept; there is always something to do."""
    error = translated(koji.GenericError("No such tagInfo: 'x'"), "getTag", write=False)

    assert str(error) == "Koji's getTag failed: No such tagInfo: 'x'"
    assert repr(error) == f"KojiPermanent({str(error)!r})", "what a log shows"
    assert (error.code, bool(error.do)) == (1000, True)


def test_an_error_that_nobody_caught_in_the_hub() -> None:
    """A plain fault tells its text and not the client's wrapping of it."""
    error = translated(Fault(1, "<class 'KeyError'>: 'x'"), "getTag", write=True)

    assert (error.code, error.why) == (1, "<class 'KeyError'>: 'x'")


def test_an_error_without_a_word() -> None:
    """A failure that says nothing is told by its kind."""
    assert translated(ConnectionResetError(), "build", write=True).why == "ConnectionResetError"


def test_no_session_key_is_told() -> None:
    """An old hub takes the session key in the address; no message of ours repeats it."""
    text = str(translated(answer(502), "build", write=True))

    assert "SECRET" not in text
    assert "502" in text
    assert "callnum=3" in text
