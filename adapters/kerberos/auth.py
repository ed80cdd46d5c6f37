# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows a ticket to a web server that asks for one by ``Negotiate``."""

import logging
from typing import Any

from requests_kerberos import OPTIONAL, HTTPKerberosAuth
from requests_kerberos.exceptions import KerberosExchangeError
from spnego import KerberosCCache

from adapters.kerberos.errors import failed

# What it raises says what is wrong; a traceback in the log says nothing more.
logging.getLogger("requests_kerberos.kerberos_").setLevel(logging.CRITICAL)


class Shown(HTTPKerberosAuth):  # type: ignore[misc] # it publishes no types
    """As requests-kerberos has it, by the tickets of one cache; and it says what went wrong."""

    def __init__(self, cache: str) -> None:
        super().__init__(mutual_authentication=OPTIONAL, principal=KerberosCCache(cache))

    def generate_request_header(self, response: Any, host: str, is_preemptive: Any = False) -> str:  # noqa: FBT002 - its signature
        """Return the header that logs in. Raises KerberosError where it would answer 401."""
        try:
            header: str = super().generate_request_header(response, host, is_preemptive)
        except KerberosExchangeError as error:
            raise _explained(host, error) from None
        return header


def _explained(host: str, error: KerberosExchangeError) -> Exception:
    cause = getattr(error.__cause__, "base_error", None)
    code = getattr(cause, "min_code", 0)
    return failed(f"Kerberos gives no ticket for HTTP/{host}", code, str(cause or error))
