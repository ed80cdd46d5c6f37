# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the client raises to what may be done about it: which of our errors a failure is."""

import re
from typing import Final
from xml.parsers.expat import ExpatError
from xmlrpc.client import Error, Fault

import koji
import requests
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError

from adapters.ports.kerberos import KerberosDenied, KerberosError
from adapters.ports.koji import (
    KojiAmbiguous,
    KojiDenied,
    KojiError,
    KojiPermanent,
    KojiTransient,
)

FAILURES: Final = (koji.GenericError, Error, requests.RequestException, OSError, ExpatError)
"""What the client lets through: the hub's faults, and whatever befalls a request on its way."""

Kind = type[KojiError]

# fault code: (of a read, of a write)
CODES: Final[dict[int, tuple[Kind, Kind]]] = {
    # An error nobody caught in the hub: its database went away, or two writers met. It may have
    # happened at the commit, so of a write nothing is certain.
    1: (KojiTransient, KojiAmbiguous),
    # Koji refuses all of these before it looks at the call: a session that was closed, is locked,
    # has expired, or whose renewal confused the call numbers. A new login is the cure.
    koji.AuthError.faultCode: (KojiTransient, KojiTransient),
    koji.AuthLockError.faultCode: (KojiTransient, KojiTransient),
    koji.AuthExpired.faultCode: (KojiTransient, KojiTransient),
    koji.SequenceError.faultCode: (KojiTransient, KojiTransient),
    # The hub saw this very call before: a write was probably committed.
    koji.RetryError.faultCode: (KojiTransient, KojiAmbiguous),
    # A planned outage; said before the call is looked at.
    koji.ServerOffline.faultCode: (KojiTransient, KojiTransient),
    koji.ActionNotAllowed.faultCode: (KojiDenied, KojiDenied),
}
"""Any other code is the hub's refusal of just this call, rolled back, and final."""

# HTTP status: (of a read, of a write)
STATUS: Final[dict[int, tuple[Kind, Kind]]] = {
    # Of a proxy that gave up waiting for the client, or asks it to be slower: never handed on.
    408: (KojiTransient, KojiTransient),
    429: (KojiTransient, KojiTransient),
    401: (KojiDenied, KojiDenied),
    403: (KojiDenied, KojiDenied),
}
"""Any other 4xx is final (400: too long a request); a 5xx may come after the hub did the call."""

_SERVER_ERROR: Final = 500
_KEY: Final = re.compile(r"(session-(?:id|key)=)[^&\s]+")
_ADVICE: Final[dict[Kind, str]] = {
    KojiTransient: "it is tried again by itself; `ebs doctor` shows whether the hub answers",
    KojiPermanent: "repeating it is no use; the hub's reason says what to change",
    KojiDenied: "check the login with `ebs doctor`, and ask Koji's administrators for the right",
    KojiAmbiguous: "look in Koji whether it was done before it is done again",
}


def translated(error: Exception, call: str, *, write: bool) -> KojiError:
    """Return the failure of a request as an error of ours."""
    kind = kind_of(error, write=write)
    code = error.faultCode if isinstance(error, koji.GenericError | Fault) else None
    return kind(f"Koji's {call} failed", why=reason(error), do=_ADVICE[kind], code=code)


def in_place(error: Exception, call: str) -> KojiError:
    """Return a fault within a multicall as an error of ours.

    The hub rolls back a call that faults there and nothing else, so there is no doubt about it.
    """
    return translated(error, call, write=False)


def refused_login(error: Exception) -> KojiError:
    """Return the failure of a login; what elsewhere a new login cures is final here."""
    if isinstance(error, KerberosError):
        kind = KojiDenied if isinstance(error, KerberosDenied) else KojiTransient
        return kind("Koji's login failed", why=str(error), do=error.do)
    denied = isinstance(error, koji.AuthError)
    if denied and not isinstance(error, koji.RetryError | koji.AuthLockError):
        return KojiDenied(
            "Koji refused the login",
            why=reason(error),
            do="check the user, the password file or the keytab",
            code=error.faultCode if isinstance(error, koji.GenericError) else None,
        )
    return translated(error, "login", write=False)


def kind_of(error: Exception, *, write: bool) -> Kind:
    """Return the class that a failure belongs to."""
    return _kinds(error)[write]


def _kinds(error: Exception) -> tuple[Kind, Kind]:
    if isinstance(error, koji.GenericError | Fault):
        return CODES.get(error.faultCode, (KojiPermanent, KojiPermanent))
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return _of_status(error.response.status_code)
    if isinstance(error, ValueError) or koji.is_requests_cert_error(error):
        return (KojiPermanent, KojiPermanent)  # an address that is none, a certificate not trusted
    if _never_sent(error):
        return (KojiTransient, KojiTransient)
    return (KojiTransient, KojiAmbiguous)


def _of_status(status: int) -> tuple[Kind, Kind]:
    if status >= _SERVER_ERROR:
        return (KojiTransient, KojiAmbiguous)
    return STATUS.get(status, (KojiPermanent, KojiPermanent))


def _never_sent(error: Exception) -> bool:
    """Whether no connection came about: then not even a write can have been done."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError):
        return True
    cause = error.args[0] if error.args else None
    why: HTTPError | Exception | None = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(why, NewConnectionError | ConnectTimeoutError)


def reason(error: Exception) -> str:
    """Return what the error says, without the session key that an old hub has in its address."""
    text = str(error.faultString) if isinstance(error, Fault) else str(error)
    return _KEY.sub(r"\1...", text) or type(error).__name__
