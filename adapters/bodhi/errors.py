# SPDX-License-Identifier: GPL-3.0-or-later
"""From what bodhi's client raises to what may be done about it: which of our errors it is."""

from collections.abc import Iterator
from typing import Any, Final

import requests
from authlib.common.errors import AuthlibBaseError
from bodhi.client.bindings import BodhiClientException
from bodhi.client.oidcclient import OIDCClientError
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from adapters.ports.bodhi import (
    BodhiAmbiguous,
    BodhiDenied,
    BodhiError,
    BodhiPermanent,
    BodhiTransient,
)
from adapters.ports.kerberos import KerberosDenied, KerberosError

Kind = type[BodhiError]

FAILURES: Final = (
    requests.RequestException,
    OIDCClientError,
    AuthlibBaseError,
    KerberosError,
    OSError,
    ValueError,
    KeyError,
    TypeError,
)
"""What the client lets through: what befalls a request, and its own surprise at the answer.

The last three also of msgspec, whose errors are of the first of them.
"""

SERVER_ERROR: Final = 500
STATUS: Final[dict[int, Kind]] = {
    # Of a proxy that gave up waiting for the client, or asks it to be slower: never handed on.
    408: BodhiTransient,
    429: BodhiTransient,
    # A login that is no longer taken, which a new one may cure.
    401: BodhiTransient,
    403: BodhiDenied,
}
"""Any other 4xx is Bodhi's refusal of just this; a 5xx may come after it was done."""

_LONGEST: Final = 1_000
_ADVICE: Final[dict[Kind, str]] = {
    BodhiTransient: "it is asked again by itself",
    BodhiPermanent: "its reason says what to change; check bodhi.url where it gives none",
    BodhiDenied: "see that the login in bodhi.login_file is valid, and has the right",
    BodhiAmbiguous: "look in Bodhi whether it was done before it is done again",
}


def translated(error: Exception, what: str, *, write: bool) -> BodhiError:
    """Return the failure of a question, or of a request that writes, as an error of ours."""
    if isinstance(error, KerberosError):
        refused = BodhiDenied if isinstance(error, KerberosDenied) else BodhiTransient
        return refused(what, why=str(error), do=error.do)
    kind = kind_of(error, write=write)
    return kind(what, why=reason(error), do=_ADVICE[kind])


def invalid(what: str, why: str) -> BodhiPermanent:
    """Return that an answer makes no sense."""
    return BodhiPermanent(what, why=why, do=_ADVICE[BodhiPermanent])


def kind_of(error: Exception, *, write: bool) -> Kind:
    """Return the class that a failure belongs to."""
    unsure = BodhiAmbiguous if write else BodhiTransient
    for cause in causes(error):
        if isinstance(cause, requests.HTTPError) and cause.response is not None:
            status = cause.response.status_code
            return unsure if status >= SERVER_ERROR else STATUS.get(status, BodhiPermanent)
    if any(map(_never_sent, causes(error))):
        return BodhiTransient
    refused = isinstance(error, BodhiClientException) and error.__context__ is None
    return BodhiPermanent if refused else unsure


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it arose from: the client puts its own in place of a connection's."""
    while error is not None:
        yield error
        error = error.__context__


def _never_sent(error: BaseException) -> bool:
    """Whether no connection came about: then nothing can have been done."""
    cause: Any = error.args[0] if error.args else None
    why = cause.reason if isinstance(cause, MaxRetryError) else cause
    refused = isinstance(why, NewConnectionError | ConnectTimeoutError)
    return refused or isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError)


def reason(error: Exception) -> str:
    """Return what Bodhi says, on one line and not without end; else what the error says."""
    found = next((c for c in causes(error) if isinstance(c, requests.HTTPError)), None)
    told = None if found is None or found.response is None else _described(found.response)
    text = " ".join((told or str(error)).split())
    return text[:_LONGEST] or type(error).__name__


def _described(answer: requests.Response) -> str | None:
    """Read Bodhi's own description of what is wrong, None where it is not Bodhi that answered."""
    try:
        errors = answer.json()["errors"]
        return "; ".join(str(each["description"]) for each in errors) or None
    except (ValueError, KeyError, TypeError):
        return None
